//! `kcv`: the check value of a key.

use clap::{Args, ValueEnum};
use key_types::{AlgorithmFamily, HashAlgorithm, Kcv, KcvMethod, KeyAlgorithm, SecretKey};
use serde::Serialize;

use crate::failure::{Failure, Refusal};
use crate::key_block::{FindingShown, write_findings};
use crate::key_source::KeySource;
use crate::page::Page;
use crate::session::{Report, Session};
use crate::words;

/// Show the check value of a key, or compare it with one that came from elsewhere
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the key is
    #[arg(long, value_name = "SOURCE")]
    key: KeySource,
    #[command(flatten)]
    how: How,
}

/// How a check value is computed.
#[derive(Args, Debug, Default)]
pub(crate) struct How {
    /// The algorithm of the key; without it, each that has keys of this length
    #[arg(long, value_enum)]
    pub(crate) algorithm: Option<Algorithm>,
    /// How to compute it, instead of the usual way of the algorithm
    #[arg(long, value_enum, requires = "algorithm")]
    pub(crate) method: Option<Method>,
    /// How many bytes to show: 2 to 5 by CMAC, 2 or 3 by other methods
    #[arg(long, value_name = "BYTES", default_value_t = How::LENGTH)]
    pub(crate) length: u8,
    /// The value that the key should have, in hex; another one is refused
    #[arg(long, value_name = "VALUE", requires = "algorithm")]
    pub(crate) expect: Option<String>,
}

impl How {
    /// How many bytes are shown unless another number is asked for.
    pub(crate) const LENGTH: u8 = 3;
}

/// The algorithms of keys with check values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// Single DES, 8 bytes
    Des,
    /// TDES, 16 or 24 bytes
    Tdes,
    /// AES, 16, 24 or 32 bytes
    Aes,
    /// HMAC with SHA-1
    HmacSha1,
    /// HMAC with SHA-224
    HmacSha224,
    /// HMAC with SHA-256
    HmacSha256,
    /// HMAC with SHA-384
    HmacSha384,
    /// HMAC with SHA-512
    HmacSha512,
}

impl Algorithm {
    pub(crate) const fn family(self) -> AlgorithmFamily {
        match self {
            Self::Des => AlgorithmFamily::Des,
            Self::Tdes => AlgorithmFamily::Tdes,
            Self::Aes => AlgorithmFamily::Aes,
            _ => AlgorithmFamily::Hmac,
        }
    }

    const fn usual_method(self) -> KcvMethod {
        match self {
            Self::Des | Self::Tdes => KcvMethod::AnsiX924,
            Self::Aes => KcvMethod::Cmac,
            _ => KcvMethod::Hmac(self.hash()),
        }
    }

    /// The hash of an HMAC; SHA-256 for the others, where nobody asks.
    const fn hash(self) -> HashAlgorithm {
        match self {
            Self::HmacSha1 => HashAlgorithm::Sha1,
            Self::HmacSha224 => HashAlgorithm::Sha224,
            Self::HmacSha384 => HashAlgorithm::Sha384,
            Self::HmacSha512 => HashAlgorithm::Sha512,
            _ => HashAlgorithm::Sha256,
        }
    }
}

/// The methods, as [`KcvMethod`] has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// The key encrypts zeros: TDES
    #[value(name = "ansi-x9-24")]
    AnsiX924,
    /// CMAC over zeros: AES, TDES
    Cmac,
    /// HMAC of the empty message
    Hmac,
    /// SHA-1 of the key: HMAC
    Sha1,
    /// The key encrypts zeros: AES, legacy
    AesZeros,
    /// The key encrypts bytes of 01: AES, legacy
    AesOnes,
}

impl Method {
    const fn of(self, algorithm: Algorithm) -> KcvMethod {
        match self {
            Self::AnsiX924 => KcvMethod::AnsiX924,
            Self::Cmac => KcvMethod::Cmac,
            Self::Hmac => KcvMethod::Hmac(algorithm.hash()),
            Self::Sha1 => KcvMethod::Sha1OfKey,
            Self::AesZeros => KcvMethod::AesEcbZeros,
            Self::AesOnes => KcvMethod::AesEcbOnes,
        }
    }
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let key = self.key.read_key(session, "key")?;
        session.show(&values(&key, &self.how)?)
    }
}

/// The check values of a key.
#[derive(Debug, Serialize)]
pub(crate) struct CheckValues {
    length: usize,
    check_values: Vec<Value>,
    findings: Vec<FindingShown>,
}

#[derive(Debug, Serialize)]
struct Value {
    algorithm: &'static str,
    method: &'static str,
    value: String,
}

/// Computes the check values of a key, and compares the one that is expected.
pub(crate) fn values(key: &SecretKey, how: &How) -> Result<CheckValues, Failure> {
    let algorithms: Vec<_> = match how.algorithm {
        Some(algorithm) => vec![algorithm],
        None => [Algorithm::Tdes, Algorithm::Aes]
            .into_iter()
            .filter(|it| KeyAlgorithm::of_key(it.family(), key.length()).is_some())
            .collect(),
    };
    let mut shown = CheckValues { length: key.length(), check_values: vec![], findings: vec![] };
    for algorithm in algorithms {
        let value = value(key, algorithm, how).map_err(|error| refused_value(&error, how))?;
        let sized = KeyAlgorithm::of_key(algorithm.family(), key.length());
        shown.check_values.push(Value {
            algorithm: sized.map_or_else(|| words::family(algorithm.family()), words::algorithm),
            method: words::kcv_method(value.method()),
            value: value.to_string(),
        });
        let findings = sized.into_iter().flat_map(|sized| kcv::findings(key, sized));
        shown.findings.extend(findings.filter(|_| how.algorithm.is_some()).map(finding));
    }
    if shown.check_values.is_empty() {
        return Err(refused(&kcv::Error::KeyLength { found: key.length() }));
    }
    Ok(shown)
}

/// Computes one check value, and compares it if another was named.
fn value(key: &SecretKey, algorithm: Algorithm, how: &How) -> Result<Kcv, kcv::Error> {
    let family = algorithm.family();
    let method = how.method.map_or_else(|| algorithm.usual_method(), |it| it.of(algorithm));
    let Some(expected) = &how.expect else {
        return kcv::compute_for_family(key, family, method, how.length.into());
    };
    let expected = kcv::parse(method, expected)?;
    let ours = kcv::compute_for_family(key, family, method, expected.as_bytes().len())?;
    kcv::compare(&ours, &expected)?;
    Ok(ours)
}

/// A finding of the crate of check values.
pub(crate) fn finding(finding: kcv::Finding) -> FindingShown {
    let code = match finding {
        kcv::Finding::AllZero => "AllZero",
        kcv::Finding::EqualParts { .. } => "EqualParts",
        kcv::Finding::WeakPart { .. } => "WeakPart",
        kcv::Finding::Parity => "EvenParity",
        _ => "Finding",
    };
    FindingShown::new(code, finding.to_string())
}

/// A refusal that points into the expected value, if that is not hex.
fn refused_value(error: &kcv::Error, how: &How) -> Failure {
    match (error, &how.expect) {
        (&kcv::Error::KcvNotHex { at }, Some(expected)) => {
            Refusal::new(error.code(), error.to_string()).pointing_into(expected, Some(at)).into()
        }
        _ => refused(error),
    }
}

/// A refusal of the crate of check values.
pub(crate) fn refused(error: &kcv::Error) -> Failure {
    Failure::refused(error.code(), error.to_string())
}

impl Report for CheckValues {
    fn write(&self, page: &mut Page) {
        for Value { algorithm, method, value } in &self.check_values {
            page.row_in_words(algorithm, value, method);
        }
        write_findings(&self.findings, page);
    }
}
