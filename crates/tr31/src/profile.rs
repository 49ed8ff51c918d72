//! How strictly a key block is read: which rules may be broken, and what is reported.

use alloc::vec::Vec;

use crate::{Error, Finding, OptionalBlockId};

/// A rule that a reader may let pass.
///
/// ```
/// use tr31::{Liberty, Profile};
///
/// assert!(Profile::TR31_2018.allows(Liberty::MissingHm));
/// assert!(!Profile::TR31_2018.allows(Liberty::LowerCaseHex));
/// ```
///
/// Standard: ANSI X9.143:2021 (the rules, and each variant says who breaks them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Liberty {
    /// Lower-case hex digits in payload and MAC; the MAC covers what they stand for.
    LowerCaseHex,
    /// Codes of usage, algorithm, mode, exportability or key context that are not known, and key
    /// versions that are not alphanumeric: kept as they are.
    UnknownCodes,
    /// A reserved character other than 0.
    ReservedNotZero,
    /// Optional blocks with equal ids, more than one padding block, padding that is not last.
    BlockOrder,
    /// Optional block ids that are not digits and upper-case letters.
    BlockIds,
    /// Content that does not fit the type of its optional block: kept as it is.
    BlockContent,
    /// KS blocks with text in place of a key serial number, as German hosts write them.
    TextKeySerialNumbers,
    /// BI blocks of AES keys that begin with `11`, as the guide of a payment service prints them.
    BdkIdType11,
    /// An extended length that does not have `04` digits but `02`, which some mean as bytes, so
    /// that four digits follow, and others as digits, so that two do: the reading is taken behind
    /// which another block or the payload begins, and that as bytes if both would do.
    ExtendedLengthInBytes,
    /// KC and KP blocks that disagree with the keys.
    WrongCheckValues,
    /// HMAC keys without HM block: ISO 20038 reads them as HMAC with SHA-1.
    MissingHm,
    /// Asymmetric keys that are not one DER value of their form, or not those of their certificate.
    KeyForm,
}

/// How strictly a key block is read: a set of [`Liberty`] values.
///
/// | Profile | Lets pass |
/// |---|---|
/// | [`CANONICAL`](Self::CANONICAL) | nothing, and refuses what a careful exporter does not write |
/// | [`STRICT`](Self::STRICT), the default of [`KeyBlock::parse`](crate::KeyBlock::parse) | nothing |
/// | [`TR31_2018`](Self::TR31_2018) | a missing HM block, key serial numbers as text |
/// | [`APPLE_PAY`](Self::APPLE_PAY) | lower-case hex |
/// | [`EXTENDED_LENGTH_BYTES`](Self::EXTENDED_LENGTH_BYTES) | extended lengths of two bytes or two digits |
/// | [`AWS_BI_11`](Self::AWS_BI_11) | BDK ids of type `11` |
/// | [`TEXT_BLOCKS`](Self::TEXT_BLOCKS) | text in typed blocks, as IBM and German hosts write it |
/// | [`LENIENT`](Self::LENIENT) | all of it |
///
/// No profile lets a length, a sign or a character of a number pass, and none opens a block whose
/// MAC does not hold.
///
/// ```
/// use tr31::{Liberty, Profile};
///
/// let profile = Profile::APPLE_PAY.with(Liberty::MissingHm);
/// assert!(profile.allows(Liberty::LowerCaseHex));
/// assert!(!Profile::STRICT.allows(Liberty::LowerCaseHex));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Profile {
    liberties: u16,
    is_canonical: bool,
}

impl Profile {
    /// Every rule holds.
    pub const STRICT: Self = Self { liberties: 0, is_canonical: false };
    /// Every rule holds, and the block is one that a careful exporter writes: what strict readers
    /// accept with a finding that is a [`Departure`](crate::Departure) is refused. Liberties on
    /// top are taken all the same.
    pub const CANONICAL: Self = Self { liberties: 0, is_canonical: true };
    /// Blocks of TR-31:2018 and ISO 20038.
    pub const TR31_2018: Self =
        Self::STRICT.with(Liberty::MissingHm).with(Liberty::TextKeySerialNumbers);
    /// Blocks of Apple Pay terminals.
    pub const APPLE_PAY: Self = Self::STRICT.with(Liberty::LowerCaseHex);
    /// Blocks of tools that count the digits of an extended length in bytes, or write two of them.
    pub const EXTENDED_LENGTH_BYTES: Self = Self::STRICT.with(Liberty::ExtendedLengthInBytes);
    /// BDK ids as a guide of AWS Payment Cryptography prints them.
    pub const AWS_BI_11: Self = Self::STRICT.with(Liberty::BdkIdType11);
    /// Text in typed blocks, as IBM and German hosts write it.
    pub const TEXT_BLOCKS: Self = Self::STRICT.with(Liberty::BlockContent);
    /// Everything that can be let pass.
    pub const LENIENT: Self = Self::STRICT
        .with(Liberty::LowerCaseHex)
        .with(Liberty::UnknownCodes)
        .with(Liberty::ReservedNotZero)
        .with(Liberty::BlockOrder)
        .with(Liberty::BlockIds)
        .with(Liberty::BlockContent)
        .with(Liberty::TextKeySerialNumbers)
        .with(Liberty::BdkIdType11)
        .with(Liberty::ExtendedLengthInBytes)
        .with(Liberty::WrongCheckValues)
        .with(Liberty::MissingHm)
        .with(Liberty::KeyForm);

    /// The same profile with one more liberty.
    ///
    /// ```
    /// use tr31::{Liberty, Profile};
    ///
    /// assert_eq!(Profile::STRICT.with(Liberty::LowerCaseHex), Profile::APPLE_PAY);
    /// ```
    #[must_use]
    pub const fn with(self, liberty: Liberty) -> Self {
        Self { liberties: self.liberties | liberty.bit(), ..self }
    }

    /// Whether the profile lets the rule pass.
    #[must_use]
    pub const fn allows(self, liberty: Liberty) -> bool {
        self.liberties & liberty.bit() != 0
    }
}

impl Liberty {
    const fn bit(self) -> u16 {
        let place = match self {
            Self::LowerCaseHex => 0,
            Self::UnknownCodes => 1,
            Self::ReservedNotZero => 2,
            Self::BlockOrder => 3,
            Self::BlockIds => 4,
            Self::BlockContent => 5,
            Self::TextKeySerialNumbers => 6,
            Self::BdkIdType11 => 7,
            Self::ExtendedLengthInBytes => 8,
            Self::WrongCheckValues => 9,
            Self::MissingHm => 10,
            Self::KeyForm => 11,
        };
        1 << place
    }

    /// The liberty that lets an error pass, if there is one: the table of all profiles.
    const fn for_error(error: &Error) -> Option<Self> {
        Some(match error {
            Error::UnknownUsage
            | Error::UnknownAlgorithm
            | Error::UnknownMode
            | Error::BadKeyVersion
            | Error::UnknownExportability
            | Error::UnknownContext => Self::UnknownCodes,
            Error::ReservedNotZero => Self::ReservedNotZero,
            Error::OptIdMalformed { .. } => Self::BlockIds,
            Error::OptDuplicate { .. } | Error::PbNotLast { .. } => Self::BlockOrder,
            Error::OptDataInvalid { .. } => Self::BlockContent,
            Error::PayloadNotHex { .. } | Error::MacNotHex { .. } => Self::LowerCaseHex,
            Error::KeyDer | Error::CertificateOfOtherKey => Self::KeyForm,
            Error::MissingHm => Self::MissingHm,
            Error::KcvMismatch { .. } => Self::WrongCheckValues,
            _ => return None,
        })
    }
}

/// A profile at work: it passes what it may and remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    profile: Profile,
    pub(crate) findings: Vec<Finding>,
}

impl Rules {
    pub(crate) const fn new(profile: Profile) -> Self {
        Self { profile, findings: Vec::new() }
    }

    /// Lets a broken rule pass and remembers it, or gives it back.
    pub(crate) fn broken(&mut self, error: Error) -> Result<(), Error> {
        match Liberty::for_error(&error) {
            Some(liberty) if self.profile.allows(liberty) => self.note(Finding::Tolerated(error)),
            _ => Err(error),
        }
    }

    /// As [`broken`](Self::broken), for content that another liberty lets pass too.
    pub(crate) fn bad_content(
        &mut self,
        error: Error,
        other: Option<Liberty>,
    ) -> Result<(), Error> {
        match other {
            Some(liberty) if self.profile.allows(liberty) => self.note(Finding::Tolerated(error)),
            _ => self.broken(error),
        }
    }

    pub(crate) fn check(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        result.or_else(|error| self.broken(error))
    }

    pub(crate) const fn allows(&self, liberty: Liberty) -> bool {
        self.profile.allows(liberty)
    }

    /// Remembers what is unusual, or refuses it if only canonical blocks are read.
    pub(crate) fn note(&mut self, finding: Finding) -> Result<(), Error> {
        match finding.departure().filter(|_| self.profile.is_canonical) {
            Some(departure) => Err(Error::NotCanonical { departure, at: finding.offset() }),
            None => {
                self.findings.push(finding);
                Ok(())
            }
        }
    }
}

/// The liberty that lets bad content of one kind of block pass.
pub(crate) fn liberty_of_content(id: OptionalBlockId, data: &str) -> Option<Liberty> {
    if id == OptionalBlockId::KS {
        Some(Liberty::TextKeySerialNumbers)
    } else if id == OptionalBlockId::BI && data.starts_with("11") {
        Some(Liberty::BdkIdType11)
    } else {
        None
    }
}
