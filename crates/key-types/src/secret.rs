//! Secret key bytes: wiped, unprintable, explicit to read.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// The bytes of a secret key: wiped when dropped, never printed, read only on purpose.
///
/// There is no `Clone`, no `PartialEq` and no `Display`; `Debug` says `[elided]`. Equality is
/// [`ConstantTimeEq`], reading is [`expose_secret`](Self::expose_secret), so that one search
/// finds every place where a clear key is touched.
///
/// With the feature `alloc`, the bytes live on the heap and do not move with the value. Without
/// it they live inside the value, at most 64 of them, and moving it may leave a copy behind.
///
/// ```
/// use key_types::SecretKey;
///
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0xA5))?;
/// assert_eq!(key.length(), 16);
/// assert_eq!(format!("{key:?}"), "SecretKey([elided])");
/// # Ok::<(), key_types::SecretKeyLengthError>(())
/// ```
pub struct SecretKey {
    bytes: Storage,
}

/// A length that no secret key has here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret key has 1 to {longest} bytes, not {found}")]
#[non_exhaustive]
pub struct SecretKeyLengthError {
    /// The greatest length in bytes.
    pub longest: usize,
    /// The length in bytes that was asked for.
    pub found: usize,
}

impl SecretKey {
    /// The greatest length in bytes.
    pub const LONGEST: usize = Storage::LONGEST;

    /// Makes a key of `length` bytes, which `fill` writes where they will stay.
    ///
    /// The bytes are zero when `fill` gets them.
    ///
    /// # Errors
    ///
    /// [`SecretKeyLengthError`] if `length` is 0 or above [`LONGEST`](Self::LONGEST).
    pub fn filled_by(
        length: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Self, SecretKeyLengthError> {
        Self::try_filled_by(length, |bytes| {
            fill(bytes);
            Ok(())
        })
    }

    /// Makes a key of `length` bytes, which `fill` writes or refuses to write.
    ///
    /// # Errors
    ///
    /// The error of `fill`, or [`SecretKeyLengthError`] if `length` is 0 or above
    /// [`LONGEST`](Self::LONGEST). What had been written is wiped.
    pub fn try_filled_by<E: From<SecretKeyLengthError>>(
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        if length == 0 || length > Self::LONGEST {
            return Err(SecretKeyLengthError { longest: Self::LONGEST, found: length }.into());
        }
        let mut key = Self { bytes: Storage::zeroed(length) };
        fill(key.bytes.as_mut_slice())?;
        Ok(key)
    }

    /// Copies a key from bytes that the caller owns and is to wipe.
    ///
    /// # Errors
    ///
    /// [`SecretKeyLengthError`] if there are no bytes or more than [`LONGEST`](Self::LONGEST).
    pub fn copied_from(bytes: &[u8]) -> Result<Self, SecretKeyLengthError> {
        Self::filled_by(bytes.len(), |key| key.copy_from_slice(bytes))
    }

    /// The clear key.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// The length of the key in bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.bytes.as_slice().len()
    }
}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.expose_secret().ct_eq(other.expose_secret())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey([elided])")
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.bytes.as_mut_slice().zeroize();
    }
}

impl zeroize::ZeroizeOnDrop for SecretKey {}

#[cfg(feature = "alloc")]
use on_the_heap::Storage;

#[cfg(feature = "alloc")]
mod on_the_heap {
    use alloc::boxed::Box;
    use alloc::vec;

    pub(super) struct Storage(Box<[u8]>);

    impl Storage {
        /// An RSA-4096 private key in DER has about 2,400 bytes; a key block holds less than 5,000.
        pub(super) const LONGEST: usize = 8192;

        pub(super) fn zeroed(length: usize) -> Self {
            Self(vec![0; length].into_boxed_slice())
        }

        pub(super) fn as_slice(&self) -> &[u8] {
            &self.0
        }

        pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
            &mut self.0
        }
    }
}

#[cfg(not(feature = "alloc"))]
use in_place::Storage;

#[cfg(not(feature = "alloc"))]
mod in_place {
    pub(super) struct Storage {
        bytes: [u8; Self::LONGEST],
        length: usize,
    }

    impl Storage {
        /// The longest symmetric key, HMAC-SHA512.
        pub(super) const LONGEST: usize = 64;

        pub(super) const fn zeroed(length: usize) -> Self {
            Self { bytes: [0; Self::LONGEST], length }
        }

        pub(super) fn as_slice(&self) -> &[u8] {
            self.bytes.get(..self.length).unwrap_or(&self.bytes)
        }

        pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
            let length = self.length.min(Self::LONGEST);
            self.bytes.split_at_mut(length).0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_bounded() {
        let key = |length| SecretKey::filled_by(length, |_| ()).map(|key| key.length());
        let refusal = |found| SecretKeyLengthError { longest: SecretKey::LONGEST, found };
        assert_eq!(key(0), Err(refusal(0)));
        assert_eq!(key(1), Ok(1));
        assert_eq!(key(SecretKey::LONGEST), Ok(SecretKey::LONGEST));
        assert_eq!(key(SecretKey::LONGEST + 1), Err(refusal(SecretKey::LONGEST + 1)));
    }

    #[test]
    fn a_refusal_while_filling_is_passed_on() {
        #[derive(Debug, PartialEq)]
        struct Refused;
        impl From<SecretKeyLengthError> for Refused {
            fn from(_: SecretKeyLengthError) -> Self {
                Self
            }
        }
        assert_eq!(SecretKey::try_filled_by(8, |_| Err(Refused)).unwrap_err(), Refused);
    }

    #[test]
    fn equality_is_by_bytes_and_length() {
        let key = |bytes: &[u8]| SecretKey::copied_from(bytes).unwrap();
        assert!(bool::from(key(&[1, 2]).ct_eq(&key(&[1, 2]))));
        assert!(!bool::from(key(&[1, 2]).ct_eq(&key(&[1, 3]))));
        assert!(!bool::from(key(&[1, 2]).ct_eq(&key(&[1, 2, 0]))));
    }
}
