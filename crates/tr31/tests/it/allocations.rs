//! Memory: opening allocates the key and nothing else, reading a small multiple of its input.

use allocation_counter::{AllocationInfo, measure};
use getrandom::SysRng;
use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use tr31::danger::wrap_variant_binding;
use tr31::{Header, HmacHash, Kbpk, KeyBlock, OptionalBlock, Profile, Version, lenient};

/// The length of the key in every block here.
const KEY_LENGTH: usize = 24;

/// A key of three different parts, each byte of odd parity, which gives no finding.
fn key() -> SecretKey {
    let parity = |byte: u8| byte << 1 | u8::from(byte.count_ones().is_multiple_of(2));
    let bytes: Vec<_> =
        (0..KEY_LENGTH).filter_map(|byte| u8::try_from(byte).ok()).map(parity).collect();
    SecretKey::copied_from(&bytes).expect("a key")
}

fn kbpk(version: Version) -> Kbpk {
    let kbpk = match version.kbpk_family() {
        AlgorithmFamily::Tdes => Kbpk::tdes(&key()),
        _ => Kbpk::aes(&key()),
    };
    kbpk.expect("24 bytes are a length of both")
}

fn header(version: Version, algorithm: AlgorithmFamily) -> Header {
    Header::new(
        version,
        KeyUsage::PinEncryption,
        algorithm,
        ModeOfUse::EncryptDecrypt,
        Exportability::Exportable,
    )
}

fn wrapped(header: &Header) -> String {
    wrap_variant_binding(header, &key(), &kbpk(header.version()), &mut SysRng).expect("room")
}

/// A TDES block without optional blocks, and one with check values, a hash and a long label.
fn blocks(version: Version) -> [String; 2] {
    let plain = header(version, AlgorithmFamily::Tdes);
    let kcv = OptionalBlock::key_check_value(&key(), AlgorithmFamily::Tdes).expect("TDES");
    let blocks = [
        kcv,
        OptionalBlock::hmac_hash(HmacHash::Sha256),
        OptionalBlock::label(&"x".repeat(300)).expect("printable"),
    ];
    let full =
        blocks.into_iter().try_fold(plain.clone(), Header::with_optional_block).expect("three ids");
    [wrapped(&plain), wrapped(&full)]
}

/// What an action allocates; what it gives is dropped afterwards.
fn allocated<T>(action: impl FnOnce() -> T) -> (AllocationInfo, T) {
    let mut result = None;
    let info = measure(|| result = Some(action()));
    (info, result.expect("the action was run"))
}

fn check_opening(version: Version) {
    let kbpk = kbpk(version);
    for text in blocks(version) {
        let block = KeyBlock::parse(&text).expect("the form is right");
        let (info, opened) = allocated(|| block.open(&kbpk));
        assert_eq!(opened.expect("the KBPK is right").key().length(), KEY_LENGTH);
        let key = u64::try_from(KEY_LENGTH).expect("24");
        assert_eq!((info.count_total, info.bytes_total), (1, key), "{text}");

        let block = lenient::KeyBlock::parse(&text, Profile::LENIENT).expect("the form is right");
        let (info, opened) = allocated(|| block.open(&kbpk));
        assert!(opened.is_ok());
        assert_eq!((info.count_total, info.bytes_total), (1, key), "{text}");

        // A block that was changed costs nothing.
        let last = if text.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", text.split_at(text.len() - 1).0);
        let block = KeyBlock::parse(&changed).expect("the form is right");
        let (info, opened) = allocated(|| block.open(&kbpk));
        assert!(opened.is_err());
        assert_eq!(info.count_total, 0, "{text}");
    }
}

/// Checks that reading never holds more than this many bytes for each character.
#[track_caller]
fn check_held<T>(text: &str, most: u64, read: impl FnOnce(&str) -> T) -> T {
    let (info, read) = allocated(|| read(text));
    let length = u64::try_from(text.len()).expect("at most 9999");
    assert!(info.bytes_max <= most * length, "{} of {length}: {text}", info.bytes_max);
    read
}

fn check_reading(version: Version) {
    for text in blocks(version) {
        assert!(check_held(&text, 3, KeyBlock::parse).is_ok());
    }

    // The costliest blocks: short optional ones, each of which gives a finding; then such that
    // give three, which only a lenient reader takes. Every number of them, since lists grow by
    // doubling.
    let header = header(version, AlgorithmFamily::Tdes);
    let plain = wrapped(&header);
    let (fixed, body) = plain.split_at(16);
    let (front, back) = fixed.split_at(12);
    let (_, end) = back.split_at(2);
    let per_cipher_block = if version.kbpk_family() == AlgorithmFamily::Tdes { 2 } else { 4 };
    for count in (per_cipher_block..=96).step_by(per_cipher_block) {
        let text = |blocks: String| {
            let length = plain.len() + blocks.len();
            let (version, rest) = front.split_at(1);
            format!("{version}{length:04}{}{count:02}{end}{blocks}{body}", rest.split_at(4).1)
        };
        let unknown = text((0..count).map(|id| format!("{id:02}04")).collect());
        assert!(check_held(&unknown, 20, KeyBlock::parse).is_ok());

        let padded = text("PB04".repeat(count));
        assert!(check_held(&padded, 20, KeyBlock::parse).is_err());
        let lenient = |text: &str| lenient::KeyBlock::parse(text, Profile::LENIENT);
        let findings = check_held(&padded, 64, lenient).map(|block| block.findings().len());
        assert!(findings.is_ok_and(|number| number > 2 * (count - 1)));
    }

    // A count of optional blocks that are not there reserves no room for them.
    let counted = format!("{front}99{end}{body}");
    assert!(check_held(&counted, 8, KeyBlock::parse).is_err());
}

macro_rules! versions {
    ($($name:ident: $version:ident;)+) => {$(
        #[test]
        fn $name() {
            check_opening(Version::$version);
            check_reading(Version::$version);
        }
    )+};
}

versions! {
    version_a: A;
    version_b: B;
    version_c: C;
    version_d: D;
    version_e: E;
}
