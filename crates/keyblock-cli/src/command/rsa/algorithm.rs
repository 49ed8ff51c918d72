//! The algorithms of keys in RSA cryptograms, which say nothing of it themselves.

use clap::ValueEnum;
use key_types::KeyAlgorithm;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Algorithm {
    #[value(name = "tdes-2key")]
    Tdes2Key,
    #[value(name = "tdes-3key")]
    Tdes3Key,
    #[value(name = "aes-128")]
    Aes128,
    #[value(name = "aes-192")]
    Aes192,
    #[value(name = "aes-256")]
    Aes256,
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Tdes2Key => Self::Tdes2Key,
            Algorithm::Tdes3Key => Self::Tdes3Key,
            Algorithm::Aes128 => Self::Aes128,
            Algorithm::Aes192 => Self::Aes192,
            Algorithm::Aes256 => Self::Aes256,
        }
    }
}
