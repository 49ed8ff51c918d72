//! Broken key blocks by the thousand: none may panic, open, or take long.
//!
//! The texts follow from a fixed seed. `HAMMER_TEXTS` says how many of each kind there are; CI asks
//! for millions, in a release build.

use std::time::{Duration, Instant};

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use test_support::Seeded;
use tr31::{Header, Kbpk, KeyBlock, OptionalBlock, Profile, Version, danger, lenient};

/// The time that no text may take.
const LONGEST: Duration = Duration::from_millis(50);

/// Texts of each kind, unless the environment says otherwise.
const USUAL_TEXTS: usize = 5_000;

/// Two wrapping keys, and good key blocks under them.
struct Setting {
    tdes: Kbpk,
    aes: Kbpk,
    good: Vec<String>,
}

impl Setting {
    /// Blocks of every version, with and without optional blocks, one of them long.
    fn new() -> Self {
        let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x88)).expect("a key");
        let (tdes, aes) = (Kbpk::tdes(&key).expect("16 bytes"), Kbpk::aes(&key).expect("16 bytes"));
        let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F)).expect("a key");
        let mut good = Vec::new();
        for &version in Version::ALL {
            let bare = Header::new(
                version,
                KeyUsage::InitialDukpt,
                AlgorithmFamily::Tdes,
                ModeOfUse::Derive,
                Exportability::Exportable,
            );
            let is_tdes = version.kbpk_family() == AlgorithmFamily::Tdes;
            let kbpk = if is_tdes { &tdes } else { &aes };
            let ksn = "FFFF9876543210E00000".parse().expect("a key serial number");
            let typed = bare
                .clone()
                .with_optional_block(OptionalBlock::initial_ksn(ksn))
                .and_then(|header| header.with_optional_block(kbpk.check_value_block()?));
            let label = OptionalBlock::label("x").expect("printable").in_extended_form();
            let long = bare.clone().with_optional_block(label);
            for header in [Ok(bare), typed, long] {
                let (header, random) = (header.expect("room"), &mut Seeded::new(1));
                let text = danger::wrap_variant_binding(&header, &key, kbpk, random);
                good.push(text.expect("room"));
            }
        }
        Self { tdes, aes, good }
    }

    /// Reads and opens texts made from good ones; returns how many were key blocks.
    fn check(&self, change: impl Fn(&str, &Seeded) -> String) -> usize {
        let texts = std::env::var("HAMMER_TEXTS").map(|texts| texts.parse().expect("a number"));
        let random = Seeded::new(1);
        let check = |_: &usize| {
            let text = change(random.one_of(&self.good).expect("good blocks"), &random);
            let start = Instant::now();
            let is_read = self.is_read(&text);
            if start.elapsed() > LONGEST {
                // The machine may have been busy with something else; twice it will not be.
                let start = Instant::now();
                self.is_read(&text);
                assert!(start.elapsed() <= LONGEST, "{text}");
            }
            is_read
        };
        (0..texts.unwrap_or(USUAL_TEXTS)).filter(check).count()
    }

    /// Whether a text is a key block; such a block must not open.
    fn is_read(&self, text: &str) -> bool {
        let tolerated = lenient::KeyBlock::parse(text, Profile::LENIENT);
        let Ok(block) = KeyBlock::parse(text) else { return false };
        assert!(tolerated.is_ok() && block.to_string() == text, "{text}");
        let family = block.unverified_header().version().kbpk_family();
        let kbpk = if family == AlgorithmFamily::Tdes { &self.tdes } else { &self.aes };
        assert!(block.open(kbpk).is_err() || self.good.iter().any(|good| good == text), "{text}");
        true
    }
}

/// A text made from a good one by one to three changes; often the length is made to fit again, so
/// that reading goes on.
fn changed(text: &str, random: &Seeded) -> String {
    const TELLING: &[u8] = b"0123456789ABCDEFabcdef PBKSKCHMNXT\x00\x7F\xFF";

    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        // Half of the changes fall on the header, which is the smaller part.
        let range = if random.below(2) == 0 { bytes.len().min(48) } else { bytes.len() };
        let at = random.below(range);
        let character = *random.one_of(TELLING).expect("not empty");
        match random.below(6) {
            0 => bytes.insert(at, character),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let copied: Vec<u8> = bytes.iter().skip(at).take(16).copied().collect();
                bytes.splice(at..at, copied);
            }
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = character),
        }
    }
    if random.below(4) > 0 {
        let length = format!("{:04}", bytes.len());
        for (byte, digit) in bytes.iter_mut().skip(1).zip(length.bytes()) {
            *byte = digit;
        }
    }
    // Bytes above 7F become characters of two bytes.
    bytes.into_iter().map(char::from).collect()
}

/// A text of the right form made from a good one: one to three digits of payload and MAC differ.
fn changed_digits(text: &str, random: &Seeded) -> String {
    /// Payload and MAC of every block here are at least as long.
    const SHORTEST_BODY: usize = 72;

    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = bytes.len() - 1 - random.below(SHORTEST_BODY);
        let digit = *random.one_of(b"0123456789ABCDEF").expect("not empty");
        bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = digit);
    }
    String::from_utf8(bytes).expect("ASCII")
}

#[test]
fn hammered_texts_of_any_form_are_refused() {
    assert!(Setting::new().check(changed) > 0);
}

#[test]
fn hammered_texts_with_changed_digits_do_not_open() {
    assert!(Setting::new().check(changed_digits) > 0);
}
