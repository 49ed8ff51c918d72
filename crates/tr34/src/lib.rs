#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod attributes;
mod binding;
mod content_cipher;
pub mod danger;
mod enveloped;
mod error;
mod finding;
mod identity;
mod inspect;
mod kdh;
mod key_block;
mod key_header;
mod key_token_spec;
mod krd;
mod layout;
mod nonce;
mod oaep_parameters;
mod oid;
mod parts;
mod policy;
mod reader;
mod signed_data;
mod token;
mod unsigned;
mod writer;

pub use binding::{Binding, CrlMark};
pub use content_cipher::ContentCipher;
pub use error::{Detail, Error, OpenFailure};
pub use finding::Finding;
pub use identity::Identity;
pub use inspect::Token;
pub use kdh::{Kdh, KdhWith};
pub use key_header::KeyHeader;
pub use key_token_spec::KeyTokenSpec;
pub use krd::{Krd, ReceivedKey, VerifiedToken};
pub use layout::{AttributeOrder, ContentForm, CrlPlacement, Layout};
pub use nonce::Nonce;
pub use oaep_parameters::OaepScheme;
pub use parts::Parts;
pub use policy::{Policy, Relaxation};
pub use token::{CtKdh, CtKrd, KtKdh, RbtCa, RbtKdh, RtKrd, UbtCa, UbtKdh};
pub use unsigned::UnsignedToken;
