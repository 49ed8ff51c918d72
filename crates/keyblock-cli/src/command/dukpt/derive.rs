//! `dukpt derive`: the working key of a transaction.

use clap::{Args, ValueEnum};
use dukpt::{WorkingKeyType, aes, tdes};
use key_types::KeyAlgorithm;
use serde::Serialize;

use super::ksn::{Above, Initial, Ksn};
use super::purpose::{KeyType, Purpose, usual_type};
use super::refused;
use crate::failure::Failure;
use crate::key_block::KeyShown;
use crate::key_out::{KeyOut, Written};
use crate::page::Page;
use crate::session::{Report, Session};
use crate::words;

/// Derive the working key of a transaction and show its check value
#[derive(Args, Debug)]
#[command(after_help = "The clear key leaves only with --key-out or --components-out.")]
pub(super) struct Arguments {
    #[command(flatten)]
    above: Above,
    /// The key serial number: 20 hex digits for TDES, 24 for AES
    #[arg(long)]
    ksn: String,
    /// What the working key is for
    #[arg(long, value_enum)]
    purpose: Purpose,
    /// The type of the working key of AES DUKPT, instead of that of its initial key
    #[arg(long, value_enum, value_name = "TYPE")]
    key_type: Option<KeyType>,
    #[command(flatten)]
    key_out: KeyOut,
}

impl Arguments {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let ksn = Ksn::parse(&self.ksn)?;
        let initial = self.above.initial_key(session, ksn)?;
        let (scheme, ksn, key, key_type) = match &initial {
            Initial::Tdes(..) if self.key_type.is_some() => {
                return Err(Failure::usage("--key-type is for AES DUKPT"));
            }
            Initial::Tdes(initial, ksn) => {
                let counter = tdes::Counter::of(ksn).map_err(|error| refused(&error))?;
                let key = self.purpose.of_tdes(&initial.transaction_key(counter));
                ("TDES", ksn.to_string(), key, WorkingKeyType::Tdes2Key)
            }
            Initial::Aes(initial, ksn) => {
                let usual = usual_type(initial.secret_key());
                let key_type = self.key_type.map_or(usual, Into::into);
                let counter = aes::Counter::of(ksn).map_err(|error| refused(&error))?;
                let key = self.purpose.of_aes(&initial.transaction_key(counter), key_type);
                ("AES", ksn.to_string(), key.map_err(|error| refused(&error))?, key_type)
            }
        };
        let value = self.purpose.to_possible_value();
        let purpose = value.map(|value| value.get_name().to_owned()).unwrap_or_default();
        let key = key.ok_or_else(|| {
            Failure::usage(format!("{scheme} DUKPT has no key for the purpose {purpose}"))
        })?;
        let algorithm = KeyAlgorithm::of_key(key_type.family(), key.length());
        session.show(&WorkingKey {
            scheme,
            ksn,
            purpose,
            key_type: words::working_key_type(key_type),
            written: self.key_out.write(&key, algorithm)?,
            key: KeyShown::new(&key, Some(key_type.family())),
        })
    }
}

/// A working key, of which only the check value is shown.
#[derive(Debug, Serialize)]
struct WorkingKey {
    scheme: &'static str,
    ksn: String,
    purpose: String,
    key_type: &'static str,
    key: KeyShown,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

impl Report for WorkingKey {
    fn write(&self, page: &mut Page) {
        page.heading(&format!("working key of {} DUKPT", self.scheme));
        page.row("transaction", &self.ksn);
        page.row_in_words("purpose", &self.purpose, self.key_type);
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
    }
}
