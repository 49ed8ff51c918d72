#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod admin;
pub mod audit;
pub mod authorize;
pub mod aws_json;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod greeting;
pub mod http;
pub mod log;
pub mod lost_commits;
pub mod metrics;
pub mod passphrase;
pub mod process;
pub mod randomness;
pub mod reload;
pub mod rsa_keys;
pub mod self_test;
pub mod serve;
pub mod sigv4;
pub mod store_copy;
pub mod throttle;
pub mod tls;
pub mod traces;
