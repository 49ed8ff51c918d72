//! Variant binding, versions A and C: the keys are the KBPK with a constant added.
//!
//! Standard: ANSI X9.143:2021, 6.2.1 (legacy).

use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use key_types::SecretKey;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::modes::{cbc_decrypt, cbc_encrypt, chain, xor};
use super::{Encryption, Protect, Role};

/// The two variants of a TDES KBPK.
pub(crate) struct VariantKeys<C> {
    encryption: C,
    authentication: C,
}

impl<C: KeyInit> VariantKeys<C> {
    pub(crate) fn new(kbpk: &SecretKey) -> Self {
        let cipher = |role| {
            let mut key = Zeroizing::new([0; 24]);
            let key = key.split_at_mut(kbpk.length().min(24)).0;
            write_key(kbpk, role, key);
            C::new_from_slice(key).expect("the KBPK has the length of a key of its cipher")
        };
        Self { encryption: cipher(Role::Encryption), authentication: cipher(Role::Authentication) }
    }
}

/// Writes a variant of a KBPK, which is as long.
pub(crate) fn write_key(kbpk: &SecretKey, role: Role, key: &mut [u8]) {
    let constant = match role {
        Role::Encryption => b'E',
        Role::Authentication => b'M',
    };
    for (byte, original) in key.iter_mut().zip(kbpk.expose_secret()) {
        *byte = original ^ constant;
    }
}

impl<C> VariantKeys<C>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt,
{
    /// CBC-MAC of header and ciphertext, whole blocks both.
    fn tag(&self, header: &[u8], ciphertext: &[u8]) -> Block<C> {
        let mut state = Block::<C>::default();
        let parts = [header, ciphertext].map(|part| Block::<C>::slice_as_chunks(part).0);
        chain(&self.authentication, &mut state, parts);
        state
    }
}

/// The first block of the header is the initialization vector.
fn vector<C: BlockCipherEncrypt>(header: &[u8]) -> Block<C> {
    let mut vector = Block::<C>::default();
    xor(&mut vector, header);
    vector
}

impl<C> Protect for VariantKeys<C>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + Send + Sync,
{
    fn seal(&self, _: Encryption, header: &[u8], payload: &mut [u8], mac: &mut [u8]) {
        cbc_encrypt(&self.encryption, &vector::<C>(header), payload);
        for (byte, computed) in mac.iter_mut().zip(self.tag(header, payload)) {
            *byte = computed;
        }
    }

    fn open(&self, _: Encryption, header: &[u8], payload: &mut [u8], mac: &[u8]) -> Choice {
        let tag = self.tag(header, payload);
        cbc_decrypt(&self.encryption, &vector::<C>(header), payload);
        tag.split_at(mac.len().min(tag.len())).0.ct_eq(mac)
    }
}
