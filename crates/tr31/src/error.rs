//! What can be wrong with a key block, or with a wish to make one.

use key_types::AlgorithmFamily;

use crate::{Departure, OptionalBlockId, Version};

/// Why there is no key block, or no key.
///
/// Errors of parsing say where in the text, as a count of characters from its beginning; those
/// of building an optional block count from the beginning of what was given. No error holds any
/// character of a payload. All that can fail between deriving the keys and comparing the MAC is
/// the one [`AuthenticationFailed`](Self::AuthenticationFailed).
///
/// ```
/// use tr31::{Error, KeyBlock};
///
/// let text = "A0072P0TE00E0000f5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
/// let error = KeyBlock::parse(text).unwrap_err();
/// assert_eq!(error, Error::PayloadNotHex { at: 16 });
/// assert_eq!((error.code(), error.offset()), ("PayloadNotHex", Some(16)));
/// ```
///
/// Standard: ANSI X9.143:2021 (the variants stand in the order in which a key block is checked).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is shorter than the fixed part of a header.
    #[error("a key block has at least 16 characters, not {found}")]
    TooShort {
        /// The length of the text in bytes.
        found: usize,
    },
    /// A byte of the text is not printable ASCII.
    #[error("the character at {at} is not printable ASCII")]
    NonPrintable {
        /// Where in the text.
        at: usize,
    },
    /// The version is not one of A to E.
    #[error("the version is not A, B, C, D or E")]
    UnsupportedVersion,
    /// The length field is not four decimal digits.
    #[error("the length field is not four decimal digits")]
    LengthFieldMalformed,
    /// The text is longer or shorter than its length field says.
    #[error("the length field says {field} characters, the text has {actual}")]
    LengthMismatch {
        /// The length in the header.
        field: usize,
        /// The length of the text.
        actual: usize,
    },
    /// The key usage is not known.
    #[error("the key usage is not known")]
    UnknownUsage,
    /// The algorithm is not known.
    #[error("the algorithm is not known")]
    UnknownAlgorithm,
    /// The mode of use is not known.
    #[error("the mode of use is not known")]
    UnknownMode,
    /// The key version number is not alphanumeric.
    #[error("the key version number is not alphanumeric")]
    BadKeyVersion,
    /// The exportability is not E, N or S.
    #[error("the exportability is not E, N or S")]
    UnknownExportability,
    /// The number of optional blocks is not two decimal digits.
    #[error("the number of optional blocks is not two decimal digits")]
    OptCountMalformed,
    /// The key context is not 0, 1 or 2.
    #[error("the key context is not 0, 1 or 2")]
    UnknownContext,
    /// The last character of the fixed header is not 0.
    #[error("the reserved character of the header is not 0")]
    ReservedNotZero,
    /// The id of an optional block is not two digits or upper-case letters.
    #[error("the optional block id at {at} is not two characters 0-9 A-Z")]
    OptIdMalformed {
        /// Where in the text.
        at: usize,
    },
    /// The length of an optional block is not upper-case hex, is smaller than its own header, or
    /// has another number of digits than four in the extended form.
    #[error("the optional block length at {at} is malformed")]
    OptLengthMalformed {
        /// Where in the text.
        at: usize,
    },
    /// An optional block runs past the end of the text.
    #[error("the optional block at {at} runs past the end of the text")]
    OptTruncated {
        /// Where in the text.
        at: usize,
    },
    /// The id of an optional block occurs a second time.
    #[error("a second optional block {id} at {at}")]
    OptDuplicate {
        /// Where in the text the second one begins.
        at: usize,
        /// The id.
        id: OptionalBlockId,
    },
    /// A padding block is followed by another optional block.
    #[error("the padding block at {at} is not the last optional block")]
    PbNotLast {
        /// Where in the text.
        at: usize,
    },
    /// The optional blocks together are not whole cipher blocks.
    #[error("the optional blocks end at {at}, which is not a multiple of {multiple}")]
    OptUnaligned {
        /// Where in the text they end.
        at: usize,
        /// The cipher block length that they are to fill.
        multiple: usize,
    },
    /// The content of an optional block is wrong.
    #[error("the content of the optional block {id} is wrong at {at}")]
    OptDataInvalid {
        /// Where in the text, or in the data when a block is built.
        at: usize,
        /// The id.
        id: OptionalBlockId,
    },
    /// There is no room for payload and MAC, or the payload is not whole cipher blocks.
    #[error("{found} characters from {at} on are no payload and MAC")]
    PayloadLength {
        /// Where in the text the payload begins.
        at: usize,
        /// The number of characters from there on.
        found: usize,
    },
    /// A character of the payload is not an upper-case hex digit.
    #[error("the payload character at {at} is not an upper-case hex digit")]
    PayloadNotHex {
        /// Where in the text.
        at: usize,
    },
    /// A character of the MAC is not an upper-case hex digit.
    #[error("the MAC character at {at} is not an upper-case hex digit")]
    MacNotHex {
        /// Where in the text.
        at: usize,
    },
    /// The key block protection key is of the wrong algorithm for the version.
    #[error(
        "version {version} is not for {kbpk:?} wrapping keys: TDES is for A, B, C, AES for D, E"
    )]
    KbpkAlgorithmMismatch {
        /// The version of the key block.
        version: Version,
        /// The family of the key block protection key.
        kbpk: AlgorithmFamily,
    },
    /// The key block protection key has a length that its algorithm does not have.
    #[error("a {family:?} wrapping key does not have {found} bytes")]
    KbpkLength {
        /// The family of the key.
        family: AlgorithmFamily,
        /// The length of the key in bytes.
        found: usize,
    },
    /// The key block was not made under this key, or was changed since.
    #[error("the key block does not authenticate under this wrapping key")]
    AuthenticationFailed,
    /// The authentic payload gives a key length that is zero, not whole bytes, or longer than
    /// the payload.
    #[error("the bit length in the payload is impossible")]
    BitLengthInvalid,
    /// The key has a length that its algorithm does not have.
    #[error("a {family:?} key does not have {found} bytes")]
    KeyLengthForAlgorithm {
        /// The family that the header names.
        family: AlgorithmFamily,
        /// The length of the key in bytes.
        found: usize,
    },
    /// An asymmetric key is not exactly one DER value of its form.
    #[error("the asymmetric key is not exactly one DER value of its form")]
    KeyDer,
    /// The certificate in a CT block, the first of a chain, is not an X.509 certificate of the
    /// public key of this key; a kind of [`KeyDer`](Self::KeyDer), with the same code.
    #[error("the certificate is not one of the key")]
    CertificateOfOtherKey,
    /// An HMAC key comes without the HM block that names its hash.
    #[error("an HMAC key needs an HM block")]
    MissingHm,
    /// The check value in a KC or KP block is not that of the key or of the KBPK.
    #[error("the check value in the {id} block is not that of the key")]
    KcvMismatch {
        /// The id of the block.
        id: OptionalBlockId,
    },
    /// The key block opens, but is not one that a careful exporter writes, and only such ones are
    /// wanted.
    #[error("the key block is not canonical: {departure:?}")]
    NotCanonical {
        /// What such an exporter does otherwise.
        departure: Departure,
        /// Where in the text, if it has a place there.
        at: Option<usize>,
    },
    /// The version is deprecated: blocks of it are made through `danger` only.
    #[error("key blocks of version {version} are opened, but not made")]
    DeprecatedVersion {
        /// The version of the header.
        version: Version,
    },
    /// A key that is translated would gain rights.
    #[error("the header field at {at} would be widened")]
    HeaderWidened {
        /// Where in the header the field stands.
        at: usize,
    },
    /// A padding block was given: whoever wraps makes it.
    #[error("the padding block is made when a key is wrapped")]
    PbReserved,
    /// There are more than 99 optional blocks, padding block included.
    #[error("a key block has at most 99 optional blocks")]
    OptTooMany,
    /// The key block would be longer than its length field can say.
    #[error("a key block has at most 9999 characters, not {length}")]
    TooLong {
        /// The length in characters it would have.
        length: usize,
    },
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    RandomnessFailed,
}

impl Error {
    /// The stable name of the kind of error, as test vectors give it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.row().0
    }

    /// The clause of ANSI X9.143:2021 that has the rule.
    pub(crate) const fn clause(&self) -> &'static str {
        match self {
            Self::PayloadNotHex { .. } | Self::MacNotHex { .. } => "4",
            Self::OptIdMalformed { .. }
            | Self::OptLengthMalformed { .. }
            | Self::OptDuplicate { .. }
            | Self::OptDataInvalid { .. } => "6.3.6",
            Self::PbNotLast { .. } => "6.3.6.11",
            Self::MissingHm => "6.3.6.5",
            Self::KcvMismatch { .. } => "6.3.6.7",
            Self::CertificateOfOtherKey => "6.3.6.3",
            Self::KeyDer => "6.4",
            _ => "6.3.1",
        }
    }

    /// Where in the text the error is, or `None` if it has no place there.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        self.row().1
    }

    #[rustfmt::skip]
    const fn row(&self) -> (&'static str, Option<usize>) {
        match *self {
            Self::TooShort { found } => ("TooShort", Some(found)),
            Self::NonPrintable { at } => ("NonPrintable", Some(at)),
            Self::UnsupportedVersion => ("UnsupportedVersion", Some(0)),
            Self::LengthFieldMalformed => ("LengthFieldMalformed", Some(1)),
            Self::LengthMismatch { .. } => ("LengthMismatch", Some(1)),
            Self::UnknownUsage => ("UnknownUsage", Some(5)),
            Self::UnknownAlgorithm => ("UnknownAlgorithm", Some(7)),
            Self::UnknownMode => ("UnknownMode", Some(8)),
            Self::BadKeyVersion => ("BadKeyVersion", Some(9)),
            Self::UnknownExportability => ("UnknownExportability", Some(11)),
            Self::OptCountMalformed => ("OptCountMalformed", Some(12)),
            Self::UnknownContext => ("UnknownContext", Some(14)),
            Self::ReservedNotZero => ("ReservedNotZero", Some(15)),
            Self::OptIdMalformed { at } => ("OptIdMalformed", Some(at)),
            Self::OptLengthMalformed { at } => ("OptLengthMalformed", Some(at)),
            Self::OptTruncated { at } => ("OptTruncated", Some(at)),
            Self::OptDuplicate { at, .. } => ("OptDuplicate", Some(at)),
            Self::PbNotLast { at } => ("PbNotLast", Some(at)),
            Self::OptUnaligned { at, .. } => ("OptUnaligned", Some(at)),
            Self::OptDataInvalid { at, .. } => ("OptDataInvalid", Some(at)),
            Self::PayloadLength { at, .. } => ("PayloadLength", Some(at)),
            Self::PayloadNotHex { at } => ("PayloadNotHex", Some(at)),
            Self::MacNotHex { at } => ("MacNotHex", Some(at)),
            Self::KbpkAlgorithmMismatch { .. } => ("KbpkAlgorithmMismatch", None),
            Self::KbpkLength { .. } => ("KbpkLength", None),
            Self::AuthenticationFailed => ("AuthenticationFailed", None),
            Self::BitLengthInvalid => ("BitLengthInvalid", None),
            Self::KeyLengthForAlgorithm { .. } => ("KeyLengthForAlgorithm", None),
            Self::KeyDer | Self::CertificateOfOtherKey => ("KeyDer", None),
            Self::MissingHm => ("MissingHm", None),
            Self::KcvMismatch { .. } => ("KcvMismatch", None),
            Self::NotCanonical { at, .. } => ("NotCanonical", at),
            Self::DeprecatedVersion { .. } => ("DeprecatedVersion", None),
            Self::HeaderWidened { at } => ("HeaderWidened", Some(at)),
            Self::PbReserved => ("PbReserved", None),
            Self::OptTooMany => ("OptTooMany", None),
            Self::TooLong { .. } => ("TooLong", None),
            Self::RandomnessFailed => ("RandomnessFailed", None),
        }
    }
}
