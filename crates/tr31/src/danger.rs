//! What a test or a migration needs and an exporter must not use: exact padding, deprecated
//! versions, the derived keys.

use alloc::string::String;

use key_types::SecretKey;
use rand_core::TryCryptoRng;

use crate::binding::Role;
use crate::header::{FIXED_LENGTH, total_length};
use crate::{Error, Header, Kbpk, OptionalBlock, OptionalBlockId, Version, payload, wrap};

/// An optional block with any printable data, whether or not it is what the id asks for.
///
/// A strict reader refuses a block whose content does not fit its type: this is for whoever
/// carries blocks of others through as they are.
///
/// ```
/// use tr31::{OptionalBlock, OptionalBlockId, danger};
///
/// assert!(OptionalBlock::new(OptionalBlockId::BI, "1112345678").is_err());
/// let block = danger::optional_block_with_any_content(OptionalBlockId::BI, "1112345678")?;
/// assert_eq!(block.data(), "1112345678");
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::OptDataInvalid`] if a character is not printable ASCII, and [`Error::TooLong`] if no
/// key block has room for it.
pub fn optional_block_with_any_content(
    id: OptionalBlockId,
    data: &str,
) -> Result<OptionalBlock, Error> {
    OptionalBlock::with_any_content(id, data)
}

/// A header with one more optional block, which may be a padding block.
///
/// ```
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse};
/// use tr31::danger::with_any_optional_block;
/// use tr31::{Header, OptionalBlock, OptionalBlockId, Version};
///
/// # let header = Header::new(
/// #     Version::D,
/// #     KeyUsage::PinEncryption,
/// #     AlgorithmFamily::Tdes,
/// #     ModeOfUse::Encrypt,
/// #     Exportability::Exportable,
/// # );
/// let padding = OptionalBlock::new(OptionalBlockId::PB, "000000000000")?;
/// assert!(header.clone().with_optional_block(padding.clone()).is_err());
/// let header = with_any_optional_block(header, padding)?;
/// assert_eq!(header.optional_blocks().len(), 1);
/// # Ok::<(), tr31::Error>(())
/// ```
///
/// # Errors
///
/// As [`Header::with_optional_block`], save that padding is allowed.
pub fn with_any_optional_block(header: Header, block: OptionalBlock) -> Result<Header, Error> {
    header.with_any_block(block)
}

/// Wraps a key as [`wrap`](crate::wrap()) does, in a deprecated version too: A and C bind by key
/// variants, which protect less than a derivation.
///
/// ```
/// use getrandom::SysRng;
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
/// use tr31::danger::wrap_variant_binding;
/// use tr31::{Error, Header, Kbpk, KeyBlock, Version};
///
/// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
/// let header = Header::new(
///     Version::A,
///     KeyUsage::PinEncryption,
///     AlgorithmFamily::Tdes,
///     ModeOfUse::Encrypt,
///     Exportability::Exportable,
/// );
/// let kbpk = Kbpk::tdes(&key)?;
/// let refused = tr31::wrap(&header, &key, &kbpk, &mut SysRng);
/// assert_eq!(refused, Err(Error::DeprecatedVersion { version: Version::A }));
/// let text = wrap_variant_binding(&header, &key, &kbpk, &mut SysRng)?;
/// assert!(KeyBlock::parse(&text)?.open(&kbpk).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`wrap`](crate::wrap()), save that every version is allowed.
pub fn wrap_variant_binding(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    random: &mut (impl TryCryptoRng + ?Sized),
) -> Result<String, Error> {
    kbpk.check_fits(header.version())?;
    wrap::wrap_any_version(header, key, kbpk, random)
}

/// Wraps a key with exactly the optional blocks of the header and exactly this padding behind the
/// key, in any version.
///
/// With the right arguments this reproduces any key block character for character. Nothing hides
/// the length of the key unless `padding` does, and padding that is not random weakens the
/// encryption: only tests have a use for it.
///
/// ```
/// use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};
/// use tr31::danger::wrap_exact;
/// use tr31::{Header, Kbpk, Version};
///
/// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
/// let header = Header::new(
///     Version::B,
///     KeyUsage::PinEncryption,
///     AlgorithmFamily::Tdes,
///     ModeOfUse::Encrypt,
///     Exportability::Exportable,
/// );
/// let (kbpk, padding) = (Kbpk::tdes(&key)?, [0; 14]);
/// let text = wrap_exact(&header, &key, &kbpk, &padding)?;
/// assert_eq!(wrap_exact(&header, &key, &kbpk, &padding)?, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KbpkAlgorithmMismatch`]; [`Error::PbNotLast`] and [`Error::OptUnaligned`] if the
/// optional blocks are not as a reader wants them; [`Error::PayloadLength`] if key and padding
/// are not whole cipher blocks; [`Error::TooLong`].
pub fn wrap_exact(
    header: &Header,
    key: &SecretKey,
    kbpk: &Kbpk,
    padding: &[u8],
) -> Result<String, Error> {
    let version = header.version();
    kbpk.check_fits(version)?;
    let blocks = header.optional_blocks();
    let at = FIXED_LENGTH + total_length(blocks);
    let multiple = version.row().block_length;
    if !at.is_multiple_of(multiple) {
        return Err(Error::OptUnaligned { at, multiple });
    }
    let (mut payload, end_of_key) = payload::lay_out(key, 2 + key.length() + padding.len())?;
    if !payload.len().is_multiple_of(version.row().payload_unit) {
        return Err(Error::PayloadLength { at, found: 2 * payload.len() });
    }
    payload.split_at_mut(end_of_key).1.copy_from_slice(padding);
    wrap::assemble(header, blocks.iter(), payload, kbpk)
}

/// The encryption key (KBEK) and the authentication key (KBAK) that a KBPK has for a version.
///
/// ```
/// use key_types::SecretKey;
/// use tr31::danger::derived_keys;
/// use tr31::{Kbpk, Version};
///
/// # let key = SecretKey::copied_from(b"\x89\xE8\x8C\xF7\x93\x14\x44\xF3\x34\xBD\x75\x47\xFC\x3F\x38\x0C")?;
/// let (kbek, kbak) = derived_keys(Version::B, &Kbpk::tdes(&key)?)?;
/// assert_eq!((kbek.length(), kbak.length()), (16, 16));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::KbpkAlgorithmMismatch`] if the KBPK is not for the version.
///
/// Standard: ANSI X9.143:2021, 6.2.
pub fn derived_keys(version: Version, kbpk: &Kbpk) -> Result<(SecretKey, SecretKey), Error> {
    kbpk.check_fits(version)?;
    let key = |role| {
        let write = |key: &mut [u8]| kbpk.write_key(version, role, key);
        let refusal = |_| Error::KbpkLength { family: kbpk.family(), found: kbpk.length() };
        SecretKey::filled_by(kbpk.length(), write).map_err(refusal)
    };
    Ok((key(Role::Encryption)?, key(Role::Authentication)?))
}
