//! The commands, one file each.

pub(crate) mod inspect;
pub(crate) mod kcv;
pub(crate) mod open;
