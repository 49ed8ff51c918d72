#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

mod algorithm;
mod attributes;
mod check_value;
mod code_table;
mod hash;
mod hex;
mod key_serial_number;
mod secret;
mod stack;
mod strength;

pub use algorithm::{AlgorithmFamily, KeyAlgorithm};
pub use attributes::{Exportability, KeyUsage, KeyVersion, KeyVersionError, ModeOfUse};
pub use check_value::{Kcv, KcvLengthError, KcvMethod};
pub use hash::HashAlgorithm;
pub use key_serial_number::{
    AesKeySerialNumber, InitialKeyId, KeySerialNumberError, TdesKeySerialNumber,
};
pub use secret::{SecretKey, SecretKeyLengthError};
pub use stack::wiping_stack;
pub use strength::EffectiveStrength;
