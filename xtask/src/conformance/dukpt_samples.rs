//! The `samples` of DUKPT vectors: PIN blocks, MACs and cryptograms made with the working keys.
//!
//! The crates stop at the keys. Here their use is carried out once more, so that a sample that is
//! wrong, or made with another key than its name says, fails its case.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cipher::{Array, BlockCipherEncrypt, KeyInit};
use cmac::block_api::CmacCipher;
use cmac::{Cmac, Mac};
use des::{Des, TdesEde2, TdesEde3};
use hmac::Hmac;
use serde_json::Value;
use sha2::Sha256;
use test_vectors::Hex;

use super::operation::Members;

/// The cipher that the working keys are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    Tdes,
    Aes,
}

/// The working keys of one transaction, in hex under the names the vectors have for them.
pub(super) struct Keys<'a> {
    pub(super) cipher: Cipher,
    pub(super) working_keys: &'a Value,
    /// Keys for HMAC of the request and of the response, where the scheme has them.
    pub(super) hmac_keys: [Option<Value>; 2],
}

/// The same samples with each result computed anew. A member that nobody here knows stays as it
/// is.
pub(super) fn recomputed(samples: &Members, keys: &Keys<'_>) -> Value {
    let member = |(name, given): (&String, &Value)| {
        let value = match result(name, samples, keys) {
            Sample::Result(value) => value.map_or(Value::Null, Value::from),
            Sample::Given => given.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(samples.iter().map(member).collect())
}

/// What a member of the samples is.
enum Sample {
    /// A result in hex, or `None` if what it is made from is not there or makes no sense.
    Result(Option<String>),
    /// Something that results are made from, or an unknown member.
    Given,
}

fn result(name: &str, samples: &Members, keys: &Keys<'_>) -> Sample {
    let text = |name: &str| samples.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(decoded);
    let message = || text("macDataAscii").map(str::as_bytes);
    let pin_key = || keys.named(&["pinEncryption"]);
    let (request, response) = (["macRequest", "macGeneration"], ["macResponse", "macVerification"]);
    let cbc = |names: &[&str]| {
        let is_cbc = text("dataMode") == Some("CBC");
        let key = keys.named(names).filter(|_| is_cbc)?;
        encrypted_cbc(keys.cipher, &key, &bytes("dataIv")?, &bytes("dataPlain")?)
    };
    let retail = |names: &[&str], length: usize| {
        let is_retail = text("macAlgorithm") == Some("ISO9797_ALG3_PAD1");
        let mac = retail_mac(&keys.named(names).filter(|_| is_retail)?, message()?)?;
        Some(mac.get(..length)?.to_vec())
    };
    let result = match name {
        "pinBlockClear" | "pinField" => {
            let given = bytes(name);
            given.and_then(|given| pin_field(&text, &given))
        }
        "panField" => text("pan").and_then(pan_field),
        "pinBlockEncrypted" => match text("pinBlockFormat") {
            Some("ISO-4") => pin_key().zip(bytes("pinField")).and_then(|(key, field)| {
                let pan_field = text("pan").and_then(pan_field)?;
                let masked = xor(&encrypted(keys.cipher, &key, &field)?, &pan_field);
                encrypted(keys.cipher, &key, &masked)
            }),
            _ => pin_key()
                .zip(bytes("pinBlockClear"))
                .and_then(|(key, block)| encrypted(keys.cipher, &key, &block)),
        },
        "macRequest4" => retail(&request, 4),
        "macRequest8" => retail(&request, 8),
        "macResponse4" => retail(&response, 4),
        "macResponse8" => retail(&response, 8),
        "cmacRequest8" | "cmacRequest16" => {
            keys.named(&request).zip(message()).and_then(|(key, data)| keys.cmac(&key, data))
        }
        "cmacResponse8" | "cmacResponse16" => {
            keys.named(&response).zip(message()).and_then(|(key, data)| keys.cmac(&key, data))
        }
        "hmacKeyRequest" => keys.hmac_key(0),
        "hmacKeyResponse" => keys.hmac_key(1),
        "hmacSha256Request" => keys.hmac_key(0).zip(message()).and_then(hmac),
        "hmacSha256Response" => keys.hmac_key(1).zip(message()).and_then(hmac),
        "dataRequestCipher" => cbc(&["dataRequest", "dataEncryption"]),
        "dataResponseCipher" => cbc(&["dataResponse", "dataDecryption"]),
        "cipher" => {
            let is_cbc = text("mode") == Some("CBC");
            let key = text("keyUsed").filter(|_| is_cbc).and_then(|name| keys.named(&[name]));
            key.zip(bytes("iv"))
                .zip(bytes("plain"))
                .and_then(|((key, iv), plain)| encrypted_cbc(keys.cipher, &key, &iv, &plain))
        }
        _ => return Sample::Given,
    };
    Sample::Result(result.map(|bytes| Hex::from(bytes.as_slice()).to_string()))
}

impl Keys<'_> {
    /// The working key with the first of these names that there is one for.
    fn named(&self, names: &[&str]) -> Option<Vec<u8>> {
        let mut keys = names.iter().filter_map(|name| self.working_keys.get(name));
        keys.next().and_then(Value::as_str).and_then(decoded)
    }

    fn hmac_key(&self, which: usize) -> Option<Vec<u8>> {
        self.hmac_keys.get(which)?.as_ref().and_then(Value::as_str).and_then(decoded)
    }

    fn cmac(&self, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        match (self.cipher, key.len()) {
            (Cipher::Tdes, 16) => cmac::<TdesEde2>(key, message),
            (Cipher::Tdes, _) => cmac::<TdesEde3>(key, message),
            (Cipher::Aes, 16) => cmac::<Aes128Enc>(key, message),
            (Cipher::Aes, 24) => cmac::<Aes192Enc>(key, message),
            (Cipher::Aes, _) => cmac::<Aes256Enc>(key, message),
        }
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    Hex::decode(text).ok().map(|hex| hex.as_bytes().to_vec())
}

fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

/// The PIN with its format and length in front; what the format leaves to chance is taken from the
/// `given` field. In the formats 0 and 3 the PAN is in it, too.
///
/// Standard: ISO 9564-1.
fn pin_field<'a>(text: &impl Fn(&str) -> Option<&'a str>, given: &[u8]) -> Option<Vec<u8>> {
    let format = text("pinBlockFormat")?.strip_prefix("ISO-")?;
    let (pin, format_digit) = (text("pin")?, format.parse::<u8>().ok()?);
    let mask = match format_digit {
        0 | 3 => {
            // The last twelve digits but for the check digit.
            let account = text("pan")?.get(..text("pan")?.len().checked_sub(1)?)?;
            decoded(&format!("{:0>16}", account.get(account.len().checked_sub(12)?..)?))?
        }
        _ => vec![0; given.len()],
    };
    let chance = Hex::from(xor(given, &mask).as_slice()).to_string();
    let begin = format!("{format_digit}{:X}{pin}", pin.len());
    let fill = match format_digit {
        0 => "F".repeat(chance.len().checked_sub(begin.len())?),
        // Ten digits of filler before the eight bytes of chance.
        4 => format!("{}{}", "A".repeat(16_usize.checked_sub(begin.len())?), chance.get(16..)?),
        _ => chance.get(begin.len()..)?.to_owned(),
    };
    Some(xor(&decoded(&format!("{begin}{fill}"))?, &mask))
}

/// The PAN with how much longer than 12 digits it is in front, as format 4 has it.
///
/// Standard: ISO 9564-1.
fn pan_field(pan: &str) -> Option<Vec<u8>> {
    let more = pan.len().saturating_sub(12);
    decoded(&format!("{:0<32}", format!("{more}{pan:0>12}")))
}

/// One block after the other, each on its own.
fn encrypted(cipher: Cipher, key: &[u8], blocks: &[u8]) -> Option<Vec<u8>> {
    match (cipher, key.len()) {
        (Cipher::Tdes, 16) => chained::<TdesEde2>(key, None, blocks),
        (Cipher::Tdes, _) => chained::<TdesEde3>(key, None, blocks),
        (Cipher::Aes, 16) => chained::<Aes128Enc>(key, None, blocks),
        (Cipher::Aes, 24) => chained::<Aes192Enc>(key, None, blocks),
        (Cipher::Aes, _) => chained::<Aes256Enc>(key, None, blocks),
    }
}

fn encrypted_cbc(cipher: Cipher, key: &[u8], iv: &[u8], blocks: &[u8]) -> Option<Vec<u8>> {
    match (cipher, key.len()) {
        (Cipher::Tdes, 16) => chained::<TdesEde2>(key, Some(iv), blocks),
        (Cipher::Tdes, _) => chained::<TdesEde3>(key, Some(iv), blocks),
        (Cipher::Aes, 16) => chained::<Aes128Enc>(key, Some(iv), blocks),
        (Cipher::Aes, 24) => chained::<Aes192Enc>(key, Some(iv), blocks),
        (Cipher::Aes, _) => chained::<Aes256Enc>(key, Some(iv), blocks),
    }
}

/// Encrypts whole blocks, each masked with the one before it if there is an initial one.
fn chained<C: KeyInit + BlockCipherEncrypt>(
    key: &[u8],
    iv: Option<&[u8]>,
    blocks: &[u8],
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let (mut chain, mut result) = (iv.map(<[u8]>::to_vec), Vec::new());
    for block in blocks.chunks(C::block_size()) {
        let masked = chain.as_ref().map_or_else(|| block.to_vec(), |chain| xor(block, chain));
        let mut block = Array::try_from(masked.as_slice()).ok()?;
        cipher.encrypt_block(&mut block);
        chain = chain.map(|_| block.to_vec());
        result.extend_from_slice(&block);
    }
    Some(result)
}

/// Single DES over all blocks, and triple DES over the last; the message is padded with zeros.
///
/// Standard: ISO/IEC 9797-1 (MAC algorithm 3, padding method 1).
fn retail_mac(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut padded = message.to_vec();
    padded.resize(message.len().next_multiple_of(8), 0);
    let (first, last) = padded.split_at(padded.len().checked_sub(8)?);
    let before = chained::<Des>(key.get(..8)?, Some(&[0; 8]), first)?;
    let chain = before.chunks(8).next_back().unwrap_or(&[0; 8]);
    chained::<TdesEde2>(key, Some(chain), last)
}

fn cmac<C: CmacCipher + KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <Cmac<C> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

fn hmac((key, message): (Vec<u8>, &[u8])) -> Option<Vec<u8>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use test_vectors::{Test, data_directory, load};

    use super::super::judgement::{Judgement, judge};
    use super::super::operation::Operation;
    use super::super::{dukpt_aes, dukpt_tdes};
    use super::*;

    /// Members that say what is to be done, and by which rule, if there is more than one.
    const INPUTS: [&str; 12] = [
        "pin",
        "pan",
        "pinBlockFormat",
        "macDataAscii",
        "macAlgorithm",
        "dataPlain",
        "dataIv",
        "dataMode",
        "keyUsed",
        "mode",
        "iv",
        "plain",
    ];

    fn tests(operation: &Operation) -> Vec<Test> {
        let path = data_directory().join(operation.name).with_extension("json");
        let file = load(&path).expect("a file of vectors");
        let tests = file.test_groups.into_iter().flat_map(|group| group.tests);
        tests.filter(|test| test.members.contains_key("samples")).collect()
    }

    fn passes(operation: &Operation, test: &Test) -> bool {
        let mut members = test.members.clone();
        members.retain(|name, _| {
            !operation.outputs.contains(&name.as_str())
                && !operation.remarks.contains(&name.as_str())
        });
        let answer = (operation.answer)(members).expect("inputs of the operation");
        judge(operation, test, &answer) == Judgement::Passed
    }

    #[test]
    fn every_sample_is_an_input_or_fails_when_it_is_wrong() {
        let mut broken = 0;
        for operation in [dukpt_tdes::OPERATION, dukpt_aes::OPERATION] {
            for test in tests(&operation) {
                assert!(passes(&operation, &test), "{}", test.id);
                let samples = test.members["samples"].as_object().expect("an object").clone();
                for (name, value) in &samples {
                    if INPUTS.contains(&name.as_str()) {
                        continue;
                    }
                    let text = value.as_str().expect("a text");
                    let last = if text.ends_with('0') { '1' } else { '0' };
                    let other = format!("{}{last}", &text[..text.len() - 1]);
                    let mut test = test.clone();
                    test.members["samples"][name] = other.into();
                    assert!(!passes(&operation, &test), "{} {name}", test.id);
                    broken += 1;
                }
            }
        }
        assert!(broken >= 525, "{broken} samples of those that there were at least");
    }

    #[test]
    fn formats_with_chance_in_them_are_read_with_it() {
        let member = |name: &str| match name {
            "pinBlockFormat" => Some("ISO-3"),
            "pin" => Some("1234"),
            "pan" => Some("4012345678909"),
            _ => None,
        };
        let block = decoded("341274EDCBA9876A").expect("hex");
        assert_eq!(pin_field(&member, &block), Some(block));
        let block = decoded("351274EDCBA9876A").expect("hex");
        assert_ne!(pin_field(&member, &block), Some(block));
    }
}
