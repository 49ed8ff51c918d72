//! `rsa wrap`: a key under an RSA public key.

use std::path::PathBuf;

use clap::Args;
use getrandom::SysRng;
use key_types::KeyAlgorithm;
use rsa_wrap::Recipient;
use serde::Serialize;

use super::algorithm::Algorithm;
use super::{Hash, refused};
use crate::encoded::decode;
use crate::failure::Failure;
use crate::input;
use crate::key_block::KeyShown;
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};

/// Wrap a key under an RSA public key by OAEP
#[derive(Args, Debug)]
#[command(after_help = "\
The cryptogram goes to standard output in hex. Whose key the certificate holds is not looked at: see
`cert verify`.")]
pub(super) struct Arguments {
    /// The certificate or the public key of the receiver: PEM, DER, hex or base64
    #[arg(long, value_name = "FILE")]
    recipient: PathBuf,
    /// Where the key is that is wrapped
    #[arg(long, value_name = "SOURCE")]
    key: KeySource,
    /// The algorithm of the key
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// The hash of OAEP
    #[arg(long, value_enum, default_value_t)]
    hash: Hash,
    /// Wrap a key that is stronger than the RSA key
    #[arg(long)]
    allow_weaker_recipient: bool,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let der = decode(&input::file(&self.recipient)?)?;
        let recipient = Recipient::from_certificate(&der).or_else(|error| match error {
            // What is no certificate may be a public key.
            rsa_wrap::Error::RecipientMalformed => Recipient::from_subject_public_key_info(&der),
            other => Err(other),
        });
        let recipient = recipient.map_err(|error| refused(&error))?;
        let key = self.key.read_key(session, "key")?;
        let algorithm = KeyAlgorithm::from(self.algorithm);
        if algorithm.key_length() != Some(key.length()) {
            return Err(refused(&rsa_wrap::Error::KeyLengthForAlgorithm { algorithm }));
        }
        let may_carry = rsa_wrap::may_carry(recipient.algorithm(), algorithm);
        if !may_carry && !self.allow_weaker_recipient {
            let message = "the key is stronger than the RSA key; --allow-weaker-recipient wraps it";
            return Err(Failure::refused("WeakerRecipient", message));
        }
        let spec = self.hash.into();
        let wrapped = rsa_wrap::wrap(&recipient, spec, &key, &mut SysRng);
        session.show(&Wrapped {
            cryptogram: base16ct::upper::encode_string(&wrapped.map_err(|error| refused(&error))?),
            wrapping_spec: spec.code(),
            key: KeyShown::new(&key, Some(algorithm.family())),
        })
    }
}

#[derive(Debug, Serialize)]
struct Wrapped {
    cryptogram: String,
    wrapping_spec: &'static str,
    key: KeyShown,
}

impl Report for Wrapped {
    fn write(&self, page: &mut Page) {
        page.plain(&self.cryptogram);
    }
}
