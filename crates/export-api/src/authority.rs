//! Certification authorities: those that were imported, and that of the account.

mod account;
mod imported;

pub(crate) use account::{AccountAuthority, leaf};
pub(crate) use imported::{Authority, unix_time};
