//! AL: the life of an asymmetric key.

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};

/// Whether an asymmetric key is kept.
///
/// ```
/// use tr31::{Content, KeyLife, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::AL, "0100")?;
/// assert_eq!(block.content(), Some(Content::KeyLife(KeyLife::Ephemeral)));
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyLife {
    /// `00`: used once.
    Ephemeral,
    /// `01`: kept.
    Static,
}

impl KeyLife {
    const fn code(self) -> &'static str {
        match self {
            Self::Ephemeral => "00",
            Self::Static => "01",
        }
    }

    fn from_code(code: [u8; 2]) -> Option<Self> {
        [Self::Ephemeral, Self::Static].into_iter().find(|life| life.code().as_bytes() == code)
    }

    pub(super) fn read(data: &str) -> Result<Self, usize> {
        let mut fields = Fields::new(data);
        fields.exactly(*b"01")?;
        let life = fields.code(Self::from_code)?;
        fields.end().map(|()| life)
    }
}

impl OptionalBlock {
    /// The AL block of an asymmetric key.
    ///
    /// ```
    /// use tr31::{KeyLife, OptionalBlock};
    ///
    /// assert_eq!(OptionalBlock::key_life(KeyLife::Static).data(), "0101");
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.1.
    #[must_use]
    pub fn key_life(life: KeyLife) -> Self {
        Self::joined(OptionalBlockId::AL, ["01", life.code()])
    }
}
