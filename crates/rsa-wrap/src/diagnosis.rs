//! What a sender did wrong, for test tools.
//!
//! A program that answers strangers must not call this: each answer says something about the
//! clear text of a cryptogram, which is an oracle.

use digest::Digest;
use rand_core::TryCryptoRng;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{OaepDecrypt, PrivateKey, WrappingSpec, padding};

/// The likely mistake of a sender whose cryptogram does not unwrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// There is none: the cryptogram unwraps.
    None,
    /// It is not as long as the modulus: cut, padded, or made under another size of key.
    Length,
    /// OAEP as agreed, but MGF1 with SHA-1: the default of Java, among others.
    Mgf1Sha1,
    /// OAEP with SHA-1 throughout: the default of OpenSSL, among others.
    Sha1,
    /// OAEP with another hash than was agreed on.
    OtherHash,
    /// OAEP as agreed, but with a label that is not empty.
    Label,
    /// PKCS#1 v1.5 instead of OAEP.
    Pkcs1v15,
    /// The bytes come in reverse order, as some platforms store big numbers.
    ReversedBytes,
    /// Nothing that is known fits: perhaps another key.
    Unknown,
}

/// Names the likely mistake of the sender.
///
/// `labels` are texts that the sender may have used as label.
#[must_use]
pub fn diagnose<R: TryCryptoRng + ?Sized>(
    key: &PrivateKey,
    spec: WrappingSpec,
    cryptogram: &[u8],
    labels: &[&[u8]],
    random: &mut R,
) -> Mistake {
    if cryptogram.len() != key.modulus_length() {
        return Mistake::Length;
    }
    if key.decrypt(spec, cryptogram, random).is_ok() {
        return Mistake::None;
    }
    let mut reversed = cryptogram.to_vec();
    reversed.reverse();
    if key.decrypt(spec, &reversed, random).is_ok() {
        return Mistake::ReversedBytes;
    }
    match spec {
        WrappingSpec::RsaOaepSha256 => attempts::<Sha256, Sha512>(key, cryptogram, labels, random),
        WrappingSpec::RsaOaepSha512 => attempts::<Sha512, Sha256>(key, cryptogram, labels, random),
    }
}

/// Tries what is known, with `D` as the hash that was agreed on and `O` as the other one.
fn attempts<D: Digest, O: Digest>(
    key: &PrivateKey,
    cryptogram: &[u8],
    labels: &[&[u8]],
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Mistake {
    // The private operation is the same for every attempt.
    let Some(encoded) = key.encoded_message(cryptogram, random) else { return Mistake::Unknown };
    if opens::<D, Sha1>(&encoded, &[]) {
        return Mistake::Mgf1Sha1;
    }
    if opens::<Sha1, Sha1>(&encoded, &[]) {
        return Mistake::Sha1;
    }
    if opens::<O, O>(&encoded, &[])
        || opens::<O, Sha1>(&encoded, &[])
        || opens::<Sha224, Sha224>(&encoded, &[])
        || opens::<Sha384, Sha384>(&encoded, &[])
    {
        return Mistake::OtherHash;
    }
    if labels.iter().any(|label| opens::<D, D>(&encoded, label)) {
        return Mistake::Label;
    }
    // Of cryptograms that were made otherwise, fewer than one in 2^16 looks so too.
    if is_pkcs1_v15(&encoded) { Mistake::Pkcs1v15 } else { Mistake::Unknown }
}

/// Whether an encoded message is one of OAEP with these hashes of label and masks.
fn opens<L: Digest, M: Digest>(encoded: &[u8], label: &[u8]) -> bool {
    let mut encoded = Zeroizing::new(encoded.to_vec());
    padding::unmask::<L, M, M>(&mut encoded, label).is_some()
}

/// Whether an encoded message has the padding of PKCS#1 v1.5: 00, 02, at least eight bytes that
/// are not zero, 00.
fn is_pkcs1_v15(encoded: &[u8]) -> bool {
    let rest = encoded.strip_prefix(&[0, 2]);
    rest.and_then(|rest| rest.iter().position(|&byte| byte == 0)).is_some_and(|end| end >= 8)
}
