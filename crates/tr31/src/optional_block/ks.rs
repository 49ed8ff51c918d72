//! KS: the initial key serial number of TDES DUKPT.

use alloc::string::ToString;

use key_types::TdesKeySerialNumber;

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};

/// The key serial number in a KS block.
///
/// ```
/// use tr31::{Content, InitialKsn, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::KS, "FFFF9876543210E0")?;
/// let Some(Content::InitialKsn(InitialKsn::Legacy(ksn))) = block.content() else {
///     panic!("16 digits are the legacy form")
/// };
/// assert_eq!(ksn[..2], [0xFF, 0xFF]);
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InitialKsn {
    /// All 10 bytes.
    Full(TdesKeySerialNumber),
    /// The 8 bytes without counter that earlier editions wrote.
    Legacy([u8; 8]),
}

impl InitialKsn {
    pub(super) fn read(data: &str) -> Result<Self, usize> {
        const LEGACY_LENGTH: usize = 16;
        let mut fields = Fields::new(data);
        let ksn = if data.len() == LEGACY_LENGTH {
            Self::Legacy(fields.bytes()?)
        } else {
            Self::Full(TdesKeySerialNumber::from_bytes(fields.bytes()?))
        };
        fields.end().map(|()| ksn)
    }
}

impl OptionalBlock {
    /// The KS block of an initial key of TDES DUKPT.
    ///
    /// ```
    /// use tr31::OptionalBlock;
    ///
    /// let block = OptionalBlock::initial_ksn("FFFF9876543210E00000".parse()?);
    /// assert_eq!(block.data(), "FFFF9876543210E00000");
    /// # Ok::<(), key_types::KeySerialNumberError>(())
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.8.
    #[must_use]
    pub fn initial_ksn(ksn: TdesKeySerialNumber) -> Self {
        Self::joined(OptionalBlockId::KS, [ksn.to_string().as_str()])
    }
}
