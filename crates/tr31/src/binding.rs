//! How header, payload and wrapping key are tied together.

pub(crate) mod derivation;
pub(crate) mod modes;
pub(crate) mod variant;

use subtle::Choice;

/// The binding method of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Keys are variants of the KBPK; the MAC covers the ciphertext.
    Variant,
    /// Keys are derived from the KBPK by CMAC; the MAC covers the clear payload.
    Derivation(Encryption),
}

/// The mode in which a derived key encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Cipher block chaining; the MAC is the initialization vector.
    Cbc,
    /// Counter mode; the MAC is the first counter block.
    Ctr,
}

/// Which of the two keys that a KBPK gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The key block encryption key (KBEK).
    Encryption,
    /// The key block authentication key (KBAK).
    Authentication,
}

/// The keys of a binding, ready for use.
pub(crate) trait Protect: Send + Sync {
    /// Computes the MAC of header and payload into `mac` and encrypts the payload in place.
    fn seal(&self, encryption: Encryption, header: &[u8], payload: &mut [u8], mac: &mut [u8]);

    /// Decrypts the payload in place and says whether the MAC is that of header and payload.
    fn open(&self, encryption: Encryption, header: &[u8], payload: &mut [u8], mac: &[u8])
    -> Choice;
}
