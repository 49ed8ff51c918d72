//! Translating: from one wrapping key to another.

use alloc::string::String;

use rand_core::TryCryptoRng;

use crate::{Error, Kbpk, KeyBlock, Narrowing, wrap};

impl KeyBlock {
    /// Opens the key block under one KBPK and wraps its key under another; the key is never
    /// handed out.
    ///
    /// The header stays, save for what `narrowing` says and for the check value of the KBPK (KP),
    /// which is computed anew. Whether a key that is marked as not exportable may be translated
    /// is for the caller to know: a move to another storage key is no export.
    ///
    /// ```
    /// use getrandom::SysRng;
    /// use key_types::{ModeOfUse, SecretKey};
    /// use tr31::{Kbpk, KeyBlock, Narrowing, Version};
    ///
    /// # let kbpk = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
    /// # let new = SecretKey::filled_by(32, |bytes| bytes.fill(0x88))?;
    /// let text = "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701";
    /// let (old, new) = (Kbpk::tdes(&kbpk)?, Kbpk::aes(&new)?);
    /// let block = KeyBlock::parse(text)?;
    /// let translated = block.translate(&old, &new, &Narrowing::to_version(Version::D), &mut SysRng)?;
    /// let opened = KeyBlock::parse(&translated)?.open(&new)?;
    /// assert_eq!(opened.header().mode(), ModeOfUse::Encrypt);
    /// assert!(opened.hides_length());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open) and of [`wrap`](crate::wrap()), and
    /// [`Error::HeaderWidened`] if the key would gain rights.
    pub fn translate(
        self,
        from: &Kbpk,
        to: &Kbpk,
        narrowing: &Narrowing,
        random: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<String, Error> {
        let (header, key) = self.open(from)?.into_parts();
        let header = header.narrowed(narrowing, &to.check_value_block()?)?;
        wrap(&header, &key, to, random)
    }
}
