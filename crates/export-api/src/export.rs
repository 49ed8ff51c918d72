//! One export, in stages: each takes what the former one gave, by value.
//!
//! `Request` says what is asked for, `ExportPlan` that it is allowed, `OutgoingKey` what travels,
//! `WrappedKey` how it travels.

mod counterpart;
mod header;
mod outgoing;
mod plan;
mod request;
mod wrap;

pub(crate) use counterpart::Counterpart;
pub(crate) use outgoing::OutgoingKey;
pub(crate) use plan::{ExportPlan, require_usable, require_wrapping_usage};
pub(crate) use request::{
    CryptogramWish, Form, HeaderWishes, InitialKeyWish, ReceiverWish, Request, SignerWish,
    Tr31Wish, Tr34Wish,
};
pub(crate) use wrap::{WrappedKey, wrap};
