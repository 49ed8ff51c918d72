//! Who verifies signatures: the arithmetic behind certificate paths.

use crate::{Error, PublicKey, SignatureAlgorithm};

/// Verifies signatures, wherever the arithmetic is done: here, in another library, in a device.
///
/// Whoever implements this may be faster than [`PublicKey::verify`], and may remember what it has
/// verified; it has to accept and to refuse the same signatures.
///
/// ```
/// use payment_pki::{Error, PublicKey, SignatureAlgorithm, Verify};
///
/// /// Counts on the way.
/// struct Counted(core::cell::Cell<u32>);
///
/// impl Verify for Counted {
///     fn verify(
///         &self,
///         key: &PublicKey,
///         algorithm: SignatureAlgorithm,
///         message: &[u8],
///         signature: &[u8],
///     ) -> Result<(), Error> {
///         self.0.set(self.0.get() + 1);
///         key.verify(algorithm, message, signature)
///     }
/// }
/// ```
pub trait Verify {
    /// Verifies a signature by a public key over a message, as [`PublicKey::verify`] does.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureInvalid`], also if the algorithm is not one for this key.
    ///
    /// Standard: RFC 8017, 8.2.2; FIPS 186-5, 6.4.2.
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error>;
}

/// Verifies by [`PublicKey::verify`], each time anew.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is a name for a way, and holds nothing")]
pub struct RustCrypto;

impl Verify for RustCrypto {
    fn verify(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        key.verify(algorithm, message, signature)
    }
}
