//! A header on its way to another wrapping key: only ever narrowed.

use alloc::vec::Vec;

use key_types::{Exportability, ModeOfUse};

use super::Header;
use crate::{Error, KeyContext, OptionalBlock, OptionalBlockId, Timestamp, Version};

/// What changes in the header of a key block that is translated to another wrapping key.
///
/// A key may only lose rights: mode of use, exportability and key context are narrowed or stay.
///
/// ```
/// use key_types::{Exportability, ModeOfUse};
/// use tr31::{Narrowing, Version};
///
/// let narrowing = Narrowing::to_version(Version::D)
///     .with_mode(ModeOfUse::Decrypt)
///     .with_exportability(Exportability::NonExportable);
/// # let _ = narrowing;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrowing {
    version: Version,
    mode: Option<ModeOfUse>,
    exportability: Option<Exportability>,
    key_context: Option<KeyContext>,
    formed_at: Option<Timestamp>,
}

impl Narrowing {
    /// Nothing changes but the version of the key block.
    ///
    /// ```
    /// use tr31::{Narrowing, Version};
    ///
    /// let narrowing = Narrowing::to_version(Version::E);
    /// assert_ne!(narrowing, Narrowing::to_version(Version::D));
    /// ```
    #[must_use]
    pub const fn to_version(version: Version) -> Self {
        Self { version, mode: None, exportability: None, key_context: None, formed_at: None }
    }

    /// The mode of use that the key is to have.
    ///
    /// ```
    /// use key_types::ModeOfUse;
    /// use tr31::{Narrowing, Version};
    ///
    /// let narrowing = Narrowing::to_version(Version::D).with_mode(ModeOfUse::Decrypt);
    /// assert_ne!(narrowing, Narrowing::to_version(Version::D));
    /// ```
    #[must_use]
    pub const fn with_mode(self, mode: ModeOfUse) -> Self {
        Self { mode: Some(mode), ..self }
    }

    /// The exportability that the key is to have.
    ///
    /// ```
    /// use key_types::Exportability;
    /// use tr31::{Narrowing, Version};
    ///
    /// let narrowing = Narrowing::to_version(Version::D).with_exportability(Exportability::NonExportable);
    /// assert_ne!(narrowing, Narrowing::to_version(Version::D));
    /// ```
    #[must_use]
    pub const fn with_exportability(self, exportability: Exportability) -> Self {
        Self { exportability: Some(exportability), ..self }
    }

    /// The context that the key block is to have.
    ///
    /// ```
    /// use tr31::{KeyContext, Narrowing, Version};
    ///
    /// let narrowing = Narrowing::to_version(Version::D).with_key_context(KeyContext::Storage);
    /// assert_ne!(narrowing, Narrowing::to_version(Version::D));
    /// ```
    #[must_use]
    pub const fn with_key_context(self, key_context: KeyContext) -> Self {
        Self { key_context: Some(key_context), ..self }
    }

    /// The time that a TS block, if there is one, is to have.
    ///
    /// ```
    /// use tr31::{Narrowing, Timestamp, Version};
    ///
    /// let now = Timestamp::new((2026, 11, 23), (4, 5, 6))?;
    /// let narrowing = Narrowing::to_version(Version::D).with_formed_at(now);
    /// assert_ne!(narrowing, Narrowing::to_version(Version::D));
    /// # Ok::<(), tr31::Error>(())
    /// ```
    #[must_use]
    pub const fn with_formed_at(self, time: Timestamp) -> Self {
        Self { formed_at: Some(time), ..self }
    }
}

impl Header {
    /// The header after narrowing, with the check value of the new KBPK if it had one of the old.
    ///
    /// # Errors
    ///
    /// [`Error::HeaderWidened`].
    pub(crate) fn narrowed(
        self,
        narrowing: &Narrowing,
        kbpk_check_value: &OptionalBlock,
    ) -> Result<Self, Error> {
        let mode = narrowing.mode.unwrap_or(self.mode);
        let exportability = narrowing.exportability.unwrap_or(self.exportability);
        let key_context = narrowing.key_context.unwrap_or(self.key_context);
        for (at, narrows) in [
            (8, mode_narrows(self.mode, mode)),
            (11, rights(exportability) <= rights(self.exportability)),
            (14, [KeyContext::StorageOrExchange, key_context].contains(&self.key_context)),
        ] {
            if !narrows {
                return Err(Error::HeaderWidened { at });
            }
        }
        let renewed = |block: OptionalBlock| match (block.id(), narrowing.formed_at) {
            (OptionalBlockId::KP, _) => kbpk_check_value.clone(),
            (OptionalBlockId::TS, Some(time)) => OptionalBlock::formed_at(time),
            _ => block,
        };
        let optional_blocks: Vec<_> = self.optional_blocks.into_iter().map(renewed).collect();
        let version = narrowing.version;
        Ok(Self { version, mode, exportability, key_context, optional_blocks, ..self })
    }
}

/// Whether a key with one mode may be given the other.
fn mode_narrows(from: ModeOfUse, to: ModeOfUse) -> bool {
    use ModeOfUse::{
        Decrypt, Encrypt, EncryptDecrypt, Generate, GenerateVerify, NoRestriction, Sign,
        SignDecrypt, Verify,
    };
    let parts: &[ModeOfUse] = match from {
        NoRestriction => return true,
        EncryptDecrypt => &[Decrypt, Encrypt],
        GenerateVerify => &[Generate, Verify],
        SignDecrypt => &[Sign, Decrypt],
        _ => &[],
    };
    from == to || parts.contains(&to)
}

/// How much a receiver may do; an exportability with more rights is a wider one.
const fn rights(exportability: Exportability) -> u8 {
    match exportability {
        Exportability::NonExportable => 0,
        Exportability::Exportable => 1,
        // Sensitive keys may leave in other forms too.
        _ => 2,
    }
}
