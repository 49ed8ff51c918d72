//! `dukpt initial-key`: the key that goes into a device.

use clap::Args;
use key_types::{AesKeySerialNumber, AlgorithmFamily, InitialKeyId, KeyAlgorithm};
use serde::Serialize;

use super::ksn::{Initial, Ksn, initial_key_below};
use crate::failure::Failure;
use crate::key_block::KeyShown;
use crate::key_out::{KeyOut, Written};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};

/// Derive the initial key (IK, IPEK) of a device and show its check value
#[derive(Args, Debug)]
#[command(after_help = "The clear key leaves only with --key-out or --components-out.")]
pub(super) struct Arguments {
    /// Where the base derivation key is
    #[arg(long, value_name = "SOURCE")]
    bdk: KeySource,
    /// The key serial number: 20 hex digits for TDES, 24 for AES, or the 16 of an initial key id
    #[arg(long)]
    ksn: String,
    #[command(flatten)]
    key_out: KeyOut,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let ksn = match self.ksn.parse::<InitialKeyId>() {
            Ok(id) => Ksn::Aes(of_id(id)),
            Err(_) => Ksn::parse(&self.ksn)?,
        };
        let (scheme, serial, key, family) = match initial_key_below(&self.bdk, session, ksn)? {
            Initial::Tdes(initial, _) => {
                let serial = initial.initial_ksn().to_string();
                ("TDES", serial, initial.into_secret_key(), AlgorithmFamily::Tdes)
            }
            Initial::Aes(initial, _) => {
                let serial = initial.initial_key_id().to_string();
                ("AES", serial, initial.into_secret_key(), AlgorithmFamily::Aes)
            }
        };
        session.show(&InitialKey {
            scheme,
            serial,
            written: self.key_out.write(&key, KeyAlgorithm::of_key(family, key.length()))?,
            key: KeyShown::new(&key, Some(family)),
        })
    }
}

/// The key serial number of a device before its first transaction.
fn of_id(id: InitialKeyId) -> AesKeySerialNumber {
    let mut bytes = [0; 12];
    for (to, from) in bytes.iter_mut().zip(id.to_bytes()) {
        *to = from;
    }
    AesKeySerialNumber::from_bytes(bytes)
}

/// An initial key, of which only the check value is shown.
#[derive(Debug, Serialize)]
struct InitialKey {
    scheme: &'static str,
    /// The initial key serial number of TDES, the initial key id of AES.
    serial: String,
    key: KeyShown,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

impl Report for InitialKey {
    fn write(&self, page: &mut Page) {
        page.heading(&format!("initial key of {} DUKPT", self.scheme));
        page.row("device", &self.serial);
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
    }
}
