//! `components`: a key from its components, and the other way round.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use key_types::{AlgorithmFamily, KeyAlgorithm, SecretKey};
use serde::Serialize;

use super::kcv::{finding, refused};
use crate::failure::Failure;
use crate::key_block::{FindingShown, KeyShown, check_value_of, write_findings};
use crate::key_out::{KeyOut, Written};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};

/// Combine the components of a key, or make components of a key
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Combine(Combine),
    Split(Split),
}

/// Combine components by XOR and show the check value of their key
#[derive(Args, Debug)]
#[command(after_help = "The clear key leaves only with --key-out or --components-out.")]
struct Combine {
    /// Where a component is; given once for each
    #[arg(long = "component", value_name = "SOURCE", required = true)]
    components: Vec<KeySource>,
    /// The algorithm of the key
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// Give the key odd parity, as TDES keys have it
    #[arg(long)]
    odd_parity: bool,
    /// The check value that the key should have, in hex; another one is refused
    #[arg(long, value_name = "VALUE")]
    expect: Option<String>,
    #[command(flatten)]
    key_out: KeyOut,
}

/// Make components of a key, to new files FILE.1, FILE.2, ... with mode 0600
#[derive(Args, Debug)]
struct Split {
    /// Where the key is
    #[arg(long, value_name = "SOURCE")]
    key: KeySource,
    /// The algorithm of the key
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// How many components to make
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u8).range(2..=9))]
    count: u8,
    /// Where the components go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The algorithms of keys that are handled in components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    /// TDES, 16 or 24 bytes
    Tdes,
    /// AES, 16, 24 or 32 bytes
    Aes,
}

impl Algorithm {
    fn of(self, key: &SecretKey) -> Result<KeyAlgorithm, Failure> {
        let family = match self {
            Self::Tdes => AlgorithmFamily::Tdes,
            Self::Aes => AlgorithmFamily::Aes,
        };
        let refusal = || refused(&kcv::Error::KeyLength { found: key.length() });
        KeyAlgorithm::of_key(family, key.length()).ok_or_else(refusal)
    }
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self.command {
            Command::Combine(arguments) => arguments.run(session),
            Command::Split(arguments) => arguments.run(session),
        }
    }
}

impl Combine {
    fn run(self, session: &Session) -> Result<(), Failure> {
        session.check_readers(self.components.iter().map(KeySource::reads_standard_input))?;
        let mut components = Vec::new();
        for (number, source) in (1..).zip(&self.components) {
            components.push(source.read_key(session, &format!("component {number}"))?);
        }
        let [first, ..] = components.as_slice() else {
            return Err(refused(&kcv::Error::ComponentCount { found: 0 }));
        };
        let algorithm = self.algorithm.of(first)?;
        let value = |key: &SecretKey| check_value_of(key, algorithm).map(|it| it.to_string());
        let values = components.iter().map(value).collect();
        let mut key = kcv::combine(algorithm, &components).map_err(|error| refused(&error))?;
        if self.odd_parity {
            key = kcv::with_odd_parity(&key, algorithm).map_err(|error| refused(&error))?;
        }
        if let (Some(expected), Some(method)) = (&self.expect, kcv::default_for(algorithm)) {
            let verified = kcv::verify(&key, algorithm, method, expected);
            verified.map_err(|error| refused(&error))?;
        }
        session.show(&Combined {
            component_check_values: values,
            key: KeyShown::new(&key, Some(algorithm.family())),
            findings: kcv::findings(&key, algorithm).map(finding).collect(),
            written: self.key_out.write(&key, Some(algorithm))?,
        })
    }
}

impl Split {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let key = self.key.read_key(session, "key")?;
        let algorithm = self.algorithm.of(&key)?;
        let out = KeyOut::of_components(self.out, self.count);
        session.show(&Combined {
            component_check_values: Vec::new(),
            key: KeyShown::new(&key, Some(algorithm.family())),
            findings: kcv::findings(&key, algorithm).map(finding).collect(),
            written: out.write(&key, Some(algorithm))?,
        })
    }
}

/// A key that is the XOR of components.
#[derive(Debug, Serialize)]
struct Combined {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    component_check_values: Vec<Option<String>>,
    key: KeyShown,
    findings: Vec<FindingShown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    written: Vec<Written>,
}

impl Report for Combined {
    fn write(&self, page: &mut Page) {
        for (number, value) in (1..).zip(&self.component_check_values) {
            let value = value.as_deref().unwrap_or_default();
            page.row_in_words(&format!("component {number}"), value, "check value");
        }
        self.key.write(page);
        self.written.iter().for_each(|written| written.show(page));
        write_findings(&self.findings, page);
    }
}
