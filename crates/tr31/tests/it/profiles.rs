//! Named profiles: each lets pass what it is named for, reports it, and nothing else.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use tr31::danger::wrap_exact;
use tr31::{
    BdkId, Departure, Error, Finding, Header, Kbpk, KeyBlock, Liberty, OptionalBlock, Profile,
    Version, lenient,
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

/// What a strict reader opens with a finding, and a canonical one refuses for it.
#[test]
fn canonical_reading_refuses_what_a_careful_exporter_does_not_write() {
    let key = |length: usize, step: u8| {
        let fill = |bytes: &mut [u8]| {
            bytes.iter_mut().enumerate().for_each(|(at, byte)| {
                *byte = u8::try_from(at / 8).expect("a short key") * step + 0x40;
            });
        };
        SecretKey::filled_by(length, fill).expect("a key")
    };
    let header = |version, algorithm| {
        let (usage, mode) = (KeyUsage::DataEncryption, ModeOfUse::Encrypt);
        Header::new(version, usage, algorithm, mode, Exportability::Exportable)
    };
    let good = header(Version::B, AlgorithmFamily::Tdes);
    let with = |block| {
        let block: OptionalBlock = block;
        tr31::danger::with_any_optional_block(good.clone(), block).expect("one block")
    };
    let extended = with(OptionalBlock::label("abcdef").unwrap().in_extended_form());
    let padded = with(OptionalBlock::new(tr31::OptionalBlockId::PB, "0000").unwrap());
    let des = header(Version::B, AlgorithmFamily::Des);
    let old = header(Version::A, AlgorithmFamily::Tdes);
    let (triple, double, equal, single) = (key(24, 9), key(16, 9), key(16, 0), key(8, 1));
    for (header, key, padding, departure, offset) in [
        (&good, &double, 14, None, None),
        (&extended, &double, 14, Some(Departure::NeedlessExtendedLength), Some(16)),
        (&padded, &double, 14, Some(Departure::NeedlessPadding), Some(16)),
        (&old, &double, 14, Some(Departure::DeprecatedVersion), Some(0)),
        (&good, &double, 6, Some(Departure::LengthNotHidden), None),
        (&des, &single, 22, Some(Departure::SingleDes), Some(7)),
        (&good, &equal, 14, Some(Departure::EqualKeyParts), None),
        (&good, &triple, 6, Some(Departure::WeakerKbpk), None),
    ] {
        let kbpk = Kbpk::tdes(&double).expect("16 bytes");
        let text = wrap_exact(header, key, &kbpk, &vec![0x5A; padding]).expect("whole blocks");
        let strict = KeyBlock::parse(&text).and_then(|block| block.open(&kbpk));
        let strict = strict.expect("a block that breaks no rule");
        let departures: Vec<_> = strict.findings().iter().filter_map(Finding::departure).collect();
        assert_eq!(departures, Vec::from_iter(departure), "{text}");

        let canonical = KeyBlock::parse_canonical(&text).and_then(|block| block.open(&kbpk));
        let refusal = departure.map(|departure| Error::NotCanonical { departure, at: offset });
        assert_eq!(canonical.err(), refusal, "{text}");
        let lenient = lenient::KeyBlock::parse(&text, Profile::CANONICAL);
        assert_eq!(lenient.and_then(|block| block.open(&kbpk)).err(), refusal, "{text}");
    }
}
