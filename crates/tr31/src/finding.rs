//! What is worth saying of a key block that is read all the same.

use crate::{Error, OptionalBlockId};

/// Something unusual in a key block: a rule that was let pass, or what the standard allows and a
/// careful exporter does not write.
///
/// ```
/// use tr31::{Finding, KeyBlock};
///
/// let block = KeyBlock::parse(
///     "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
/// )?;
/// assert_eq!(block.findings(), [Finding::DeprecatedVersion, Finding::LengthNotHidden]);
/// assert_eq!(block.findings()[0].offset(), Some(0));
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// A rule is broken that the profile lets pass.
    Tolerated(Error),
    /// The version binds by key variants.
    DeprecatedVersion,
    /// The key is one of single DES, which no exporter sends any more.
    SingleDes,
    /// Usage, algorithm and mode of use do not go together.
    UnusualCombination,
    /// An extended length where the short form would do.
    NeedlessExtendedLength {
        /// Where in the text the block begins.
        at: usize,
    },
    /// A padding block although the others are aligned without it, or a longer one than needed.
    NeedlessPadding {
        /// Where in the text the block begins.
        at: usize,
    },
    /// An optional block that the standard has deprecated.
    DeprecatedBlock {
        /// Where in the text the block begins.
        at: usize,
        /// Its id.
        id: OptionalBlockId,
    },
    /// An optional block of a vendor or of an edition that is not known here.
    UnknownBlock {
        /// Where in the text the block begins.
        at: usize,
        /// Its id.
        id: OptionalBlockId,
    },
    /// A TDES DUKPT key serial number with a key that is not TDES, which TR-31:2018 allowed.
    KeySerialNumberOfOtherAlgorithm {
        /// Where in the text the block begins.
        at: usize,
    },
    /// The payload is shorter than for the longest key of its algorithm, so its length tells the
    /// length of the key.
    LengthNotHidden,
    /// A check value by a method that is not for the key: it was not compared.
    CheckValueNotCompared {
        /// The id of its block.
        id: OptionalBlockId,
    },
    /// A certificate that is not X.509, or of a key whose public key is not read (DSA): it was not
    /// compared.
    CertificateNotCompared,
    /// The key is stronger than the key block protection key, which therefore weakens it.
    WeakerKbpk,
    /// A DES or TDES key has bytes whose parity is even.
    EvenParity,
    /// Two neighbouring parts of a TDES key are equal and cancel out: it is no more than DES.
    EqualKeyParts,
}

/// In what a key block is not as a careful exporter writes it: the findings that
/// [`Profile::CANONICAL`](crate::Profile::CANONICAL) refuses.
///
/// ```
/// use tr31::{Departure, Error, KeyBlock};
///
/// let text = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
/// let refused = KeyBlock::parse_canonical(text).unwrap_err();
/// let departure = Departure::DeprecatedVersion;
/// assert_eq!(refused, Error::NotCanonical { departure, at: Some(0) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Departure {
    /// The version is A or C.
    DeprecatedVersion,
    /// The key is one of single DES.
    SingleDes,
    /// A length is written longer than it needs to be.
    NeedlessExtendedLength,
    /// There is padding, or more of it, that is not needed.
    NeedlessPadding,
    /// The length of the key shows.
    LengthNotHidden,
    /// The KBPK is weaker than the key.
    WeakerKbpk,
    /// The key is no stronger than single DES.
    EqualKeyParts,
}

impl Finding {
    /// The stable name of the kind of finding; that of the error for a rule that was let pass.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row().0
    }

    /// Where in the text, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        self.row().1
    }

    /// The clause of ANSI X9.143:2021 that says so, or another source.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        self.row().2
    }

    /// What a careful exporter would have done otherwise, or `None` if it may write such a block:
    /// what is then left is worth knowing, and not wrong.
    ///
    /// ```
    /// use tr31::{Departure, Finding};
    ///
    /// assert_eq!(Finding::LengthNotHidden.departure(), Some(Departure::LengthNotHidden));
    /// assert_eq!(Finding::EvenParity.departure(), None);
    /// ```
    #[must_use]
    pub const fn departure(&self) -> Option<Departure> {
        Some(match self {
            Self::DeprecatedVersion => Departure::DeprecatedVersion,
            Self::SingleDes => Departure::SingleDes,
            Self::NeedlessExtendedLength { .. } => Departure::NeedlessExtendedLength,
            Self::NeedlessPadding { .. } => Departure::NeedlessPadding,
            Self::LengthNotHidden => Departure::LengthNotHidden,
            Self::WeakerKbpk => Departure::WeakerKbpk,
            Self::EqualKeyParts => Departure::EqualKeyParts,
            // A liberty was taken on purpose, and the rest is no fault of the exporter's.
            _ => return None,
        })
    }

    #[rustfmt::skip]
    const fn row(&self) -> (&'static str, Option<usize>, &'static str) {
        match *self {
            Self::Tolerated(error) => (error.code(), error.offset(), error.clause()),
            Self::DeprecatedVersion => ("DeprecatedVersion", Some(0), "6.2.1"),
            Self::SingleDes => ("SingleDes", Some(7), "6.3.1, table 3"),
            Self::UnusualCombination => ("UnusualCombination", Some(5), "6.3.1, tables 2 to 4"),
            Self::NeedlessExtendedLength { at } => ("NeedlessExtendedLength", Some(at), "6.3.6"),
            Self::NeedlessPadding { at } => ("NeedlessPadding", Some(at), "6.3.6.11"),
            Self::DeprecatedBlock { at, .. } => ("DeprecatedBlock", Some(at), "6.3.6.9"),
            Self::UnknownBlock { at, .. } => ("UnknownBlock", Some(at), "6.3.6"),
            Self::KeySerialNumberOfOtherAlgorithm { at } => ("KeySerialNumberOfOtherAlgorithm", Some(at), "6.3.6.8"),
            Self::LengthNotHidden => ("LengthNotHidden", None, "6.4"),
            Self::CheckValueNotCompared { .. } => ("CheckValueNotCompared", None, "6.3.6.7"),
            Self::CertificateNotCompared => ("CertificateNotCompared", None, "6.3.6.3"),
            Self::WeakerKbpk => ("WeakerKbpk", None, "NIST SP 800-57 part 1"),
            Self::EvenParity => ("EvenParity", None, "NIST SP 800-67"),
            Self::EqualKeyParts => ("EqualKeyParts", None, "NIST SP 800-67"),
        }
    }
}
