//! SHA-1 of the key bytes, as PKCS #11 does for generic secrets.
//!
//! Standard: FIPS 180-4; PKCS #11 (CKA_CHECK_VALUE).

use sha1::{Digest, Sha1};

use crate::leading::{Leading, leading_of};

/// Takes keys of any length.
pub(crate) fn of(key: &[u8]) -> Leading {
    leading_of(Sha1::digest(key))
}
