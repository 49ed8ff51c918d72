//! Named profiles: each lets pass what it is named for, reports it, and nothing else.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use tr31::danger::wrap_exact;
use tr31::{
    BdkId, Finding, Header, Kbpk, KeyBlock, Liberty, OptionalBlock, Profile, Version, lenient,
};

/// A B block with one optional block of a length that needs no padding.
fn wrapped(block: OptionalBlock) -> String {
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x5B)).expect("a key");
    let header = Header::new(
        Version::B,
        KeyUsage::BaseDerivation,
        AlgorithmFamily::Tdes,
        ModeOfUse::Derive,
        Exportability::Exportable,
    );
    let header = header.with_optional_block(block).expect("one block");
    let kbpk = Kbpk::tdes(&key).expect("16 bytes");
    wrap_exact(&header, &key, &kbpk, &[0x5A; 14]).expect("whole blocks")
}

#[test]
fn each_profile_lets_pass_what_it_is_named_for() {
    let ksn = OptionalBlock::initial_ksn("FFFF9876543210E00000".parse().unwrap());
    let label = OptionalBlock::label("abcdef").unwrap().in_extended_form();
    let bdk_id = OptionalBlock::bdk_id(BdkId::KeySetId([0; 5]));
    let profiles = [
        Profile::APPLE_PAY,
        Profile::EXTENDED_LENGTH_BYTES,
        Profile::AWS_BI_11,
        Profile::TR31_2018,
        Profile::TEXT_BLOCKS,
        Profile::LENIENT,
    ];
    let plain = wrapped(ksn.clone());
    let (header, body) = plain.split_at(40);
    for (text, code, offset, accepted_by) in [
        (format!("{header}{}", body.to_lowercase()), "PayloadNotHex", None, vec![0, 5]),
        (wrapped(label).replace("LB0004", "LB0002"), "OptLengthMalformed", Some(18), vec![1, 5]),
        (wrapped(bdk_id).replace("BI1000", "BI1011"), "OptDataInvalid", Some(20), vec![2, 4, 5]),
        (
            wrapped(ksn).replace("KS18FFFF9876543210E00000", "KS18DE#GBIC#MMK1 host 42"),
            "OptDataInvalid",
            Some(22),
            vec![3, 4, 5],
        ),
    ] {
        let refused = KeyBlock::parse(&text).unwrap_err();
        assert_eq!(refused.code(), code, "{text}");
        if offset.is_some() {
            assert_eq!(refused.offset(), offset, "{text}");
        }
        for (index, &profile) in profiles.iter().enumerate() {
            let read = lenient::KeyBlock::parse(&text, profile);
            assert_eq!(read.is_ok(), accepted_by.contains(&index), "{index} {text}");
            let is_reported =
                |block: lenient::KeyBlock| block.findings().contains(&Finding::Tolerated(refused));
            assert!(read.map_or(true, is_reported), "{index} {text}");
        }
    }
}

#[test]
fn the_lenient_profile_has_every_liberty() {
    for liberty in [
        Liberty::LowerCaseHex,
        Liberty::UnknownCodes,
        Liberty::ReservedNotZero,
        Liberty::BlockOrder,
        Liberty::BlockIds,
        Liberty::BlockContent,
        Liberty::TextKeySerialNumbers,
        Liberty::BdkIdType11,
        Liberty::ExtendedLengthInBytes,
        Liberty::WrongCheckValues,
        Liberty::MissingHm,
        Liberty::KeyForm,
    ] {
        assert!(Profile::LENIENT.allows(liberty) && !Profile::STRICT.allows(liberty));
        assert!(Profile::STRICT.with(liberty).allows(liberty));
    }
}
