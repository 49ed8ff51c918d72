//! Derivations step by step, with check values in the place of keys.

use core::fmt;

use key_types::{AlgorithmFamily, HashAlgorithm, Kcv, KcvMethod, SecretKey};

/// One key on the way from BDK to working key: which one, what went into its derivation, and its
/// check value. Never the key.
///
/// `Display` writes one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    kind: StepKind,
    input: [u8; 16],
    input_length: usize,
    check_value: Kcv,
}

/// Which key a [`Step`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepKind {
    /// The initial key of the device.
    InitialKey,
    /// A key on the way to the transaction key; the last one is the transaction key.
    Intermediate {
        /// The one bits of the counter up to here.
        counter: u32,
    },
    /// A working key.
    WorkingKey(Purpose),
}

/// What a working key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// PIN blocks.
    Pin,
    /// MAC of the request.
    MacRequest,
    /// MAC of the response.
    MacResponse,
    /// MAC of both directions (AES).
    MacBothWays,
    /// Data of the request.
    DataRequest,
    /// Data of the response.
    DataResponse,
    /// Data of both directions (AES).
    DataBothWays,
    /// Other keys (AES).
    KeyEncryption,
    /// Derivation of other keys (AES).
    KeyDerivation,
    /// Data of the request, without the one-way step: a habit of the field (TDES).
    DataRequestWithoutOneWayStep,
    /// Data of the response, without the one-way step: a habit of the field (TDES).
    DataResponseWithoutOneWayStep,
}

impl Step {
    pub(crate) fn new(
        kind: StepKind,
        input: &[u8],
        key: &SecretKey,
        family: AlgorithmFamily,
    ) -> Self {
        const LENGTH: usize = 3;

        let method = match family {
            AlgorithmFamily::Aes => KcvMethod::Cmac,
            AlgorithmFamily::Hmac => KcvMethod::Hmac(HashAlgorithm::Sha256),
            _ => KcvMethod::AnsiX924,
        };
        let check_value = kcv::compute_for_family(key, family, method, LENGTH)
            .expect("every family has this method, for keys of the lengths derived here");
        let mut step = Self { kind, input: [0; 16], input_length: input.len(), check_value };
        for (to, from) in step.input.iter_mut().zip(input) {
            *to = *from;
        }
        step
    }

    /// Which key it is.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        self.kind
    }

    /// What went into the derivation, apart from the key above: derivation data (AES, 16 bytes),
    /// or the bytes of the key serial number or the mask (TDES, 8 bytes).
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.input.get(..self.input_length).unwrap_or(&self.input)
    }

    /// The check value of the key, 3 bytes: ANSI X9.24 for TDES keys, CMAC for AES keys, and HMAC
    /// with SHA-256 for HMAC keys.
    #[must_use]
    pub const fn check_value(&self) -> Kcv {
        self.check_value
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            StepKind::InitialKey => write!(formatter, "{:36}", "initial key")?,
            StepKind::Intermediate { counter } => {
                write!(formatter, "{:8} {counter:<27X}", "counter")?;
            }
            StepKind::WorkingKey(purpose) => write!(formatter, "{:36}", purpose.name())?,
        }
        self.input().iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))?;
        write!(formatter, " -> {}", self.check_value)
    }
}

impl Purpose {
    /// The purpose in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pin => "PIN",
            Self::MacRequest => "MAC request",
            Self::MacResponse => "MAC response",
            Self::MacBothWays => "MAC both ways",
            Self::DataRequest => "data request",
            Self::DataResponse => "data response",
            Self::DataBothWays => "data both ways",
            Self::KeyEncryption => "key encryption",
            Self::KeyDerivation => "key derivation",
            Self::DataRequestWithoutOneWayStep => "data request, no one-way step",
            Self::DataResponseWithoutOneWayStep => "data response, no one-way step",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
