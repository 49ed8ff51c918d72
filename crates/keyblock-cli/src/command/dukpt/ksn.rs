//! Key serial numbers of both schemes, and the initial keys that they belong to.

use clap::Args;
use dukpt::{aes, tdes};
use key_types::{AesKeySerialNumber, KeySerialNumberError, TdesKeySerialNumber};

use super::refused;
use crate::failure::{Failure, Refusal};
use crate::key_source::KeySource;
use crate::session::Session;

/// A key serial number; its length tells the scheme.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ksn {
    /// 20 hex digits.
    Tdes(TdesKeySerialNumber),
    /// 24 hex digits.
    Aes(AesKeySerialNumber),
}

/// The number of hex digits of a TDES DUKPT key serial number.
const TDES_DIGITS: usize = 20;

impl Ksn {
    /// Reads a key serial number in hex.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let parsed = match text.len() {
            TDES_DIGITS => text.parse().map(Self::Tdes),
            _ => text.parse().map(Self::Aes),
        };
        parsed.map_err(|error: KeySerialNumberError| match error {
            KeySerialNumberError::NotHex { at } => {
                Refusal::new("KsnNotHex", error.to_string()).pointing_into(text, Some(at)).into()
            }
            _ => {
                let digits = text.len();
                let message = format!(
                    "a key serial number has 20 hex digits (TDES) or 24 (AES), not {digits}"
                );
                Failure::refused("KsnLength", message)
            }
        })
    }
}

/// Where the key above the transactions is: the BDK, or the initial key itself.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Above {
    /// Where the base derivation key is
    #[arg(long, value_name = "SOURCE")]
    bdk: Option<KeySource>,
    /// Where the initial key of the device is
    #[arg(long, value_name = "SOURCE")]
    initial_key: Option<KeySource>,
}

/// An initial key of either scheme, and the key serial number of the transaction below it.
pub(super) enum Initial {
    Tdes(tdes::InitialKey, TdesKeySerialNumber),
    Aes(aes::InitialKey, AesKeySerialNumber),
}

impl Above {
    /// Reads the key and goes down to the initial key of the device.
    pub(super) fn initial_key(&self, session: &Session, ksn: Ksn) -> Result<Initial, Failure> {
        let Some(source) = &self.bdk else {
            let Some(source) = &self.initial_key else {
                return Err(Failure::usage("--bdk or --initial-key is needed"));
            };
            let key = source.read_key(session, "initial key")?;
            let initial = match ksn {
                Ksn::Tdes(ksn) => tdes::InitialKey::new(key, &ksn).map(|it| Initial::Tdes(it, ksn)),
                Ksn::Aes(ksn) => aes::InitialKey::new(key, ksn.initial_key_id())
                    .map(|initial| Initial::Aes(initial, ksn)),
            };
            return initial.map_err(|error| refused(&error));
        };
        initial_key_below(source, session, ksn)
    }
}

/// Reads a BDK and derives the initial key of a device.
pub(super) fn initial_key_below(
    bdk: &KeySource,
    session: &Session,
    ksn: Ksn,
) -> Result<Initial, Failure> {
    let bdk = bdk.read_key(session, "BDK")?;
    let initial = match ksn {
        Ksn::Tdes(ksn) => tdes::Bdk::new(&bdk).map(|bdk| Initial::Tdes(bdk.initial_key(&ksn), ksn)),
        Ksn::Aes(ksn) => {
            let id = ksn.initial_key_id();
            aes::Bdk::new(&bdk).map(|bdk| Initial::Aes(bdk.initial_key(&id), ksn))
        }
    };
    initial.map_err(|error| refused(&error))
}
