//! BI: the id of a base derivation key.

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId, hex_text};

/// The id of a base derivation key (BDK).
///
/// ```
/// use tr31::{BdkId, Content, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::BI, "00FFFF987654")?;
/// let id = BdkId::KeySetId([0xFF, 0xFF, 0x98, 0x76, 0x54]);
/// assert_eq!(block.content(), Some(Content::BdkId(id)));
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BdkId {
    /// `00`: the key set id of a TDES DUKPT key.
    KeySetId([u8; 5]),
    /// `01`: the BDK id of an AES DUKPT key.
    Aes([u8; 4]),
}

impl BdkId {
    pub(super) fn read(data: &str) -> Result<Self, usize> {
        let mut fields = Fields::new(data);
        let id = match &fields.characters()? {
            b"00" => Self::KeySetId(fields.bytes()?),
            b"01" => Self::Aes(fields.bytes()?),
            _ => return Err(0),
        };
        fields.end().map(|()| id)
    }
}

impl OptionalBlock {
    /// The BI block of a base derivation key.
    ///
    /// ```
    /// use tr31::{BdkId, OptionalBlock};
    ///
    /// let id = BdkId::Aes([0x12, 0x34, 0x56, 0x78]);
    /// assert_eq!(OptionalBlock::bdk_id(id).data(), "0112345678");
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.2.
    #[must_use]
    pub fn bdk_id(id: BdkId) -> Self {
        let (kind, id) = match &id {
            BdkId::KeySetId(id) => ("00", hex_text(id)),
            BdkId::Aes(id) => ("01", hex_text(id)),
        };
        Self::joined(OptionalBlockId::BI, [kind, &id])
    }
}
