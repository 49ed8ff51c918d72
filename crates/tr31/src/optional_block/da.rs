//! DA: what a derivation key may derive.

use alloc::string::String;
use alloc::vec::Vec;

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};

use super::fields::Fields;
use super::{OptionalBlock, OptionalBlockId};
use crate::Error;

/// The attributes that a key derived from a B3 key may have.
///
/// ```
/// use key_types::KeyUsage;
/// use tr31::{Content, OptionalBlock, OptionalBlockId};
///
/// let block = OptionalBlock::new(OptionalBlockId::DA, "01P0AENM6AGN")?;
/// let Some(Content::DerivationsAllowed(all)) = block.content() else { panic!("DA is a list") };
/// assert_eq!((all[0].usage, all[1].usage), (KeyUsage::PinEncryption, KeyUsage::MacCmac));
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.6.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the standard gives a derived key these four")]
pub struct DerivedAttributes {
    /// What the derived key is for.
    pub usage: KeyUsage,
    /// Its algorithm.
    pub algorithm: AlgorithmFamily,
    /// The operations it may perform.
    pub mode: ModeOfUse,
    /// Whether it may be sent on.
    pub exportability: Exportability,
}

impl DerivedAttributes {
    pub(super) fn read_all(data: &str) -> Result<Vec<Self>, usize> {
        let mut fields = Fields::new(data);
        fields.exactly(*b"01")?;
        let mut all = Vec::new();
        while fields.left() > 0 || all.is_empty() {
            all.push(Self {
                usage: fields.code(KeyUsage::from_code)?,
                algorithm: fields.code(|[code]| AlgorithmFamily::from_code(code))?,
                mode: fields.code(|[code]| ModeOfUse::from_code(code))?,
                exportability: fields.code(|[code]| Exportability::from_code(code))?,
            });
        }
        Ok(all)
    }
}

impl OptionalBlock {
    /// The DA block of a B3 key: the attributes that keys derived from it may have.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
    /// use tr31::{DerivedAttributes, OptionalBlock};
    ///
    /// let block = OptionalBlock::derivations_allowed(&[DerivedAttributes {
    ///     usage: KeyUsage::PinEncryption,
    ///     algorithm: AlgorithmFamily::Aes,
    ///     mode: ModeOfUse::Encrypt,
    ///     exportability: Exportability::NonExportable,
    /// }])?;
    /// assert_eq!(block.data(), "01P0AEN");
    /// # Ok::<(), tr31::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OptDataInvalid`] for no attributes and [`Error::TooLong`] if no key block has room
    /// for them.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.6.4.
    pub fn derivations_allowed(attributes: &[DerivedAttributes]) -> Result<Self, Error> {
        let mut data = String::from("01");
        for allowed in attributes {
            let [first, second] = allowed.usage.code();
            let rest =
                [allowed.algorithm.code(), allowed.mode.code(), allowed.exportability.code()];
            data.extend([first, second].into_iter().chain(rest).map(char::from));
        }
        Self::new(OptionalBlockId::DA, &data)
    }
}
