//! SHA-1 of the key bytes, as PKCS #11 does for generic secrets.
//!
//! Standard: FIPS 180-4; PKCS #11, CKA_CHECK_VALUE.

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::leading::{Leading, leading};

/// Takes keys of any length.
pub(crate) fn of(key: &[u8]) -> Leading {
    leading(&Zeroizing::new(Sha1::digest(key)))
}
