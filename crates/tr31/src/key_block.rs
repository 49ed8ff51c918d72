//! A key block that was read and not yet opened.

use alloc::vec::Vec;
use core::fmt;

use crate::body::Body;
use crate::header::read;
use crate::optional_block::with_offsets;
use crate::profile::Rules;
use crate::{Error, Finding, Header, OptionalBlock, Profile, hex, payload};

/// A key block that was read: its form is right, nothing in it is authenticated yet.
///
/// [`open`](Self::open) gives the key and the header that belongs to it. A key block that breaks
/// rules as its maker is known to do is read by [`lenient`](crate::lenient).
///
/// ```
/// use tr31::{KeyBlock, Version};
///
/// let block = KeyBlock::parse(
///     "B0096P0TE00N0000471D4FBE35E5865BDE20DBF4C15503161F55D681170BF8DD14D01B6822EF8550CB67C569DE8AC048",
/// )?;
/// assert_eq!(block.unverified_header().version(), Version::B);
/// assert!(block.findings().is_empty());
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.
#[derive(Clone)]
pub struct KeyBlock {
    pub(crate) header: Header,
    pub(crate) body: Body,
    pub(crate) rules: Rules,
}

impl KeyBlock {
    /// Reads a key block without a key.
    ///
    /// ```
    /// use tr31::{Error, KeyBlock};
    ///
    /// let text = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
    /// assert_eq!(KeyBlock::parse(text)?.to_string(), text);
    /// let longer = format!("{text}0");
    /// let refused = KeyBlock::parse(&longer).unwrap_err();
    /// assert_eq!(refused, Error::LengthMismatch { field: 72, actual: 73 });
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule that is broken, in the order of [`Error`], up to
    /// [`Error::MacNotHex`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text, Profile::STRICT)
    }

    /// Reads a key block without a key, and refuses it unless it is one that a careful exporter
    /// writes; what can be known only of an opened block is refused when it is opened.
    ///
    /// ```
    /// use tr31::{Departure, Error, KeyBlock};
    ///
    /// let text = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
    /// let refused = KeyBlock::parse_canonical(text).unwrap_err();
    /// let departure = Departure::DeprecatedVersion;
    /// assert_eq!(refused, Error::NotCanonical { departure, at: Some(0) });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and [`Error::NotCanonical`].
    pub fn parse_canonical(text: &str) -> Result<Self, Error> {
        Self::read(text, Profile::CANONICAL)
    }

    fn read(text: &str, profile: Profile) -> Result<Self, Error> {
        let mut rules = Rules::new(profile);
        let (codes, blocks, start) = read::read(text, &mut rules)?;
        let body = Body::read(text, start, codes.version, &mut rules)?;
        let header = codes.known(blocks)?;
        if payload::shows_length(Some(header.algorithm()), body.payload_length()) {
            rules.note(Finding::LengthNotHidden)?;
        }
        Ok(Self { header, body, rules })
    }

    /// What the key block says of its key, which anyone may have written.
    #[must_use]
    pub const fn unverified_header(&self) -> &Header {
        &self.header
    }

    /// Each optional block, in order, with the offset in the text where it begins.
    ///
    /// ```
    /// use tr31::{KeyBlock, OptionalBlockId};
    ///
    /// let block = KeyBlock::parse(
    ///     "C0096B0TX12S0100KS1800604B120F9292800000\
    ///      BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C",
    /// )?;
    /// let blocks: Vec<_> = block.optional_blocks().map(|(at, block)| (at, block.id())).collect();
    /// assert_eq!(blocks, [(16, OptionalBlockId::KS)]);
    /// # Ok::<(), tr31::Error>(())
    /// ```
    pub fn optional_blocks(&self) -> impl Iterator<Item = (usize, &OptionalBlock)> {
        with_offsets(self.header.optional_blocks())
    }

    /// What the standard allows and a careful exporter does not write.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.rules.findings
    }
}

/// The text of the key block, written anew.
impl fmt::Display for KeyBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.header.optional_blocks();
        let mut text = Vec::new();
        let length = self.body.header_text.len() + 2 * self.body.bytes.len();
        self.header.write_fixed(length, blocks.len(), &mut text);
        blocks.iter().for_each(|block| block.write(&mut text));
        let start = text.len();
        text.resize(length, 0);
        hex::encode(&self.body.bytes, text.split_at_mut(start).1);
        formatter.write_str(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The encrypted key is left out: it is not secret, but a log is no place for it.
impl fmt::Debug for KeyBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyBlock").field("header", &self.header).finish_non_exhaustive()
    }
}
