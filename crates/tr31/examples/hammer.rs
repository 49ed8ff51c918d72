//! Millions of broken key blocks: none may panic, open, or take long.
//!
//! `cargo run --release -p tr31 --example hammer [NUMBER [SEED]]` reads and opens twice NUMBER
//! texts, 2,000,000 unless told otherwise, made from good key blocks by changes that follow from
//! SEED: first changes of every kind, then digits of payload and MAC only, so that each text is
//! decrypted. It fails at the first changed block that opens and at the first text that takes
//! 50 ms. All cores take part; the texts do not depend on how many there are.

use std::convert::Infallible;
use std::error::Error;
use std::io::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
use rand_core::{TryCryptoRng, TryRng};
use tr31::{Header, Kbpk, KeyBlock, OptionalBlock, Profile, Version, danger, lenient};

/// No text may take longer.
const LONGEST: Duration = Duration::from_millis(50);
/// How many parts the work has; each has random numbers of its own.
const PARTS: u32 = 64;

/// Why it ends early.
type Failure = Box<dyn Error + Send + Sync>;

/// Numbers that follow from a seed, by the mixing function of SplitMix64.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.next() >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            chunk.copy_from_slice(random.split_at(chunk.len()).0);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// Good key blocks of every version, with and without optional blocks, one of them long.
fn good_blocks(tdes: &Kbpk, aes: &Kbpk, random: &mut Seeded) -> Result<Vec<String>, Failure> {
    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F))?;
    let mut blocks = Vec::new();
    for &version in Version::ALL {
        let bare = Header::new(
            version,
            KeyUsage::InitialDukpt,
            AlgorithmFamily::Tdes,
            ModeOfUse::Derive,
            Exportability::Exportable,
        );
        let kbpk = if version.kbpk_family() == AlgorithmFamily::Tdes { tdes } else { aes };
        let typed = bare
            .clone()
            .with_optional_block(OptionalBlock::initial_ksn("FFFF9876543210E00000".parse()?))?
            .with_optional_block(kbpk.check_value_block()?)?;
        let long =
            bare.clone().with_optional_block(OptionalBlock::label("x")?.in_extended_form())?;
        for header in [bare, typed, long] {
            blocks.push(danger::wrap_variant_binding(&header, &key, kbpk, random)?);
        }
    }
    Ok(blocks)
}

/// A text made from a good one by one to three changes; often the length is made to fit again, so
/// that reading goes on.
fn changed(text: &str, random: &mut Seeded) -> String {
    const TELLING: &[u8] = b"0123456789ABCDEFabcdef PBKSKCHMNXT\x00\x7F\xFF";

    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        // Half of the changes fall on the header, which is the smaller part.
        let range = if random.below(2) == 0 { bytes.len().min(48) } else { bytes.len() };
        let at = random.below(range);
        let character = random.one_of(TELLING).copied().unwrap_or(b'0');
        match random.below(6) {
            0 => bytes.insert(at, character),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let copied: Vec<u8> = bytes.iter().skip(at).take(16).copied().collect();
                bytes.splice(at..at, copied);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = character;
                }
            }
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
fn changed_digits(text: &str, random: &mut Seeded) -> String {
    /// Payload and MAC of every block here are at least as long.
    const SHORTEST_BODY: usize = 72;

    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = bytes.len() - 1 - random.below(SHORTEST_BODY);
        let digit = random.one_of(b"0123456789ABCDEF").copied();
        if let Some((byte, digit)) = bytes.get_mut(at).zip(digit) {
            *byte = digit;
        }
    }
    bytes.into_iter().map(char::from).collect()
}

/// Makes a bad text of a good one.
type Change = fn(&str, &mut Seeded) -> String;

/// Under which keys the good blocks were made.
struct Setting {
    tdes: Kbpk,
    aes: Kbpk,
    good: Vec<String>,
}

/// What was found.
#[derive(Default)]
struct Found {
    of_right_form: u32,
    slowest: Duration,
}

impl Setting {
    /// Makes and checks texts, all cores together.
    fn check_all(&self, change: Change, number: u32, seed: u64) -> Result<Found, Failure> {
        let next = AtomicU32::new(0);
        let work = || {
            let mut found = Found::default();
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= PARTS {
                    return Ok::<_, Failure>(found);
                }
                let mut random = Seeded(seed.wrapping_add(u64::from(part) << 32));
                for _ in 0..number / PARTS + u32::from(part < number % PARTS) {
                    let good = random.one_of(&self.good).ok_or("no good block")?;
                    self.check(&change(good, &mut random), &mut found)?;
                }
            }
        };
        thread::scope(|scope| {
            let lanes = thread::available_parallelism().map_or(1, NonZero::get);
            let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(work)).collect();
            let mut all = Found::default();
            for lane in lanes {
                let found = lane.join().map_err(|_| "a panic, see above")??;
                all.of_right_form += found.of_right_form;
                all.slowest = all.slowest.max(found.slowest);
            }
            Ok(all)
        })
    }

    /// Reads and opens a text.
    fn check(&self, text: &str, found: &mut Found) -> Result<(), Failure> {
        let start = Instant::now();
        found.of_right_form += u32::from(self.has_right_form(text)?);
        let mut took = start.elapsed();
        if took > LONGEST {
            // The machine may have been busy with something else; twice it will not be.
            let start = Instant::now();
            self.has_right_form(text)?;
            took = start.elapsed();
        }
        if took > LONGEST {
            return Err(format!("took {took:?}: {text}").into());
        }
        found.slowest = found.slowest.max(took);
        Ok(())
    }

    /// Whether a text is a key block; that block must not open.
    fn has_right_form(&self, text: &str) -> Result<bool, Failure> {
        let tolerated = lenient::KeyBlock::parse(text, Profile::LENIENT);
        let Ok(block) = KeyBlock::parse(text) else { return Ok(false) };
        if tolerated.is_err() || block.to_string() != text {
            return Err(format!("read in two ways: {text}").into());
        }
        let family = block.unverified_header().version().kbpk_family();
        let kbpk = if family == AlgorithmFamily::Tdes { &self.tdes } else { &self.aes };
        if block.open(kbpk).is_ok() && !self.good.iter().any(|good| good == text) {
            return Err(format!("changed and opened: {text}").into());
        }
        Ok(true)
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let number: u32 = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;

    let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x88))?;
    let (tdes, aes) = (Kbpk::tdes(&key)?, Kbpk::aes(&key)?);
    let good = good_blocks(&tdes, &aes, &mut Seeded(seed))?;
    let setting = Setting { tdes, aes, good };
    let kinds: [(&str, Change); 2] =
        [("of any form", changed), ("with changed digits", changed_digits)];
    for (name, change) in kinds {
        let Found { of_right_form, slowest } = setting.check_all(change, number, seed)?;
        writeln!(
            std::io::stdout(),
            "{number} texts {name}: {of_right_form} read, none opened, slowest {slowest:?}"
        )?;
    }
    Ok(())
}
