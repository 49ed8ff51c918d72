//! A key block that was read and not yet opened.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::payload::SHORTEST;
use crate::{Error, Header, hex};

/// A key block that was read: its form is right, nothing in it is authenticated yet.
///
/// [`open`](Self::open) gives the key and the header that belongs to it.
///
/// ```
/// use tr31::{KeyBlock, OptionalBlockId, Version};
///
/// let block = KeyBlock::parse(
///     "B0096P0TE00N0000471D4FBE35E5865BDE20DBF4C15503161F55D681170BF8DD14D01B6822EF8550CB67C569DE8AC048",
/// )?;
/// assert_eq!(block.unverified_header().version(), Version::B);
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.
#[derive(Clone)]
pub struct KeyBlock {
    pub(crate) header: Header,
    /// The header as it was written, which is what the MAC covers.
    pub(crate) header_text: Vec<u8>,
    /// The payload and behind it the MAC. Opening decrypts in place, so dropping wipes.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl KeyBlock {
    /// Reads a key block without a key.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, in the order of [`Error`], up to
    /// [`Error::MacNotHex`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (header, start) = Header::read(text)?;
        let row = header.version().row();
        let bytes = text.as_bytes();
        let (header_text, body_text) =
            bytes.split_at_checked(start).ok_or(Error::OptTruncated { at: start })?;

        let refusal = Error::PayloadLength { at: start, found: body_text.len() };
        let payload_text = body_text.len().checked_sub(2 * row.mac_length).ok_or(refusal)?;
        let payload_length = payload_text / 2;
        let is_whole = payload_text.is_multiple_of(2 * row.payload_unit);
        if payload_length < SHORTEST || !is_whole {
            return Err(refusal);
        }
        let mut body = Zeroizing::new(vec![0; body_text.len() / 2]);
        hex::decode(body_text, &mut body).map_err(|offset| {
            let at = start + offset;
            if offset < payload_text {
                Error::PayloadNotHex { at }
            } else {
                Error::MacNotHex { at }
            }
        })?;
        Ok(Self { header, header_text: header_text.to_vec(), body })
    }

    /// What the key block says of its key, which anyone may have written.
    #[must_use]
    pub const fn unverified_header(&self) -> &Header {
        &self.header
    }

    /// The length of the payload in bytes.
    pub(crate) fn payload_length(&self) -> usize {
        self.body.len().saturating_sub(self.header.version().row().mac_length)
    }
}

/// The text of the key block, written anew.
impl fmt::Display for KeyBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.header.optional_blocks();
        let mut text = Vec::new();
        let length = self.header_text.len() + 2 * self.body.len();
        self.header.write_fixed(length, blocks.len(), &mut text);
        blocks.iter().for_each(|block| block.write(&mut text));
        let start = text.len();
        text.resize(length, 0);
        hex::encode(&self.body, text.split_at_mut(start).1);
        formatter.write_str(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The encrypted key is left out: it is not secret, but a log is no place for it.
impl fmt::Debug for KeyBlock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyBlock").field("header", &self.header).finish_non_exhaustive()
    }
}
