//! Key blocks that break rules as their makers are known to do.
//!
//! What is let pass is a [`Profile`], and every liberty taken is a [`Finding`]. The MAC is verified
//! as strictly as ever. The types are others than those of strict reading, because a header here
//! may have codes that nobody knows; [`Header::known`] leads back when it has none.
//!
//! ```
//! use tr31::{Liberty, Profile, lenient};
//!
//! let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
//! let block = lenient::KeyBlock::parse(text, Profile::APPLE_PAY)?;
//! assert_eq!(block.findings()[1].code(), "PayloadNotHex");
//! # Ok::<(), tr31::Error>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};

use crate::body::{Body, Facts};
use crate::header::read::{self, Codes};
use crate::optional_block::with_offsets;
use crate::profile::Rules;
use crate::{Error, Finding, Kbpk, KeyContext, OptionalBlock, Profile, Version, payload};

/// A header whose codes may be unknown.
///
/// ```
/// use tr31::{Error, Profile, lenient};
///
/// let text = "A0072?!TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
/// let block = lenient::KeyBlock::parse(text, Profile::LENIENT)?;
/// let header = block.unverified_header();
/// assert_eq!((header.usage(), header.usage_code()), (None, *b"?!"));
/// assert_eq!(header.known(), Err(Error::UnknownUsage));
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    codes: Codes,
    optional_blocks: Vec<OptionalBlock>,
}

/// A code beside what it stands for: two methods for each field.
macro_rules! fields {
    ($(#[$meta:meta] $name:ident: $type:ty, $code:ident: $code_type:ty;)+) => {$(
        #[$meta]
        ///
        /// `None` if the code is not known.
        #[must_use]
        pub fn $name(&self) -> Option<$type> {
            self.codes.$name().ok()
        }

        #[doc = concat!("The code of [`", stringify!($name), "`](Self::", stringify!($name), ") as it stands.")]
        #[must_use]
        pub const fn $code(&self) -> $code_type {
            self.codes.$name
        }
    )+};
}

impl Header {
    /// The version of the key block.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.codes.version
    }

    fields! {
        /// What the key is for.
        usage: KeyUsage, usage_code: [u8; 2];
        /// The algorithm that the key is used with.
        algorithm: AlgorithmFamily, algorithm_code: u8;
        /// The operations that the key may perform.
        mode: ModeOfUse, mode_code: u8;
        /// The version of the key, or which component of a key it is.
        key_version: KeyVersion, key_version_code: [u8; 2];
        /// Whether the receiver may send the key on.
        exportability: Exportability, exportability_code: u8;
        /// Whether the key block is for storage or for exchange.
        key_context: KeyContext, key_context_code: u8;
    }

    /// The reserved character, `0` in a block that keeps the rules.
    #[must_use]
    pub const fn reserved(&self) -> u8 {
        self.codes.reserved
    }

    /// The optional blocks in their order, equal ids and padding anywhere included.
    #[must_use]
    pub fn optional_blocks(&self) -> &[OptionalBlock] {
        &self.optional_blocks
    }

    /// The header as a strict reader gives it; lengths of optional blocks in a form that the
    /// standard does not have become those that it has.
    ///
    /// ```
    /// use tr31::{Profile, Version, lenient};
    ///
    /// let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
    /// let block = lenient::KeyBlock::parse(text, Profile::APPLE_PAY)?;
    /// assert_eq!(block.unverified_header().known()?.version(), Version::A);
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the first code that is not known.
    pub fn known(&self) -> Result<crate::Header, Error> {
        let blocks = self.optional_blocks.iter().cloned();
        self.codes.known(blocks.map(OptionalBlock::in_standard_form).collect())
    }
}

/// A key block that was read: nothing in it is authenticated yet.
///
/// ```
/// use tr31::{Finding, Profile, lenient};
///
/// let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
/// let block = lenient::KeyBlock::parse(text, Profile::APPLE_PAY)?;
/// assert!(matches!(block.findings(), [_, Finding::Tolerated(_), Finding::LengthNotHidden]));
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyBlock {
    header: Header,
    body: Body,
    rules: Rules,
}

impl KeyBlock {
    /// Reads a key block without a key.
    ///
    /// ```
    /// use tr31::{Profile, lenient};
    ///
    /// let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
    /// let refused = lenient::KeyBlock::parse(text, Profile::TR31_2018).unwrap_err();
    /// assert_eq!(refused.code(), "PayloadNotHex");
    /// assert!(lenient::KeyBlock::parse(text, Profile::APPLE_PAY).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule that is broken and that the profile does not let pass.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, Error> {
        let mut rules = Rules::new(profile);
        let (codes, optional_blocks, start) = read::read(text, &mut rules)?;
        let body = Body::read(text, start, codes.version, &mut rules)?;
        if payload::shows_length(codes.algorithm().ok(), body.payload_length()) {
            rules.note(Finding::LengthNotHidden)?;
        }
        Ok(Self { header: Header { codes, optional_blocks }, body, rules })
    }

    /// What the key block says of its key, which anyone may have written.
    #[must_use]
    pub const fn unverified_header(&self) -> &Header {
        &self.header
    }

    /// Each optional block, in order, with the offset in the text where it begins.
    pub fn optional_blocks(&self) -> impl Iterator<Item = (usize, &OptionalBlock)> {
        with_offsets(self.header.optional_blocks())
    }

    /// The liberties that were taken, and what is unusual.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.rules.findings
    }

    /// Verifies the key block, then takes the key out of it.
    ///
    /// ```
    /// use key_types::SecretKey;
    /// use tr31::{Kbpk, Profile, lenient};
    ///
    /// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
    /// let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
    /// let block = lenient::KeyBlock::parse(text, Profile::APPLE_PAY)?;
    /// let opened = block.open(&Kbpk::tdes(&key)?)?;
    /// assert_eq!(opened.key().length(), 16);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`KeyBlock::open`](crate::KeyBlock::open), save what the profile lets pass.
    pub fn open(self, kbpk: &Kbpk) -> Result<Opened, Error> {
        let Self { header, body, mut rules } = self;
        let facts = Facts {
            usage: header.usage(),
            algorithm: header.algorithm(),
            blocks: header.optional_blocks(),
            protection_key: None,
        };
        let key = body.open(kbpk, &facts, &mut rules)?;
        Ok(Opened { header, key, findings: rules.findings })
    }
}

/// The encrypted key is left out: it is not secret, but a log is no place for it.
impl fmt::Debug for KeyBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyBlock").field("header", &self.header).finish_non_exhaustive()
    }
}

/// What a key block held, authentic: the header and the key that belongs to it.
///
/// ```
/// use key_types::SecretKey;
/// use tr31::{Kbpk, Profile, lenient};
///
/// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
/// let text = "A0072P0TE00E0000f5161ed902807af26f1d62263644bd24192fdb3193c730301cee8701";
/// let block = lenient::KeyBlock::parse(text, Profile::APPLE_PAY)?;
/// let opened = block.open(&Kbpk::tdes(&key)?)?;
/// assert_eq!(opened.header().mode_code(), b'E');
/// assert!(opened.findings().iter().any(|finding| finding.code() == "PayloadNotHex"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Opened {
    header: Header,
    key: SecretKey,
    findings: Vec<Finding>,
}

impl Opened {
    /// What the key is and what may be done with it.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The liberties that were taken, and what is unusual.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The header and the key.
    #[must_use]
    pub fn into_parts(self) -> (Header, SecretKey) {
        (self.header, self.key)
    }
}
