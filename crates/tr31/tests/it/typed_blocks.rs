//! Optional blocks by type: what is built is read back, and bad data is refused where it is bad.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use tr31::{
    BdkId, Certificate, CertificateFormat, CheckMethod, Content, DerivedAttributes, Error,
    HmacHash, InitialKsn, KeyLife, OptionalBlock, OptionalBlockId, Timestamp, WrappingPedigree,
};

fn key(length: usize) -> SecretKey {
    SecretKey::filled_by(length, |bytes| bytes.fill(0x5B)).expect("a key")
}

#[test]
fn what_is_built_is_read_back() {
    let certificate = Certificate::new(CertificateFormat::Emv, "MIIBAA==").unwrap();
    let chain = vec![certificate, certificate];
    let allowed = DerivedAttributes {
        usage: KeyUsage::MacCmac,
        algorithm: AlgorithmFamily::Aes,
        mode: ModeOfUse::Verify,
        exportability: Exportability::NonExportable,
    };
    let time = Timestamp::new((2024, 2, 29), (23, 59, 59)).unwrap();
    let ksn = "FFFF9876543210E00000".parse().unwrap();
    let id = "1234567890123456".parse().unwrap();
    for (block, data, content) in [
        (OptionalBlock::key_life(KeyLife::Ephemeral), "0100", Content::KeyLife(KeyLife::Ephemeral)),
        (
            OptionalBlock::bdk_id(BdkId::KeySetId([0xFF, 0xFF, 0x98, 0x76, 0x54])),
            "00FFFF987654",
            Content::BdkId(BdkId::KeySetId([0xFF, 0xFF, 0x98, 0x76, 0x54])),
        ),
        (
            OptionalBlock::certificate(&certificate).unwrap(),
            "01MIIBAA==",
            Content::Certificates(vec![certificate]),
        ),
        (
            OptionalBlock::certificate_chain(&chain).unwrap(),
            "02010008MIIBAA==010008MIIBAA==",
            Content::Certificates(chain),
        ),
        (
            OptionalBlock::derivations_allowed(&[allowed, allowed]).unwrap(),
            "01M6AVNM6AVN",
            Content::DerivationsAllowed(vec![allowed, allowed]),
        ),
        (
            OptionalBlock::hmac_hash(HmacHash::Sha3With512),
            "33",
            Content::HmacHash(HmacHash::Sha3With512),
        ),
        (OptionalBlock::initial_key_id(id), "1234567890123456", Content::InitialKeyId(id)),
        (
            OptionalBlock::initial_ksn(ksn),
            "FFFF9876543210E00000",
            Content::InitialKsn(InitialKsn::Full(ksn)),
        ),
        (OptionalBlock::made_at(time), "20240229235959Z", Content::Timestamp(time)),
        (OptionalBlock::formed_at(time), "20240229235959Z", Content::Timestamp(time)),
        (
            OptionalBlock::wrapping_pedigree(WrappingPedigree::Lesser),
            "001",
            Content::WrappingPedigree(WrappingPedigree::Lesser),
        ),
        (OptionalBlock::label("a b").unwrap(), "a b", Content::Text("a b")),
    ] {
        assert_eq!(block.data(), data);
        assert_eq!(block.content(), Some(content));
        assert_eq!(OptionalBlock::new(block.id(), data).as_ref(), Ok(&block));
    }
}

#[test]
fn check_values_follow_the_family() {
    for (length, family, method, digits) in [
        (16, AlgorithmFamily::Tdes, CheckMethod::Legacy, 3),
        (32, AlgorithmFamily::Aes, CheckMethod::Cmac, 5),
    ] {
        let block = OptionalBlock::key_check_value(&key(length), family).unwrap();
        let Some(Content::CheckValue(value)) = block.content() else { panic!("{block:?}") };
        assert_eq!((value.method(), value.as_bytes().len()), (method, digits));
        assert_eq!(block.agrees_with(&key(length), family), Some(true));
        let other = SecretKey::filled_by(length, |bytes| bytes.fill(0x5D)).unwrap();
        assert_eq!(block.agrees_with(&other, family), Some(false));
        assert_eq!(block.agrees_with(&key(20), AlgorithmFamily::Hmac), None);
    }
    let refused = OptionalBlock::key_check_value(&key(20), AlgorithmFamily::Hmac).unwrap_err();
    assert_eq!(refused.code(), "KeyLengthForAlgorithm");
}

#[test]
fn bad_data_is_refused_where_it_is_bad() {
    for (id, data, at) in [
        (OptionalBlockId::AL, "0102", 2),
        (OptionalBlockId::AL, "010100", 4),
        (OptionalBlockId::BI, "1112345678", 0),
        (OptionalBlockId::BI, "011234567", 9),
        (OptionalBlockId::CT, "00", 2),
        (OptionalBlockId::CT, "00MII", 5),
        (OptionalBlockId::CT, "00M-IB", 3),
        (OptionalBlockId::CT, "02000005MIIB", 12),
        (OptionalBlockId::CT, "02", 2),
        (OptionalBlockId::DA, "01", 2),
        (OptionalBlockId::DA, "01P0AEQ", 6),
        (OptionalBlockId::HM, "99", 0),
        (OptionalBlockId::HM, "211", 2),
        (OptionalBlockId::IK, "123456789012345", 15),
        (OptionalBlockId::KC, "02A1B2C3", 0),
        (OptionalBlockId::KC, "00A1", 4),
        (OptionalBlockId::KC, "00A1B2C3D4", 8),
        (OptionalBlockId::KP, "01A1B2G3", 6),
        (OptionalBlockId::PK, "01A1B2C", 7),
        (OptionalBlockId::KS, "FFFF9876543210e00000", 14),
        (OptionalBlockId::KS, "DE#GBIC#MMK1", 12),
        (OptionalBlockId::KV, "01-0", 2),
        (OptionalBlockId::TS, "20240230000000Z", 6),
        (OptionalBlockId::WP, "004", 2),
        (OptionalBlockId::WP, "010", 0),
    ] {
        let refused = OptionalBlock::new(id, data).map(|_| ());
        assert_eq!(refused, Err(Error::OptDataInvalid { at, id }), "{id} {data}");
    }
}
