//! One export, in stages: each takes what the former one gave, by value.
//!
//! `Request` says what is asked for, `ExportPlan` that it is allowed, `OutgoingKey` what travels,
//! `WrappedKey` how it travels.

mod header;
mod outgoing;
mod plan;
mod request;
mod wrap;

pub(crate) use outgoing::OutgoingKey;
pub(crate) use plan::ExportPlan;
pub(crate) use request::{HeaderWishes, InitialKeyWish, Request, Tr31Wish};
pub(crate) use wrap::{WrappedKey, wrap};
