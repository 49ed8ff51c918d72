//! Derivation binding, versions B, D and E: the keys come from the KBPK by CMAC.
//!
//! Standard: ANSI X9.143:2021, 6.2.2 and 6.2.3; ISO 20038:2017 (the CTR key).

use cipher::{Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use key_types::{AlgorithmFamily, SecretKey};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

use super::modes::{cbc_decrypt, cbc_encrypt, ctr_apply};
use super::{Encryption, Protect, Role};
use crate::cmac::Cmac;

/// What a derived key is for, bytes 1 and 2 of the derivation data.
#[derive(Clone, Copy)]
enum Purpose {
    CbcEncryption,
    Authentication,
    CtrEncryption,
}

impl Purpose {
    const fn code(self) -> [u8; 2] {
        match self {
            Self::CbcEncryption => [0x00, 0x00],
            Self::Authentication => [0x00, 0x01],
            Self::CtrEncryption => [0x00, 0x02],
        }
    }
}

impl Purpose {
    const fn of(role: Role, mode: Encryption) -> Self {
        match (role, mode) {
            (Role::Authentication, _) => Self::Authentication,
            (Role::Encryption, Encryption::Cbc) => Self::CbcEncryption,
            (Role::Encryption, Encryption::Ctr) => Self::CtrEncryption,
        }
    }
}

/// What is said of the derived keys in the derivation data, bytes 4 to 7.
#[derive(Clone, Copy)]
pub(crate) struct KeyKind {
    algorithm: [u8; 2],
    bits: [u8; 2],
    length: usize,
}

impl KeyKind {
    /// The kind of a KBPK of a length in bytes, which is the kind of what it derives.
    pub(crate) const fn of_kbpk(family: AlgorithmFamily, length: usize) -> Option<Self> {
        let (algorithm, bits) = match (family, length) {
            (AlgorithmFamily::Tdes, 16) => (0x00, [0x00, 0x80]),
            (AlgorithmFamily::Tdes, 24) => (0x01, [0x00, 0xC0]),
            (AlgorithmFamily::Aes, 16) => (0x02, [0x00, 0x80]),
            (AlgorithmFamily::Aes, 24) => (0x03, [0x00, 0xC0]),
            (AlgorithmFamily::Aes, 32) => (0x04, [0x01, 0x00]),
            _ => return None,
        };
        Some(Self { algorithm: [0x00, algorithm], bits, length })
    }
}

/// The keys derived from a KBPK; `E` is the encrypting half of the cipher `C`.
pub(crate) struct DerivedKeys<C, E: BlockCipherEncrypt> {
    cbc: C,
    /// Made for AES only: no version has TDES in counter mode.
    ctr: Option<E>,
    authentication: Cmac<E>,
}

impl<C: KeyInit, E: BlockCipherEncrypt + KeyInit> DerivedKeys<C, E> {
    pub(crate) fn derive(kbpk: &SecretKey, family: AlgorithmFamily, kind: KeyKind) -> Self {
        use Purpose::{Authentication, CbcEncryption, CtrEncryption};

        let is_aes = family == AlgorithmFamily::Aes;
        let purposes: &[Purpose] = if is_aes {
            &[CbcEncryption, Authentication, CtrEncryption]
        } else {
            &[CbcEncryption, Authentication]
        };
        let derived = Derived::<E>::new(kbpk, kind, purposes);
        Self {
            cbc: derived.cipher(0),
            ctr: is_aes.then(|| derived.cipher(2)),
            authentication: Cmac::new(derived.cipher(1)),
        }
    }
}

/// Writes a key that a KBPK derives for the cipher `E`.
pub(crate) fn write_key<E: BlockCipherEncrypt + KeyInit>(
    kbpk: &SecretKey,
    kind: KeyKind,
    (role, mode): (Role, Encryption),
    key: &mut [u8],
) {
    let derived = Derived::<E>::new(kbpk, kind, &[Purpose::of(role, mode)]);
    key.copy_from_slice(derived.key(0));
}

/// Two blocks for each of three AES keys, or three for each of two TDES keys.
const MOST_BLOCKS: usize = 6;

/// Keys as they were derived, for up to three purposes; wiped on drop.
struct Derived<E: BlockCipherEncrypt> {
    blocks: [Block<E>; MOST_BLOCKS],
    blocks_per_key: usize,
    key_length: usize,
}

impl<E: BlockCipherEncrypt> Derived<E> {
    /// Joins CMACs of counted derivation data until each key is full.
    fn new(kbpk: &SecretKey, kind: KeyKind, purposes: &[Purpose]) -> Self
    where
        E: KeyInit,
    {
        let cipher = E::new_from_slice(kbpk.expose_secret());
        let kbpk = Cmac::new(cipher.expect("the KBPK has the length of a key of its cipher"));
        let mut blocks: [Block<E>; MOST_BLOCKS] = Default::default();
        let blocks_per_key = kind.length.div_ceil(E::block_size());
        for (key, purpose) in blocks.chunks_mut(blocks_per_key).zip(purposes) {
            let ([p, q], [a, b], [c, d]) = (purpose.code(), kind.algorithm, kind.bits);
            for (counter, block) in (1..).zip(key) {
                *block = kbpk.last_block(&[counter, p, q, 0x00, a, b, c, d]);
            }
        }
        kbpk.finish(blocks.split_at_mut(blocks_per_key * purposes.len()).0);
        Self { blocks, blocks_per_key, key_length: kind.length }
    }

    /// The key of the purpose with this index; of its last block the leftmost bytes count.
    fn key(&self, index: usize) -> &[u8] {
        let blocks = self.blocks.split_at(index * self.blocks_per_key).1;
        Array::slice_as_flattened(blocks).split_at(self.key_length).0
    }

    fn cipher<C: KeyInit>(&self, index: usize) -> C {
        let key = self.key(index);
        C::new_from_slice(key).expect("a derived key has the length of a key of its cipher")
    }
}

impl<E: BlockCipherEncrypt> Drop for Derived<E> {
    fn drop(&mut self) {
        for block in &mut self.blocks {
            block.as_mut_slice().zeroize();
        }
    }
}

impl<C, E> Protect for DerivedKeys<C, E>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt<BlockSize = E::BlockSize> + Send + Sync,
    E: BlockCipherEncrypt + Send + Sync,
    Block<E>: Send + Sync,
{
    fn seal(&self, encryption: Encryption, header: &[u8], payload: &mut [u8], mac: &mut [u8]) {
        let tag = self.authentication.tag(header, payload);
        match (encryption, &self.ctr) {
            (Encryption::Ctr, Some(ctr)) => ctr_apply(ctr, &tag, payload),
            _ => cbc_encrypt(&self.cbc, &tag, payload),
        }
        for (byte, computed) in mac.iter_mut().zip(tag) {
            *byte = computed;
        }
    }

    fn open(
        &self,
        encryption: Encryption,
        header: &[u8],
        payload: &mut [u8],
        mac: &[u8],
    ) -> Choice {
        let mut start = Block::<E>::default();
        for (byte, given) in start.iter_mut().zip(mac) {
            *byte = *given;
        }
        match (encryption, &self.ctr) {
            (Encryption::Ctr, Some(ctr)) => ctr_apply(ctr, &start, payload),
            _ => cbc_decrypt(&self.cbc, &start, payload),
        }
        self.authentication.tag(header, payload).as_slice().ct_eq(mac)
    }
}
