//! Key blocks for another implementation to open, and the check of those that it made.
//!
//! A line has the KBPK and the key in hex, and the block. Keys stand here in clear: they are made
//! for the comparison and used for nothing else. The algorithm of the KBPK is that of the version.

use anyhow::{Context, ensure};
use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse, SecretKey};
use test_support::{Seeded, hex, unhex};
use tr31::{Header, HmacHash, Kbpk, KeyBlock, OptionalBlock, Version, danger};

fn kbpk(version: Version, key: &[u8]) -> anyhow::Result<Kbpk> {
    let key = SecretKey::copied_from(key)?;
    let is_tdes = version.kbpk_family() == AlgorithmFamily::Tdes;
    Ok(if is_tdes { Kbpk::tdes(&key)? } else { Kbpk::aes(&key)? })
}

/// A line with random attributes, optional blocks of the short form, and a random key.
pub(super) fn make(random: &mut Seeded) -> anyhow::Result<String> {
    fn choose<T: Copy>(random: &Seeded, choices: &[T]) -> anyhow::Result<T> {
        random.one_of(choices).copied().context("there is nothing to choose from")
    }
    let version = choose(random, &[Version::A, Version::B, Version::C, Version::D])?;
    let (algorithm, lengths): (_, &[usize]) = choose(
        random,
        &[
            (AlgorithmFamily::Tdes, [16, 24].as_slice()),
            (AlgorithmFamily::Aes, &[16, 24, 32]),
            (AlgorithmFamily::Des, &[8]),
            (AlgorithmFamily::Hmac, &[16, 20, 33, 64]),
        ],
    )?;
    let mut header = Header::new(
        version,
        choose(random, KeyUsage::ALL)?,
        algorithm,
        choose(random, ModeOfUse::ALL)?,
        choose(random, Exportability::ALL)?,
    )
    .with_key_version(KeyVersion::from_code(choose(random, &[*b"00", *b"c1", *b"A7", *b"12"])?)?);
    if algorithm == AlgorithmFamily::Hmac {
        header = header.with_optional_block(OptionalBlock::hmac_hash(HmacHash::Sha256))?;
    }
    if random.below(2) == 0 {
        let label = "a label / ~".repeat(random.below(20));
        header = header.with_optional_block(OptionalBlock::label(&label)?)?;
    }
    let is_tdes = version.kbpk_family() == AlgorithmFamily::Tdes;
    let kbpk_lengths: &[usize] = if is_tdes { &[16, 24] } else { &[16, 24, 32] };
    let kbpk_bytes = random.bytes(choose(random, kbpk_lengths)?);
    let key = random.bytes(choose(random, lengths)?);
    let (wrapping, secret) = (kbpk(version, &kbpk_bytes)?, SecretKey::copied_from(&key)?);
    let block = danger::wrap_variant_binding(&header, &secret, &wrapping, random)?;
    Ok(format!("{} {} {block}\n", hex(&kbpk_bytes), hex(&key)))
}

/// Opens the block of a line.
///
/// # Errors
///
/// When it does not hold its key, or is not printed again as it was.
pub(super) fn open(line: &str) -> anyhow::Result<()> {
    let mut fields = line.splitn(3, ' ');
    let mut field = || fields.next().with_context(|| format!("not three fields: {line}"));
    let (kbpk_bytes, key, text) = (unhex(field()?), unhex(field()?), field()?);
    let opened = KeyBlock::parse(text).map_err(anyhow::Error::from).and_then(|block| {
        ensure!(block.to_string() == text, "printed otherwise");
        Ok(block.clone().open(&kbpk(block.unverified_header().version(), &kbpk_bytes)?)?)
    });
    let opened = opened.with_context(|| line.to_owned())?;
    ensure!(opened.key().expose_secret() == key, "another key in {line}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_made_open() {
        let random = &mut Seeded::new(31);
        for _ in 0..50 {
            let line = make(random).unwrap();
            open(line.trim_end()).unwrap();
            let changed = if line.ends_with("0\n") { "1" } else { "0" };
            open(&format!("{}{changed}", &line[..line.len() - 2])).unwrap_err();
        }
    }
}
