//! Key blocks for another implementation to open, and the check of those it made.
//!
//! `exchange make NUMBER SEED` prints one key block a line: the KBPK and the key in hex, and the
//! block. `exchange open` reads such lines and fails at the first block that does not hold its key,
//! or is not printed again as it was.
//!
//! The algorithm of the KBPK is that of the version. Keys stand here in clear: they are made for
//! the comparison and used for nothing else.

use std::convert::Infallible;
use std::error::Error;
use std::io::{Write, stdin, stdout};

use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use rand_core::{TryCryptoRng, TryRng};
use tr31::{Header, Kbpk, KeyBlock, OptionalBlock, Version, danger};

/// Numbers that follow from a seed, by the mixing function of SplitMix64.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        let Ok(number) = self.try_next_u64();
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(number % bound).unwrap_or_default()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Result<T, Box<dyn Error>> {
        Ok(*all.get(self.below(all.len())).ok_or("nothing to choose from")?)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let Ok(()) = self.try_fill_bytes(&mut bytes);
        bytes
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| u32::try_from(number >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let random = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(random.split_at(chunk.len()).0);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

fn kbpk(version: Version, key: &[u8]) -> Result<Kbpk, Box<dyn Error>> {
    let key = SecretKey::copied_from(key)?;
    Ok(match version.kbpk_family() {
        AlgorithmFamily::Tdes => Kbpk::tdes(&key)?,
        _ => Kbpk::aes(&key)?,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Vec<char> = text.chars().collect();
    let pair = |pair: &[char]| Ok(u8::from_str_radix(&String::from_iter(pair), 16)?);
    digits.chunks(2).map(pair).collect()
}

/// A key block with random attributes, optional blocks of the short form, and a random key.
fn make(random: &mut Seeded) -> Result<String, Box<dyn Error>> {
    let version = random.one_of(&[Version::A, Version::B, Version::C, Version::D])?;
    let algorithm = random.one_of(&[
        AlgorithmFamily::Tdes,
        AlgorithmFamily::Aes,
        AlgorithmFamily::Des,
        AlgorithmFamily::Hmac,
    ])?;
    let key_lengths: &[usize] = match algorithm {
        AlgorithmFamily::Tdes => &[16, 24],
        AlgorithmFamily::Aes => &[16, 24, 32],
        AlgorithmFamily::Des => &[8],
        _ => &[16, 20, 33, 64],
    };
    let kbpk_lengths: &[usize] =
        if version.kbpk_family() == AlgorithmFamily::Tdes { &[16, 24] } else { &[16, 24, 32] };
    let mut header = Header::new(
        version,
        random.one_of(KeyUsage::ALL)?,
        algorithm,
        random.one_of(ModeOfUse::ALL)?,
        random.one_of(Exportability::ALL)?,
    )
    .with_key_version(KeyVersion::from_code(random.one_of(&[*b"00", *b"c1", *b"A7", *b"12"])?)?);
    if algorithm == AlgorithmFamily::Hmac {
        header = header.with_optional_block(OptionalBlock::hmac_hash(tr31::HmacHash::Sha256))?;
    }
    if random.below(2) == 0 {
        let label = "a label / ~".repeat(random.below(20));
        header = header.with_optional_block(OptionalBlock::label(&label)?)?;
    }
    let (kbpk_length, key_length) = (random.one_of(kbpk_lengths)?, random.one_of(key_lengths)?);
    let (kbpk_bytes, key) = (random.bytes(kbpk_length), random.bytes(key_length));
    let (wrapping, secret) = (kbpk(version, &kbpk_bytes)?, SecretKey::copied_from(&key)?);
    let block = danger::wrap_variant_binding(&header, &secret, &wrapping, random)?;
    Ok(format!("{} {} {block}", hex(&kbpk_bytes), hex(&key)))
}

fn open(line: &str) -> Result<(), Box<dyn Error>> {
    let mut fields = line.splitn(3, ' ');
    let mut field = || fields.next().ok_or("three fields a line");
    let (kbpk_bytes, key, text) = (unhex(field()?)?, unhex(field()?)?, field()?);
    let block = KeyBlock::parse(text)?;
    if block.to_string() != text {
        return Err("printed otherwise".into());
    }
    let version = block.unverified_header().version();
    let opened = block.open(&kbpk(version, &kbpk_bytes)?)?;
    if opened.key().expose_secret() == key { Ok(()) } else { Err("another key".into()) }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("make NUMBER SEED, or open");
    let mut out = stdout().lock();
    if argument()? == "make" {
        let number: u32 = argument()?.parse()?;
        let mut random = Seeded(argument()?.parse()?);
        for _ in 0..number {
            writeln!(out, "{}", make(&mut random)?)?;
        }
        return Ok(());
    }
    let mut opened = 0;
    for line in stdin().lines() {
        let line = line?;
        open(&line).map_err(|error| format!("{error}: {line}"))?;
        opened += 1;
    }
    writeln!(out, "{opened} opened")?;
    Ok(())
}
