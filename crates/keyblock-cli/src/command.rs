//! The commands, one file each.

pub(crate) mod batch;
pub(crate) mod cert;
pub(crate) mod completions;
pub(crate) mod components;
pub(crate) mod dukpt;
pub(crate) mod inspect;
pub(crate) mod kcv;
pub(crate) mod man;
pub(crate) mod open;
pub(crate) mod rsa;
pub(crate) mod tr34;
pub(crate) mod translate;
pub(crate) mod wrap;
