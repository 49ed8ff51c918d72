//! IK: the initial key id of AES DUKPT.

use alloc::string::ToString;

use key_types::InitialKeyId;

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};

pub(super) fn read(data: &str) -> Result<InitialKeyId, usize> {
    let mut fields = Fields::new(data);
    let id = fields.bytes()?;
    fields.end().map(|()| InitialKeyId::from_bytes(id))
}

impl OptionalBlock {
    /// The IK block of an initial key of AES DUKPT.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// let block = OptionalBlock::initial_key_id("1234567890123456".parse()?);
    /// assert_eq!(block.data(), "1234567890123456");
    /// # Ok::<(), key_types::KeySerialNumberError>(())
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.6.
    #[must_use]
    pub fn initial_key_id(id: InitialKeyId) -> Self {
        Self::joined(OptionalBlockId::IK, [id.to_string().as_str()])
    }
}
