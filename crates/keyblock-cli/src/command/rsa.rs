//! `rsa`: keys under RSA public keys.

mod algorithm;
mod unwrap;
mod wrap;

use clap::{Args, Subcommand, ValueEnum};
use rsa_wrap::WrappingSpec;

use crate::failure::{Failure, Refusal};
use crate::session::Session;

/// Wrap a key under an RSA public key, or unwrap one
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Wrap(wrap::Arguments),
    Unwrap(unwrap::Arguments),
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.command {
            Command::Wrap(arguments) => arguments.run(session),
            Command::Unwrap(arguments) => arguments.run(session),
        }
    }
}

/// The hash of OAEP and of its mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Hash {
    /// SHA-256
    #[default]
    Sha256,
    /// SHA-512
    Sha512,
}

impl From<Hash> for WrappingSpec {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::RsaOaepSha256,
            Hash::Sha512 => Self::RsaOaepSha512,
        }
    }
}

/// A refusal of the crate of RSA cryptograms.
fn refused(error: &rsa_wrap::Error) -> Failure {
    Refusal::new(error.code(), error.to_string()).into()
}
