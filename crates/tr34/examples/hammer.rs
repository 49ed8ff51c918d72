//! Millions of broken tokens: none may panic, be taken as verified, or take long.
//!
//! `cargo run --release -p tr34 --example hammer [NUMBER [SEED]]` reads NUMBER byte strings,
//! 2,000,000 unless told otherwise, made from the tokens of the vectors by changes that follow from
//! SEED. Each is read as a token of any kind; key tokens that have the right form are verified by a
//! bound receiver. It fails at the first changed token that holds and at the first that takes 50 ms.

use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use payment_pki::{Certificate, TrustAnchor, UnixTime};
use test_vectors::{Hex, Test, data_directory, load};
use tr34::{Binding, Krd, KtKdh, Nonce, Policy, Token};

/// No token may take longer.
const LONGEST: Duration = Duration::from_millis(50);

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

fn bytes(test: &Test, name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let hex = test.members.get(name).ok_or("no such member")?;
    Ok(serde_json::from_value::<Hex>(hex.clone())?.as_bytes().to_vec())
}

/// The valid tokens of the vectors, with a receiver for those of two passes.
fn good_tokens() -> Result<Vec<Good>, Box<dyn Error>> {
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

/// Reads a changed token and verifies it if it is one; gives whether it had the right form.
fn check(good: &Good, bytes: &[u8]) -> Result<bool, Box<dyn Error>> {
    let Ok(token) = Token::parse(bytes) else { return Ok(false) };
    if !token.to_string().starts_with(token.kind()) {
        return Err("a token that is not shown".into());
    }
    if let (Ok(token), Some((krd, sender, nonce))) = (KtKdh::parse(bytes), &good.receiver) {
        let binding = Binding::to(sender.clone());
        let mut binding = binding.with_outstanding_nonce(Nonce::new(nonce)?);
        if krd.verify(&mut binding, &token, NOW).is_ok() && bytes != good.der {
            return Err(format!("changed and verified: {bytes:02X?}").into());
        }
    }
    Ok(true)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let number: u32 = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let mut random = Seeded(arguments.next().map_or(Ok(1), |text| text.parse())?);
    let tokens = good_tokens()?;
    let (mut of_right_form, mut slowest) = (0_u32, Duration::ZERO);
    for _ in 0..number {
        let good = tokens.get(random.below(tokens.len())).ok_or("no good token")?;
        let bytes = changed(&good.der, &mut random);
        let start = Instant::now();
        of_right_form += u32::from(check(good, &bytes)?);
        let mut took = start.elapsed();
        if took > LONGEST {
            // The machine may have been busy with something else; twice it will not be.
            let start = Instant::now();
            check(good, &bytes)?;
            took = start.elapsed();
        }
        if took > LONGEST {
            return Err(format!("took {took:?}: {bytes:02X?}").into());
        }
        slowest = slowest.max(took);
    }
    writeln!(
        std::io::stdout(),
        "{number} tokens: {of_right_form} read, none verified, slowest {slowest:?}"
    )?;
    Ok(())
}
