//! Laws of key blocks: what is wrapped opens, and nothing that was changed does.

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use proptest::prelude::*;
use proptest::sample::select;
use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use test_support::Seeded;
use tr31::danger::{with_any_optional_block, wrap_exact};
use tr31::{
    Departure, Error, Header, HmacHash, Kbpk, KeyBlock, KeyContext, Narrowing, OptionalBlock,
    OptionalBlockId, Profile, Version, lenient,
};

/// Keys are made where they are needed: a [`SecretKey`] has no `Clone`.
#[derive(Clone, Debug)]
struct Case {
    header: Header,
    key: Vec<u8>,
    kbpk: Vec<u8>,
    seed: u64,
}

impl Case {
    fn key(&self) -> SecretKey {
        SecretKey::copied_from(&self.key).expect("a key has bytes")
    }

    fn kbpk(&self) -> Kbpk {
        let key = SecretKey::copied_from(&self.kbpk).expect("a key has bytes");
        let kbpk = match self.header.version().kbpk_family() {
            AlgorithmFamily::Tdes => Kbpk::tdes(&key),
            _ => Kbpk::aes(&key),
        };
        kbpk.expect("a length of the algorithm")
    }

    fn wrap(&self) -> String {
        let mut random = Seeded::new(self.seed);
        let block = match self.header.version() {
            Version::A | Version::C => tr31::danger::wrap_variant_binding(
                &self.header,
                &self.key(),
                &self.kbpk(),
                &mut random,
            ),
            _ => tr31::wrap(&self.header, &self.key(), &self.kbpk(), &mut random),
        };
        block.expect("the case keeps the rules")
    }
}

fn bytes(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), length)
}

fn optional_blocks() -> impl Strategy<Value = Vec<OptionalBlock>> {
    let id = proptest::array::uniform2(b'0'..=b'9');
    let data = "[ -~]{0,300}";
    proptest::collection::vec((id, data), 0..5).prop_map(|blocks| {
        let block = |(id, data): ([u8; 2], String)| {
            let id = OptionalBlockId::from_code(id).expect("two digits");
            OptionalBlock::new(id, &data).expect("printable")
        };
        blocks.into_iter().map(block).collect()
    })
}

fn case_of(version: Version) -> impl Strategy<Value = Case> {
    let key = prop_oneof![
        (Just(AlgorithmFamily::Tdes), prop_oneof![bytes(16), bytes(24)]),
        (Just(AlgorithmFamily::Des), bytes(8)),
        (Just(AlgorithmFamily::Aes), prop_oneof![bytes(16), bytes(24), bytes(32)]),
        (Just(AlgorithmFamily::Hmac), bytes(1..100)),
    ];
    let kbpk = match version.kbpk_family() {
        AlgorithmFamily::Tdes => prop_oneof![bytes(16), bytes(24)].boxed(),
        _ => prop_oneof![bytes(16), bytes(24), bytes(32)].boxed(),
    };
    let words = (
        select(KeyUsage::ALL),
        select(ModeOfUse::ALL),
        select(Exportability::ALL),
        select(KeyContext::ALL),
        "[0-9A-Za-z]{2}",
    );
    (key, kbpk, words, optional_blocks(), any::<u64>()).prop_map(
        move |((algorithm, key), kbpk, words, blocks, seed)| {
            let (usage, mode, exportability, context, key_version) = words;
            let key_version = key_version.as_bytes().try_into().expect("two characters");
            let mut header = Header::new(version, usage, algorithm, mode, exportability)
                .with_key_version(KeyVersion::from_code(key_version).expect("alphanumeric"))
                .with_key_context(context);
            if algorithm == AlgorithmFamily::Hmac {
                let block = OptionalBlock::hmac_hash(HmacHash::Sha256);
                header = header.with_optional_block(block).expect("the first block");
            }
            for block in blocks {
                // A second block with one id is not taken.
                header = header.clone().with_optional_block(block).unwrap_or(header);
            }
            Case { header, key, kbpk, seed }
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    select(Version::ALL).prop_flat_map(case_of)
}

/// The header without its padding block.
fn without_padding(header: &Header) -> Vec<OptionalBlock> {
    let own = |block: &&OptionalBlock| block.id() != OptionalBlockId::PB;
    header.optional_blocks().iter().filter(own).cloned().collect()
}

proptest! {
    #[test]
    fn what_is_wrapped_opens(case in case()) {
        let text = case.wrap();
        let opened = KeyBlock::parse(&text).and_then(|block| block.open(&case.kbpk()));
        let (header, key) = opened.expect("our own block").into_parts();
        prop_assert_eq!(key.expose_secret(), &case.key);
        prop_assert_eq!(without_padding(&header), case.header.optional_blocks());
        prop_assert_eq!(header.usage(), case.header.usage());
        prop_assert_eq!(header.mode(), case.header.mode());
        prop_assert_eq!(header.key_version(), case.header.key_version());
        prop_assert_eq!(header.exportability(), case.header.exportability());
        prop_assert_eq!(header.key_context(), case.header.key_context());
    }

    #[test]
    fn what_is_wrapped_is_canonical_unless_the_key_is_not(case in case()) {
        let text = case.wrap();
        let canonical = KeyBlock::parse_canonical(&text).and_then(|it| it.open(&case.kbpk()));
        let strict = KeyBlock::parse(&text).and_then(|block| block.open(&case.kbpk()));
        let strict = strict.expect("our own block");
        let departures = strict.findings().iter();
        let mut departures = departures.filter_map(|it| Some((it.departure()?, it.offset())));
        let departure = departures.next();
        let refusal = departure.map(|(departure, at)| Error::NotCanonical { departure, at });
        prop_assert_eq!(canonical.as_ref().err(), refusal.as_ref());
        use Departure::{DeprecatedVersion, EqualKeyParts, SingleDes, WeakerKbpk};
        let of_key = [DeprecatedVersion, EqualKeyParts, SingleDes, WeakerKbpk];
        prop_assert!(departure.is_none_or(|(departure, _)| of_key.contains(&departure)));
        if let Ok(canonical) = canonical {
            prop_assert_eq!(canonical.header(), strict.header());
            prop_assert_eq!(canonical.key().expose_secret(), strict.key().expose_secret());
            prop_assert_eq!(canonical.findings(), strict.findings());
        }
    }

    #[test]
    fn what_is_read_prints_the_same(case in case()) {
        let text = case.wrap();
        prop_assert_eq!(KeyBlock::parse(&text).expect("our own block").to_string(), text);
    }

    #[test]
    fn a_lenient_reader_agrees_with_a_strict_one(case in case()) {
        let text = case.wrap();
        let strict = KeyBlock::parse(&text).and_then(|block| block.open(&case.kbpk()));
        let lenient = lenient::KeyBlock::parse(&text, Profile::LENIENT)
            .and_then(|block| block.open(&case.kbpk()));
        let (strict, lenient) = (strict.expect("our own"), lenient.expect("our own"));
        prop_assert_eq!(strict.key().expose_secret(), lenient.key().expose_secret());
        prop_assert_eq!(strict.header(), &lenient.header().known().expect("known codes"));
        prop_assert_eq!(strict.findings(), lenient.findings());
    }

    #[test]
    fn lengths_do_not_tell_the_key_apart(case in case(), other in bytes(24)) {
        let family = case.header.algorithm();
        prop_assume!(family == AlgorithmFamily::Tdes);
        let text = case.wrap();
        let longer = Case { key: other, ..case.clone() }.wrap();
        prop_assert_eq!(text.len(), longer.len());
        let opened = KeyBlock::parse(&text).and_then(|block| block.open(&case.kbpk()));
        prop_assert!(opened.expect("our own block").hides_length());
    }

    #[test]
    fn another_kbpk_opens_nothing(case in case(), at: usize, bit in 1_u32..8) {
        let text = case.wrap();
        let mut other = case;
        let at = at % other.kbpk.len();
        // Bit 0 of a TDES byte is parity and has no effect.
        other.kbpk[at] ^= 1 << bit;
        let opened = KeyBlock::parse(&text).and_then(|block| block.open(&other.kbpk()));
        prop_assert_eq!(opened.map(|_| ()), Err(Error::AuthenticationFailed));
    }

    #[test]
    fn arbitrary_text_is_refused(text in ".{0,200}") {
        prop_assert!(KeyBlock::parse(&text).is_err());
    }
}

/// One block for each version, with and without optional blocks.
fn samples() -> impl Iterator<Item = Case> {
    let header = |version| {
        Header::new(
            version,
            KeyUsage::PinEncryption,
            AlgorithmFamily::Tdes,
            ModeOfUse::EncryptDecrypt,
            Exportability::Exportable,
        )
    };
    let label = || OptionalBlock::new(OptionalBlockId::LB, "till 7").expect("printable");
    let case = |header: Header| Case {
        header,
        key: (0..16).collect(),
        kbpk: (0..16).map(|byte| byte * 17).collect(),
        seed: 1,
    };
    Version::ALL.iter().flat_map(move |&version| {
        let labelled = header(version).with_optional_block(label()).expect("one block");
        [case(header(version)), case(labelled)]
    })
}

#[test]
fn no_changed_character_is_accepted() {
    for case in samples() {
        let (text, kbpk) = (case.wrap(), case.kbpk());
        let block = KeyBlock::parse(&text).unwrap();
        let header_length = text.len() - 2 * body_length(&block, &text);
        for at in 0..text.len() {
            for character in 0..=0x7F_u8 {
                let mut changed = text.clone().into_bytes();
                if changed[at] == character {
                    continue;
                }
                changed[at] = character;
                let changed = String::from_utf8(changed).unwrap();
                let Ok(block) = KeyBlock::parse(&changed) else {
                    // What is refused by its form is public: in the body only what is not hex.
                    let is_hex = b"0123456789ABCDEF".contains(&character);
                    assert!(at < header_length || !is_hex, "{changed}");
                    continue;
                };
                let error = block.open(&kbpk).map(|_| ()).unwrap_err();
                let expected =
                    match KeyBlock::parse(&changed).unwrap().unverified_header().version() {
                        version if version.kbpk_family() != kbpk.family() => {
                            "KbpkAlgorithmMismatch"
                        }
                        _ => "AuthenticationFailed",
                    };
                assert_eq!(error.code(), expected, "{changed}");
            }
        }
    }
}

/// Payload and MAC in bytes: what stands behind the header.
fn body_length(block: &KeyBlock, text: &str) -> usize {
    let blocks = block.unverified_header().optional_blocks();
    (text.len() - 16 - blocks.iter().map(OptionalBlock::length).sum::<usize>()) / 2
}

#[test]
fn no_changed_bit_is_accepted() {
    for case in samples() {
        let (text, kbpk) = (case.wrap(), case.kbpk());
        let start = text.len() - 2 * body_length(&KeyBlock::parse(&text).unwrap(), &text);
        for at in start..text.len() {
            let digit = u32::from_str_radix(&text[at..=at], 16).unwrap();
            for bit in 0..4 {
                let mut changed = text.clone();
                changed.replace_range(at..=at, &format!("{:X}", digit ^ (1 << bit)));
                let opened = KeyBlock::parse(&changed).unwrap().open(&kbpk);
                assert_eq!(opened.map(|_| ()), Err(Error::AuthenticationFailed), "{changed}");
            }
        }
    }
}

#[test]
fn a_padding_block_is_ours_to_make() {
    for case in samples().filter(|case| !case.header.optional_blocks().is_empty()) {
        let opened = KeyBlock::parse(&case.wrap()).unwrap().open(&case.kbpk()).unwrap();
        let (header, key) = opened.into_parts();
        let padding = header.optional_blocks().last().unwrap();
        assert_eq!(padding.id(), OptionalBlockId::PB);
        assert!(padding.data().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        // Wrapped anew, it has one padding block again, and not the same one.
        let again = Case { header, key: key.expose_secret().to_vec(), seed: 2, ..case };
        let opened = KeyBlock::parse(&again.wrap()).unwrap().open(&again.kbpk()).unwrap();
        let blocks = opened.header().optional_blocks();
        assert_eq!(blocks.len(), 2);
        assert_ne!(blocks[1], again.header.optional_blocks()[1]);
    }
}

#[test]
fn wishes_that_break_a_rule_are_refused() {
    let [a, .., d, e] = [0, 2, 6, 8].map(|index| samples().nth(index).unwrap());
    let refusal = |case: &Case, key: usize| {
        let key = SecretKey::filled_by(key, |_| ()).unwrap();
        tr31::wrap(&case.header, &key, &case.kbpk(), &mut Seeded::new(0)).unwrap_err()
    };
    assert_eq!(refusal(&a, 16), Error::DeprecatedVersion { version: Version::A });
    assert_eq!(refusal(&d, 8).code(), "KeyLengthForAlgorithm");
    let tdes = Case { header: a.header.clone(), ..e.clone() }.kbpk();
    let refused = tr31::wrap(&e.header, &e.key(), &tdes, &mut Seeded::new(0)).unwrap_err();
    assert_eq!(refused.code(), "KbpkAlgorithmMismatch");

    let exact = |padding: &[u8]| wrap_exact(&d.header, &d.key(), &d.kbpk(), padding);
    assert_eq!(exact(&[0; 3]).unwrap_err().code(), "PayloadLength");
    assert!(exact(&[0; 14]).is_ok());
    let label = OptionalBlock::new(OptionalBlockId::LB, "abc").unwrap();
    let header = with_any_optional_block(d.header.clone(), label).unwrap();
    let refused = wrap_exact(&header, &d.key(), &d.kbpk(), &[0; 14]).unwrap_err();
    assert_eq!(refused.code(), "OptUnaligned");
}

#[test]
fn a_source_of_randomness_may_fail() {
    struct Empty;
    impl TryRng for Empty {
        type Error = std::fmt::Error;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Err(std::fmt::Error)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Err(std::fmt::Error)
        }
        fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
            Err(std::fmt::Error)
        }
    }
    impl TryCryptoRng for Empty {}
    let case = samples().nth(6).unwrap();
    let refused = tr31::wrap(&case.header, &case.key(), &case.kbpk(), &mut Empty);
    assert_eq!(refused, Err(Error::RandomnessFailed));
}

#[test]
fn a_translated_key_keeps_its_header_or_loses_rights() {
    let source = samples().nth(3).unwrap();
    let (from, to) = (source.kbpk(), samples().nth(6).unwrap().kbpk());
    let check_value = from.check_value_block().unwrap();
    let header = source.header.clone().with_optional_block(check_value).unwrap();
    let text = Case { header, ..source.clone() }.wrap();
    let translate = |narrowing| {
        KeyBlock::parse(&text).unwrap().translate(&from, &to, &narrowing, &mut Seeded::new(7))
    };
    let narrowing = Narrowing::to_version(Version::D)
        .with_mode(ModeOfUse::Decrypt)
        .with_exportability(Exportability::NonExportable)
        .with_key_context(KeyContext::Storage);
    let opened = KeyBlock::parse(&translate(narrowing).unwrap()).unwrap().open(&to).unwrap();
    assert_eq!(opened.key().expose_secret(), source.key);
    let header = opened.header();
    assert_eq!((header.version(), header.mode()), (Version::D, ModeOfUse::Decrypt));
    assert_eq!(header.exportability(), Exportability::NonExportable);
    assert_eq!(header.usage(), source.header.usage());
    assert_eq!(header.optional_blocks()[1], to.check_value_block().unwrap());

    let refused = |narrowing| translate(narrowing).unwrap_err();
    let wider = Narrowing::to_version(Version::D);
    assert_eq!(refused(wider.with_mode(ModeOfUse::Derive)), Error::HeaderWidened { at: 8 });
    let sensitive = wider.with_exportability(Exportability::Sensitive);
    assert_eq!(refused(sensitive), Error::HeaderWidened { at: 11 });
    assert_eq!(refused(Narrowing::to_version(Version::B)).code(), "KbpkAlgorithmMismatch");
}

#[test]
fn a_source_of_randomness_may_be_chosen_at_run_time() {
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F)).expect("a key");
    let kbpk = Kbpk::aes(&key).expect("16 bytes");
    let (usage, mode) = (KeyUsage::PinEncryption, ModeOfUse::Encrypt);
    let family = AlgorithmFamily::Aes;
    let header = Header::new(Version::D, usage, family, mode, Exportability::Exportable);
    let random: &mut dyn CryptoRng = &mut Seeded::new(1);
    let text = tr31::wrap(&header, &key, &kbpk, random).expect("room");
    assert!(KeyBlock::parse(&text).and_then(|block| block.open(&kbpk)).is_ok());
}
