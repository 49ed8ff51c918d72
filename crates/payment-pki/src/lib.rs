#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod certificate;
mod crl;
mod error;
mod extensions;
mod issue;
mod name;
mod path;
mod pem;
mod policy;
mod public_key;
mod reader;
mod request;
pub mod role;
mod rsa_numbers;
mod signature_algorithm;
mod signing_key;
mod time;
mod trust;
mod unsigned;
mod verify;
mod writer;

pub use certificate::Certificate;
pub use crl::Crl;
pub use error::{Error, Member};
pub use extensions::{BasicConstraints, KeyUsage};
pub use issue::{CertificateProfile, CertificateSpec, CrlSpec, UnsignedCertificate, UnsignedCrl};
pub use name::{Name, NameAttribute};
pub use path::{validate, validate_with};
pub use policy::{Policy, Relaxation, RevocationPolicy};
pub use public_key::PublicKey;
pub use request::{CertificateRequest, UnsignedRequest};
pub use rsa_numbers::RsaNumbers;
pub use signature_algorithm::SignatureAlgorithm;
pub use signing_key::{Sign, SigningFailed, SigningKey};
pub use time::UnixTime;
pub use trust::{Finding, TrustAnchor, Trusted};
pub use verify::{RustCrypto, Verify};
