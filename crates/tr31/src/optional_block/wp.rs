//! WP: how strong the keys were that wrapped this one before.

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};

/// Which keys have wrapped this one in its life.
///
/// ```
/// use tr31::{Content, OptionalBlock, OptionalBlockId, WrappingPedigree};
///
/// let block = OptionalBlock::new(OptionalBlockId::WP, "003")?;
/// let pedigree = WrappingPedigree::LesserAndAsymmetric;
/// assert_eq!(block.content(), Some(Content::WrappingPedigree(pedigree)));
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WrappingPedigree {
    /// `0`: only keys of equal or greater strength.
    EqualOrGreater,
    /// `1`: a weaker key.
    Lesser,
    /// `2`: an asymmetric key, which quantum computers may break.
    Asymmetric,
    /// `3`: a weaker key, and an asymmetric one.
    LesserAndAsymmetric,
}

impl WrappingPedigree {
    const ALL: [Self; 4] =
        [Self::EqualOrGreater, Self::Lesser, Self::Asymmetric, Self::LesserAndAsymmetric];

    const fn code(self) -> &'static str {
        match self {
            Self::EqualOrGreater => "0",
            Self::Lesser => "1",
            Self::Asymmetric => "2",
            Self::LesserAndAsymmetric => "3",
        }
    }

    fn from_code(code: [u8; 1]) -> Option<Self> {
        Self::ALL.into_iter().find(|pedigree| pedigree.code().as_bytes() == code)
    }

    pub(super) fn read(data: &str) -> Result<Self, usize> {
        let mut fields = Fields::new(data);
        fields.exactly(*b"00")?;
        let pedigree = fields.code(Self::from_code)?;
        fields.end().map(|()| pedigree)
    }
}

impl OptionalBlock {
    /// The WP block.
    ///
    /// ```
    /// use tr31::{OptionalBlock, WrappingPedigree};
    ///
    /// let block = OptionalBlock::wrapping_pedigree(WrappingPedigree::Asymmetric);
    /// assert_eq!(block.data(), "002");
    /// ```
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.15.
    #[must_use]
    pub fn wrapping_pedigree(pedigree: WrappingPedigree) -> Self {
        Self::joined(OptionalBlockId::WP, ["00", pedigree.code()])
    }
}
