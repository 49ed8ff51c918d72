//! Millions of broken tokens: none may panic, be taken as verified, or take long.
//!
//! `cargo run --release -p tr34 --example hammer [NUMBER [SEED]]` reads NUMBER byte strings,
//! 2,000,000 unless told otherwise, made from the tokens of the vectors by changes that follow from
//! SEED. Each is read as a token of any kind; key tokens that have the right form are verified by a
//! bound receiver. It fails at the first changed token that holds and at the first that takes 50 ms.
//! All cores take part; the tokens do not depend on how many there are.

use std::error::Error;
use std::io::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use payment_pki::{Certificate, TrustAnchor, UnixTime};
use test_vectors::{Hex, Test, data_directory, load};
use tr34::{Binding, Krd, KtKdh, Nonce, Policy, Token};

/// No token may take longer.
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

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes().first().copied().unwrap_or_default()
    }
}

/// A good token, and who takes it when.
struct Good {
    der: Vec<u8>,
    receiver: Option<(Krd, Certificate, Vec<u8>)>,
}

/// 2026-12-01, as the vectors have it.
const NOW: UnixTime = UnixTime::from_seconds(1_796_083_200);

fn text<'a>(test: &'a Test, name: &str) -> Option<&'a str> {
    test.members.get(name)?.as_str()
}

fn bytes(test: &Test, name: &str) -> Result<Vec<u8>, Failure> {
    let hex = test.members.get(name).ok_or("no such member")?;
    Ok(serde_json::from_value::<Hex>(hex.clone())?.as_bytes().to_vec())
}

/// The valid tokens of the vectors, with a receiver for those of two passes.
fn good_tokens() -> Result<Vec<Good>, Failure> {
    let mut tokens = Vec::new();
    for operation in ["tr34/open.json", "tr34/tokens.json"] {
        let file = load(&data_directory().join(operation))?;
        for test in file.test_groups.iter().flat_map(|group| &group.tests) {
            if test.error.is_some() {
                continue;
            }
            let anchor = test.members.get("trustAnchorsPem").and_then(|it| it.get(0)?.as_str());
            let receiver = match (text(test, "krdCertPem"), text(test, "kdhCertPem"), anchor) {
                (Some(own), Some(sender), Some(anchor))
                    if test.members.contains_key("expectedNonce") =>
                {
                    let anchors = vec![TrustAnchor::new(Certificate::from_pem(anchor)?)];
                    let policy = Policy::strict().with(tr34::Relaxation::WeakerRecipient);
                    let krd = Krd::new(Certificate::from_pem(own)?, anchors, policy)?;
                    let sender = Certificate::from_pem(sender)?;
                    Some((krd, sender, bytes(test, "expectedNonce")?))
                }
                _ => None,
            };
            tokens.push(Good { der: bytes(test, "token")?, receiver });
        }
    }
    Ok(tokens)
}

/// Bytes made from a good token by one to three changes, most of them in tags and lengths; often
/// the outermost length is made to fit again, so that reading goes on.
fn changed(good: &[u8], random: &mut Seeded) -> Vec<u8> {
    const TELLING: &[u8] =
        &[0x00, 0x01, 0x03, 0x04, 0x06, 0x30, 0x31, 0x7F, 0x80, 0x82, 0xA0, 0xA1, 0xFF];

    let mut bytes = good.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let byte = match random.below(2) {
            0 => random.byte(),
            _ => TELLING.get(random.below(TELLING.len())).copied().unwrap_or_default(),
        };
        match random.below(8) {
            0 => bytes.insert(at, byte),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let copied: Vec<u8> = bytes.iter().skip(at).take(24).copied().collect();
                bytes.splice(at..at, copied);
            }
            _ => {
                if let Some(changed) = bytes.get_mut(at) {
                    *changed = byte;
                }
            }
        }
    }
    let inner = u16::try_from(bytes.len().saturating_sub(4)).unwrap_or(u16::MAX).to_be_bytes();
    if let ([0x30, 0x82, length @ ..], true) = (bytes.as_mut_slice(), random.below(4) > 0) {
        length.iter_mut().zip(inner).for_each(|(byte, digit)| *byte = digit);
    }
    bytes
}

/// What was found.
#[derive(Default)]
struct Found {
    of_right_form: u32,
    slowest: Duration,
}

impl Found {
    /// Reads changed bytes, and verifies the token if they are one.
    fn check(&mut self, good: &Good, bytes: &[u8]) -> Result<(), Failure> {
        let start = Instant::now();
        self.of_right_form += u32::from(has_right_form(good, bytes)?);
        let mut took = start.elapsed();
        if took > LONGEST {
            // The machine may have been busy with something else; twice it will not be.
            let start = Instant::now();
            has_right_form(good, bytes)?;
            took = start.elapsed();
        }
        if took > LONGEST {
            return Err(format!("took {took:?}: {bytes:02X?}").into());
        }
        self.slowest = self.slowest.max(took);
        Ok(())
    }
}

/// Whether two tokens differ at most in how they name RSA with SHA-256: the algorithm of a signature
/// is not signed, and CMS names it by sha256WithRSAEncryption or, beside the digest, rsaEncryption
/// (RFC 5754, 3.2).
fn says_the_same(left: &[u8], right: &[u8]) -> bool {
    const SHA256_WITH_RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
    const RSA: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

    let is_named = |token: &[u8], end: usize, name: &[u8]| {
        token.get(..=end).is_some_and(|it| it.ends_with(name))
    };
    left.len() == right.len()
        && (0..left.len()).filter(|&at| left.get(at) != right.get(at)).all(|at| {
            let names = |a: &[u8], b: &[u8]| is_named(left, at, a) && is_named(right, at, b);
            names(&RSA, &SHA256_WITH_RSA) || names(&SHA256_WITH_RSA, &RSA)
        })
}

/// Whether changed bytes are a token; that token must not hold.
fn has_right_form(good: &Good, bytes: &[u8]) -> Result<bool, Failure> {
    let Ok(token) = Token::parse(bytes) else { return Ok(false) };
    if !token.to_string().starts_with(token.kind()) {
        return Err("a token that is not shown".into());
    }
    if let (Ok(token), Some((krd, sender, nonce))) = (KtKdh::parse(bytes), &good.receiver) {
        let binding = Binding::to(sender.clone());
        let mut binding = binding.with_outstanding_nonce(Nonce::new(nonce)?);
        if krd.verify(&mut binding, &token, NOW).is_ok() && !says_the_same(bytes, &good.der) {
            return Err(format!("changed and verified: {bytes:02X?}").into());
        }
    }
    Ok(true)
}

/// Makes and checks tokens, all cores together.
fn check_all(tokens: &[Good], number: u32, seed: u64) -> Result<Found, Failure> {
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
                let good = tokens.get(random.below(tokens.len())).ok_or("no good token")?;
                found.check(good, &changed(&good.der, &mut random))?;
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

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let number: u32 = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let Found { of_right_form, slowest } = check_all(&good_tokens()?, number, seed)?;
    writeln!(
        std::io::stdout(),
        "{number} tokens: {of_right_form} read, none verified, slowest {slowest:?}"
    )?;
    Ok(())
}
