//! The key block protection key, prepared.

use alloc::boxed::Box;
use core::fmt;

use aes::{Aes128, Aes128Enc, Aes192, Aes192Enc, Aes256, Aes256Enc};
use des::{TdesEde2, TdesEde3};
use key_types::{AlgorithmFamily, SecretKey};
use subtle::Choice;

use crate::binding::derivation::{self, DerivedKeys, KeyKind};
use crate::binding::variant::{self, VariantKeys};
use crate::binding::{Binding, Encryption, Protect, Role};
use crate::{Error, Version};

/// A key block protection key (KBPK), prepared once for many key blocks.
///
/// Preparing derives the encryption and authentication keys, expands their key schedules and
/// computes the CMAC subkeys; all of it is wiped on drop. Under a prepared KBPK a key block
/// costs the cipher calls for its own blocks and no others.
///
/// The algorithm is stated by the name of the constructor, since 16 and 24 bytes could be TDES
/// or AES. A TDES KBPK is for versions A, B and C, an AES KBPK for D and E.
///
/// ```
/// use key_types::SecretKey;
/// use tr31::Kbpk;
///
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x88))?;
/// let kbpk = Kbpk::aes(&key)?;
/// assert_eq!(format!("{kbpk:?}"), "Kbpk(Aes, [elided])");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Kbpk {
    family: AlgorithmFamily,
    /// The derived keys, on the heap so that they do not move with the value.
    derived: Box<dyn Protect>,
    kind: KeyKind,
    /// The key itself, for the variants of versions A and C and for its check value: no KBPK pays
    /// for them in advance.
    key: SecretKey,
}

impl Kbpk {
    /// Prepares a TDES key of 16 or 24 bytes; its parity bits have no effect.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, SecretKey};
    /// use tr31::Kbpk;
    ///
    /// let key = |length| SecretKey::filled_by(length, |bytes| bytes.fill(0x88));
    /// assert_eq!(Kbpk::tdes(&key(24)?)?.family(), AlgorithmFamily::Tdes);
    /// assert_eq!(Kbpk::tdes(&key(20)?).unwrap_err().code(), "KbpkLength");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KbpkLength`] for any other length.
    pub fn tdes(key: &SecretKey) -> Result<Self, Error> {
        Self::prepare(key, AlgorithmFamily::Tdes)
    }

    /// Prepares an AES key of 16, 24 or 32 bytes.
    ///
    /// ```
    /// use key_types::{AlgorithmFamily, SecretKey};
    /// use tr31::Kbpk;
    ///
    /// let key = |length| SecretKey::filled_by(length, |bytes| bytes.fill(0x88));
    /// assert_eq!(Kbpk::aes(&key(24)?)?.family(), AlgorithmFamily::Aes);
    /// assert_eq!(Kbpk::aes(&key(20)?).unwrap_err().code(), "KbpkLength");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::KbpkLength`] for any other length.
    pub fn aes(key: &SecretKey) -> Result<Self, Error> {
        Self::prepare(key, AlgorithmFamily::Aes)
    }

    /// Whether the key is a TDES or an AES key.
    #[must_use]
    pub const fn family(&self) -> AlgorithmFamily {
        self.family
    }

    fn prepare(key: &SecretKey, family: AlgorithmFamily) -> Result<Self, Error> {
        let refusal = Error::KbpkLength { family, found: key.length() };
        let kind = KeyKind::of_kbpk(family, key.length()).ok_or(refusal)?;
        let derived: Box<dyn Protect> = match (family, key.length()) {
            (AlgorithmFamily::Tdes, 16) => {
                Box::new(DerivedKeys::<TdesEde2, TdesEde2>::derive(key, family, kind))
            }
            (AlgorithmFamily::Tdes, _) => {
                Box::new(DerivedKeys::<TdesEde3, TdesEde3>::derive(key, family, kind))
            }
            (_, 16) => Box::new(DerivedKeys::<Aes128, Aes128Enc>::derive(key, family, kind)),
            (_, 24) => Box::new(DerivedKeys::<Aes192, Aes192Enc>::derive(key, family, kind)),
            (_, _) => Box::new(DerivedKeys::<Aes256, Aes256Enc>::derive(key, family, kind)),
        };
        let key = SecretKey::copied_from(key.expose_secret()).map_err(|_| refusal)?;
        Ok(Self { family, derived, kind, key })
    }

    /// Checks that blocks of the version are protected by keys of this algorithm.
    pub(crate) fn check_fits(&self, version: Version) -> Result<(), Error> {
        if version.kbpk_family() == self.family {
            Ok(())
        } else {
            Err(Error::KbpkAlgorithmMismatch { version, kbpk: self.family })
        }
    }

    /// Computes the MAC and encrypts the payload in place; the version fits.
    pub(crate) fn seal(&self, version: Version, header: &[u8], payload: &mut [u8], mac: &mut [u8]) {
        self.with_keys(version, |keys, mode| keys.seal(mode, header, payload, mac));
    }

    /// Decrypts the payload in place and says whether the MAC holds; the version fits.
    pub(crate) fn open(
        &self,
        version: Version,
        header: &[u8],
        payload: &mut [u8],
        mac: &[u8],
    ) -> Choice {
        self.with_keys(version, |keys, mode| keys.open(mode, header, payload, mac))
    }

    fn with_keys<T>(
        &self,
        version: Version,
        operation: impl FnOnce(&dyn Protect, Encryption) -> T,
    ) -> T {
        match (version.row().binding, self.key.length()) {
            (Binding::Derivation(mode), _) => operation(&*self.derived, mode),
            (Binding::Variant, 16) => {
                operation(&VariantKeys::<TdesEde2>::new(&self.key), Encryption::Cbc)
            }
            (Binding::Variant, _) => {
                operation(&VariantKeys::<TdesEde3>::new(&self.key), Encryption::Cbc)
            }
        }
    }

    /// Writes the encryption or the authentication key of the version, which fits.
    pub(crate) fn write_key(&self, version: Version, role: Role, key: &mut [u8]) {
        let Binding::Derivation(mode) = version.row().binding else {
            return variant::write_key(&self.key, role, key);
        };
        let write = match (self.family, self.key.length()) {
            (AlgorithmFamily::Tdes, 16) => derivation::write_key::<TdesEde2>,
            (AlgorithmFamily::Tdes, _) => derivation::write_key::<TdesEde3>,
            (_, 16) => derivation::write_key::<Aes128Enc>,
            (_, 24) => derivation::write_key::<Aes192Enc>,
            (_, _) => derivation::write_key::<Aes256Enc>,
        };
        write(&self.key, self.kind, (role, mode), key);
    }

    /// The key itself.
    pub(crate) const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The length of the KBPK and of each derived key in bytes.
    pub(crate) fn length(&self) -> usize {
        self.key.length()
    }
}

impl fmt::Debug for Kbpk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Kbpk({:?}, [elided])", self.family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_algorithm() {
        for length in 1..=40 {
            let key = SecretKey::filled_by(length, |_| ()).unwrap();
            assert_eq!(Kbpk::tdes(&key).is_ok(), [16, 24].contains(&length));
            assert_eq!(Kbpk::aes(&key).is_ok(), [16, 24, 32].contains(&length));
        }
    }

    #[test]
    fn prepared_keys_are_shared_between_threads() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Kbpk>();
    }
}
