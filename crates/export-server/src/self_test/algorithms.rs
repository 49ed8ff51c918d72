//! The algorithms the server works with, each in its simplest form.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm_siv::Aes256GcmSiv;
use aes_gcm_siv::aead::{Aead, Nonce};
use base16ct::upper;
use cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use cmac::Cmac;
use des::TdesEde3;
use hmac::{EagerHash, Hmac, Mac};
use key_types::{AesKeySerialNumber, SecretKey};
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// What a known answer is an answer of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Aes,
    Tdes,
    AesGcmSiv,
    CmacAes,
    CmacTdes,
    HmacSha256,
    HmacSha384,
    HmacSha512,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    DukptTdesInitialKey,
    DukptAesInitialKey,
    RsaOaepSha256,
    RsaSignSha256,
    EcdsaVerifySha256,
    EcdsaVerifySha384,
    EcdsaVerifySha512,
}

/// A key or an input does not fit the algorithm, or does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

type Computed = Result<Vec<u8>, Broken>;

impl Kind {
    /// What the algorithm makes of an input; signatures and RSA are not computed here.
    pub(super) fn compute(self, key: &[u8], nonce: &[u8], input: &[u8]) -> Computed {
        match (self, key.len()) {
            (Self::Aes, 16) => encrypted::<Aes128>(key, input),
            (Self::Aes, 24) => encrypted::<Aes192>(key, input),
            (Self::Aes, _) => encrypted::<Aes256>(key, input),
            (Self::Tdes, _) => encrypted::<TdesEde3>(key, input),
            (Self::AesGcmSiv, _) => {
                let (cipher, nonce) = siv(key, nonce)?;
                cipher.encrypt(&nonce, input).map_err(|_| Broken)
            }
            (Self::CmacAes, 16) => mac::<Cmac<Aes128>>(key, input),
            (Self::CmacAes, _) => mac::<Cmac<Aes256>>(key, input),
            (Self::CmacTdes, _) => mac::<Cmac<TdesEde3>>(key, input),
            (Self::HmacSha256, _) => keyed_hash::<Sha256>(key, input),
            (Self::HmacSha384, _) => keyed_hash::<Sha384>(key, input),
            (Self::HmacSha512, _) => keyed_hash::<Sha512>(key, input),
            (Self::Sha1, _) => Ok(Sha1::digest(input).to_vec()),
            (Self::Sha256, _) => Ok(Sha256::digest(input).to_vec()),
            (Self::Sha384, _) => Ok(Sha384::digest(input).to_vec()),
            (Self::Sha512, _) => Ok(Sha512::digest(input).to_vec()),
            (Self::DukptTdesInitialKey, _) => tdes_initial_key(key, input),
            (Self::DukptAesInitialKey, _) => aes_initial_key(key, input),
            (
                Self::RsaOaepSha256
                | Self::RsaSignSha256
                | Self::EcdsaVerifySha256
                | Self::EcdsaVerifySha384
                | Self::EcdsaVerifySha512,
                _,
            ) => Err(Broken),
        }
    }

    /// What the way back makes of an output; `None` where there is none, or none is used.
    pub(super) fn undo(self, key: &[u8], nonce: &[u8], output: &[u8]) -> Option<Computed> {
        match (self, key.len()) {
            (Self::Aes, 16) => Some(decrypted::<Aes128>(key, output)),
            (Self::Aes, 24) => Some(decrypted::<Aes192>(key, output)),
            (Self::Aes, _) => Some(decrypted::<Aes256>(key, output)),
            (Self::Tdes, _) => Some(decrypted::<TdesEde3>(key, output)),
            (Self::AesGcmSiv, _) => Some(
                siv(key, nonce)
                    .and_then(|(cipher, nonce)| cipher.decrypt(&nonce, output).map_err(|_| Broken)),
            ),
            _ => None,
        }
    }
}

/// The initial key of a key serial number, as it leaves in place of a base derivation key.
fn tdes_initial_key(key: &[u8], key_serial_number: &[u8]) -> Computed {
    let key = SecretKey::copied_from(key).map_err(|_| Broken)?;
    let key = dukpt::tdes::Bdk::new(&key).map_err(|_| Broken)?;
    let number = upper::encode_string(key_serial_number).parse().map_err(|_| Broken)?;
    Ok(key.initial_key(&number).secret_key().expose_secret().to_vec())
}

/// The same for AES.
fn aes_initial_key(key: &[u8], key_serial_number: &[u8]) -> Computed {
    let key = SecretKey::copied_from(key).map_err(|_| Broken)?;
    let key = dukpt::aes::Bdk::new(&key).map_err(|_| Broken)?;
    let number: AesKeySerialNumber =
        upper::encode_string(key_serial_number).parse().map_err(|_| Broken)?;
    Ok(key.initial_key(&number.initial_key_id()).secret_key().expose_secret().to_vec())
}

fn siv(key: &[u8], nonce: &[u8]) -> Result<(Aes256GcmSiv, Nonce<Aes256GcmSiv>), Broken> {
    let cipher = Aes256GcmSiv::new_from_slice(key).map_err(|_| Broken)?;
    Ok((cipher, Nonce::<Aes256GcmSiv>::try_from(nonce).map_err(|_| Broken)?))
}

fn encrypted<C: BlockCipherEncrypt + KeyInit>(key: &[u8], input: &[u8]) -> Computed {
    let cipher = C::new_from_slice(key).map_err(|_| Broken)?;
    let mut block = Block::<C>::try_from(input).map_err(|_| Broken)?;
    cipher.encrypt_block(&mut block);
    Ok(block.to_vec())
}

fn decrypted<C: BlockCipherDecrypt + KeyInit>(key: &[u8], output: &[u8]) -> Computed {
    let cipher = C::new_from_slice(key).map_err(|_| Broken)?;
    let mut block = Block::<C>::try_from(output).map_err(|_| Broken)?;
    cipher.decrypt_block(&mut block);
    Ok(block.to_vec())
}

fn mac<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> Computed {
    let mac = <M as KeyInit>::new_from_slice(key).map_err(|_| Broken)?;
    Ok(mac.chain_update(input).finalize().into_bytes().to_vec())
}

fn keyed_hash<H: EagerHash>(key: &[u8], input: &[u8]) -> Computed
where
    Hmac<H>: Mac + KeyInit,
{
    mac::<Hmac<H>>(key, input)
}
