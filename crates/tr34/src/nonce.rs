//! Nonces: the random numbers of a receiver.

use alloc::vec::Vec;
use core::fmt;

use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;

use crate::Error;

/// The random number of a receiver that makes a token fresh: 8 to 16 bytes.
///
/// It is used once, so it is given away by value and cannot be copied.
///
/// ```
/// use tr34::Nonce;
///
/// let nonce = Nonce::new(&[0xAB; 8])?;
/// assert_eq!(nonce.as_bytes().len(), 8);
/// assert_eq!(Nonce::new(&[0xAB; 7]).unwrap_err().code(), "NonceLength");
/// # Ok::<(), tr34::Error>(())
/// ```
///
/// Standard: ASC X9 TR 34, annex B.
#[derive(PartialEq, Eq)]
pub struct Nonce {
    bytes: Vec<u8>,
}

impl Nonce {
    /// The shortest and the longest nonce, in bytes.
    pub const LENGTHS: core::ops::RangeInclusive<usize> = 8..=16;

    /// Takes a nonce that a receiver sent.
    ///
    /// # Errors
    ///
    /// [`Error::NonceLength`].
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        if Self::LENGTHS.contains(&bytes.len()) {
            return Ok(Self { bytes: bytes.to_vec() });
        }
        Err(Error::NonceLength { found: bytes.len() })
    }

    /// Draws a nonce of 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::RandomnessFailed`].
    pub fn random<R: TryCryptoRng + ?Sized>(random: &mut R) -> Result<Self, Error> {
        let mut bytes = [0; 16];
        random.try_fill_bytes(&mut bytes).map_err(|_| Error::RandomnessFailed)?;
        Ok(Self { bytes: bytes.to_vec() })
    }

    /// The bytes, which are not secret.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a token has this nonce.
    pub(crate) fn is(&self, found: &[u8]) -> bool {
        self.bytes.as_slice().ct_eq(found).into()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Nonce({:02X?})", self.bytes)
    }
}
