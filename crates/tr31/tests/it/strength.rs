//! A key under a key block protection key that is weaker: opened, and said.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use tr31::{Finding, Header, Kbpk, KeyBlock, Version};

fn key(length: u8) -> SecretKey {
    // Odd parity and parts that differ, so that nothing else is found.
    let fill = |bytes: &mut [u8]| {
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = if index / 8 % 2 == 0 { 0x01 } else { 0x02 };
        }
    };
    SecretKey::filled_by(usize::from(length), fill).expect("a length a secret key can have")
}

fn findings(kbpk: &Kbpk, version: Version, family: AlgorithmFamily, length: u8) -> Vec<Finding> {
    let (usage, mode) = (KeyUsage::PinEncryption, ModeOfUse::Encrypt);
    let header = Header::new(version, usage, family, mode, Exportability::NonExportable);
    let text =
        tr31::wrap(&header, &key(length), kbpk, &mut getrandom::SysRng).expect("a key block");
    let block = KeyBlock::parse(&text).expect("a key block that was just made");
    block.open(kbpk).expect("its own wrapping key").findings().to_vec()
}

#[test]
fn a_weaker_kbpk_is_a_finding_and_no_other_is() {
    use AlgorithmFamily::{Aes, Tdes};

    let weak = [Finding::WeakerKbpk];
    for (kbpk_family, kbpk_length, family, length, expected) in [
        (Tdes, 16, Tdes, 16, &[][..]),
        (Tdes, 16, Tdes, 24, &weak[..]),
        (Tdes, 24, Tdes, 24, &[]),
        (Tdes, 24, Aes, 16, &weak),
        (Aes, 16, Tdes, 24, &[]),
        (Aes, 16, Aes, 16, &[]),
        (Aes, 24, Aes, 32, &weak),
        (Aes, 32, Aes, 32, &[]),
    ] {
        let kbpk = key(kbpk_length);
        let (version, kbpk) = match kbpk_family {
            Aes => (Version::D, Kbpk::aes(&kbpk)),
            _ => (Version::B, Kbpk::tdes(&kbpk)),
        };
        let found = findings(&kbpk.unwrap(), version, family, length);
        let case = (kbpk_family, kbpk_length, family, length);
        assert_eq!(found, expected, "{case:?}");
    }
}
