//! Wrapping: from a header and a key to the text of a key block.

use alloc::string::String;
use alloc::vec::Vec;

use key_types::SecretKey;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::body::Facts;
use crate::header::{FIXED_LENGTH, check_count, check_length, total_length};
use crate::profile::Rules;
use crate::{Error, Header, Kbpk, OptionalBlock, OptionalBlockId, Profile, Version, hex, payload};

/// Wraps a key under a key block protection key.
///
/// The version is that of the header. The payload is padded with random bytes as if the key were
/// the longest of its algorithm, so its length says nothing. If the optional blocks need a
/// padding block, it is made here, last and filled with random characters; one that the header
/// has from a block that was opened is left out. Lengths of optional blocks are written as short
/// as they can be. What comes out is canonical, unless the key itself is not: single DES, a key
/// with equal parts, one that is stronger than the KBPK.
///
/// ```
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
/// use tr31::{Header, Kbpk, KeyBlock, Version};
///
/// let kbpk = Kbpk::aes(&SecretKey::filled_by(32, |bytes| bytes.fill(0x88))?)?;
/// let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x3F))?;
/// let header = Header::new(
///     Version::D,
///     KeyUsage::PinEncryption,
///     AlgorithmFamily::Aes,
///     ModeOfUse::EncryptDecrypt,
///     Exportability::NonExportable,
/// );
/// let block = tr31::wrap(&header, &key, &kbpk, &mut getrandom::SysRng)?;
/// assert_eq!(block.len(), 144);
/// assert_eq!(KeyBlock::parse(&block)?.open(&kbpk)?.header(), &header);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KbpkAlgorithmMismatch`] if the KBPK is not for the version,
/// [`Error::DeprecatedVersion`] for versions A and C; [`Error::KeyLengthForAlgorithm`],
/// [`Error::KeyDer`], [`Error::CertificateOfOtherKey`], [`Error::MissingHm`] or
/// [`Error::KcvMismatch`] if key, KBPK and header do not belong together;
/// [`Error::OptTooMany`] or [`Error::TooLong`] if there is no room, and
/// [`Error::RandomnessFailed`].
///
/// Standard: ANSI X9.143:2021, 6 and 7.
pub fn wrap(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Result<String, Error> {
    let version = header.version();
    kbpk.check_fits(version)?;
    if version.is_deprecated() {
        return Err(Error::DeprecatedVersion { version });
    }
    wrap_any_version(header, key, kbpk, random)
}

/// As [`wrap`], deprecated versions included; the KBPK fits.
pub(crate) fn wrap_any_version(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Result<String, Error> {
    let (version, family) = (header.version(), header.algorithm());
    payload::check_key_length(family, key.length())?;
    Facts::of(header).check(key, kbpk, &mut Rules::new(Profile::STRICT))?;

    let own = header.optional_blocks().iter().filter(|block| block.id() != OptionalBlockId::PB);
    let mut blocks: Vec<_> = own.cloned().map(OptionalBlock::in_canonical_form).collect();
    blocks.extend(padding_block(version, total_length(&blocks), random)?);
    let length = payload::hiding_length(version, family, key.length());
    let (mut payload, end_of_key) = payload::lay_out(key, length)?;
    fill(random, payload.split_at_mut(end_of_key).1)?;
    assemble(header, blocks.iter(), payload, kbpk)
}

/// The padding block that `length` characters of optional blocks need, if any.
///
/// Standard: ANSI X9.143:2021, 6.3.6.11.
fn padding_block(
    version: Version,
    length: usize,
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Result<Option<OptionalBlock>, Error> {
    /// Letters and digits only: some hosts use other characters as delimiters. There are 32, so
    /// that five random bits choose one evenly.
    const CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
    /// An id and a length.
    const SHORTEST: usize = 4;

    let multiple = version.row().block_length;
    let missing = match length.next_multiple_of(multiple) - length {
        0 => return Ok(None),
        missing if missing < SHORTEST => missing + multiple,
        missing => missing,
    };
    let mut characters = [0; 2 * 16];
    let characters = characters.split_at_mut(missing - SHORTEST).0;
    fill(random, characters)?;
    let character = |byte: &u8| CHARACTERS.get(usize::from(byte % 32)).copied().map(char::from);
    let data: String = characters.iter().filter_map(character).collect();
    OptionalBlock::new(OptionalBlockId::PB, &data).map(Some)
}

fn fill(random: &mut (impl TryCryptoRng + ?Sized), bytes: &mut [u8]) -> Result<(), Error> {
    if bytes.is_empty() {
        return Ok(());
    }
    random.try_fill_bytes(bytes).map_err(|_| Error::RandomnessFailed)
}

/// Writes the key block of a header with these optional blocks and a clear payload.
///
/// # Errors
///
/// [`Error::OptTooMany`] or [`Error::TooLong`].
pub(crate) fn assemble<'a>(
    header: &Header,
    blocks: impl Iterator<Item = &'a OptionalBlock> + Clone,
    mut payload: Zeroizing<Vec<u8>>,
    kbpk: &Kbpk,
) -> Result<String, Error> {
    let (version, count) = (header.version(), blocks.clone().count());
    let mut mac = [0; 16];
    let mac = mac.split_at_mut(version.row().mac_length).0;
    let header_length = FIXED_LENGTH + total_length(blocks.clone());
    let length = header_length + 2 * payload.len() + 2 * mac.len();
    check_count(count)?;
    check_length(length)?;

    let mut text = Vec::with_capacity(length);
    header.write_fixed(length, count, &mut text);
    blocks.for_each(|block| block.write(&mut text));
    kbpk.seal(version, &text, &mut payload, mac);
    text.resize(length, 0);
    let (payload_text, mac_text) =
        text.split_at_mut(header_length).1.split_at_mut(2 * payload.len());
    hex::encode(&payload, payload_text);
    hex::encode(mac, mac_text);
    Ok(String::from_utf8(text).expect("printable ASCII and hex digits"))
}
