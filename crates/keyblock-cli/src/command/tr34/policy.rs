//! What may be let pass of a token, and nonces.

use clap::ValueEnum;
use tr34::{Nonce, Relaxation};

use crate::encoded::from_hex;
use crate::failure::{Failure, Refusal};
use crate::token::refused;

/// The relaxations of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RelaxationName {
    /// A key that is stronger than the RSA key of the receiver
    WeakerRecipient,
    /// A key that is stronger than the content key
    WeakerContentKey,
    /// A TDES key with equal parts
    EqualTdesParts,
    /// Signed attributes that are not known
    UnknownAttributes,
    /// A one-pass token without revocation list, in a layout that has one
    OnePassWithoutCrl,
    /// A SignedData of another version than its layout has
    SignedDataVersion,
}

impl From<RelaxationName> for Relaxation {
    fn from(name: RelaxationName) -> Self {
        match name {
            RelaxationName::WeakerRecipient => Self::WeakerRecipient,
            RelaxationName::WeakerContentKey => Self::WeakerContentKey,
            RelaxationName::EqualTdesParts => Self::EqualTdesParts,
            RelaxationName::UnknownAttributes => Self::UnknownAttributes,
            RelaxationName::OnePassWithoutCrl => Self::OnePassWithoutCrl,
            RelaxationName::SignedDataVersion => Self::SignedDataVersion,
        }
    }
}

/// Reads a nonce in hex.
pub(super) fn nonce(digits: &str) -> Result<Nonce, Failure> {
    let bytes = from_hex(digits).map_err(|error| {
        let refusal = Refusal::new(error.code(), format!("nonce: {error}"));
        refusal.pointing_into(digits, error.offset())
    })?;
    Nonce::new(&bytes).map_err(|error| refused(&error, &[]))
}
