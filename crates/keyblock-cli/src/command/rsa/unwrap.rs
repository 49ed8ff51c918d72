//! `rsa unwrap`: a key out of an RSA cryptogram.

use clap::Args;
use getrandom::SysRng;
use key_types::KeyAlgorithm;
use serde::Serialize;

use super::algorithm::Algorithm;
use super::{Hash, refused};
use crate::encoded::decode;
use crate::failure::Failure;
use crate::key_block::{FindingShown, KeyShown, write_findings};
use crate::key_out::{KeyOut, Written};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::{command, input, private_key};

/// Unwrap a key from an RSA cryptogram and show its check value
#[derive(Args, Debug)]
#[command(after_help = "The clear key leaves only with --key-out or --components-out.")]
pub(super) struct Arguments {
    /// The text itself, file:PATH, or - for standard input: bytes, hex or base64
    #[arg(default_value = "-")]
    cryptogram: String,
    /// Where the private key is: PKCS#8 or PKCS#1, in PEM or DER
    #[arg(long, value_name = "SOURCE")]
    private_key: KeySource,
    /// The algorithm of the key, which the cryptogram does not say
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// The hash of OAEP
    #[arg(long, value_enum, default_value_t)]
    hash: Hash,
    #[command(flatten)]
    key_out: KeyOut,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        session.check_readers([
            input::is_standard_input(&self.cryptogram),
            self.private_key.reads_standard_input(),
        ])?;
        let cryptogram = decode(&input::bytes(session, &self.cryptogram)?)?;
        let private = private_key::for_decryption(&self.private_key, session, "private key")?;
        let (spec, algorithm) = (self.hash.into(), KeyAlgorithm::from(self.algorithm));
        let key = rsa_wrap::unwrap(&private, spec, algorithm, &cryptogram, &mut SysRng);
        let key = key.map_err(|error| refused(&error))?;
        session.show(&Unwrapped {
            wrapping_spec: spec.code(),
            findings: kcv::findings(&key, algorithm).map(command::kcv::finding).collect(),
            written: self.key_out.write(&key, Some(algorithm))?,
            key: KeyShown::new(&key, Some(algorithm.family())),
        })
    }
}

#[derive(Debug, Serialize)]
struct Unwrapped {
    wrapping_spec: &'static str,
    key: KeyShown,
    findings: Vec<FindingShown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

impl Report for Unwrapped {
    fn write(&self, page: &mut Page) {
        page.heading("key under an RSA public key");
        page.row("scheme", self.wrapping_spec);
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
        write_findings(&self.findings, page);
    }
}
