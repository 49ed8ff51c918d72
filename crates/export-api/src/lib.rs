#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod approval;
mod arn;
mod audit_view;
mod authority;
mod error;
mod export;
mod identity;
mod import;
mod key;
mod names;
mod operation;
pub mod ports;
mod principal;
mod receipt;
mod rules;
mod service;
mod time;
mod wire;

pub use approval::{Approval, ApprovalError, ApprovalId};
pub use arn::{AliasName, KeyArn, NameError, Realm, RealmError};
pub use error::{Dependency, Error, Fault, Member};
pub use identity::{
    ExportToken, Identity, IdentityName, ImportKind, ImportToken, TakenToken, TokenKind,
};
pub use key::{
    CheckValue, Key, KeyAttributes, KeyCheckValueAlgorithm, KeyClass, KeyOrigin, KeyState, Tag,
};
pub use names::Named;
pub use operation::Operation;
pub use principal::{Principal, Role};
pub use receipt::{Receipt, ReceiptError, Receipts, Statement};
pub use rules::Rule;
pub use service::{KeyCryptograms, Service};
pub use time::Timestamp;
