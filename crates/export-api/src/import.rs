//! One import: each form gives an `Arrival`, which becomes a key.

mod arrival;
mod cryptogram;
mod request;
mod tr31;
mod tr34;

pub(crate) use arrival::Arrival;
pub(crate) use cryptogram::cryptogram;
pub(crate) use request::{
    CertificateWish, CryptogramImport, Form, Tr31Import, Tr34Import, WrapperWish,
};
pub(crate) use tr31::tr31;
pub(crate) use tr34::tr34;
