//! The KeyBlock: what is encrypted.
//!
//! Standard: ASC X9 TR 34, annex B and annex D (which spells version 0).

use der::Tag;
use key_types::SecretKey;

use crate::error::Detail;
use crate::identity::Identity;
use crate::layout::KeyBlockForm;
use crate::reader::Reader;
use crate::writer::{element, header, identifier, small_integer};
use crate::{Error, oid};

/// What a KeyBlock holds.
pub(crate) struct KeyBlock<'a> {
    pub(crate) form: KeyBlockForm,
    pub(crate) sender: Identity,
    pub(crate) key: SecretKey,
    /// The text of the header.
    pub(crate) header: &'a [u8],
}

impl<'a> KeyBlock<'a> {
    /// Reads content whose padding is off.
    ///
    /// Content that was signed is read here, but by whom is known only once the sender inside is
    /// compared: every reason is the same.
    pub(crate) fn read(content: &'a SecretKey) -> Result<Self, Detail> {
        Self::parts(content.expose_secret()).map_err(|_| Detail::KeyBlockMalformed)
    }

    fn parts(content: &'a [u8]) -> Result<Self, Error> {
        let mut parts = Reader::new(content, 0).only(Tag::Sequence)?.inside();
        let malformed = parts.malformed();
        let form = match parts.small_integer()? {
            0 => KeyBlockForm::Octets,
            1 => KeyBlockForm::Attribute,
            _ => return Err(malformed),
        };
        let sender = Identity::read(&mut parts)?;
        let key = parts.take(Tag::OctetString)?;
        let key = SecretKey::copied_from(key.contents).map_err(|_| malformed.clone())?;
        let header = match form {
            KeyBlockForm::Octets => parts.take(Tag::OctetString)?,
            KeyBlockForm::Attribute => {
                let mut attribute = parts.take(Tag::Sequence)?.inside();
                if attribute.identifier()? != oid::DATA {
                    return Err(malformed);
                }
                attribute.only(Tag::Set)?.inside().only(Tag::OctetString)?
            }
        };
        parts.finish()?;
        Ok(Self { form, sender, key, header: header.contents })
    }
}

/// Writes a KeyBlock into memory that is wiped.
///
/// # Errors
///
/// [`Error::KeyLengthForHeader`] if key and header together are longer than a key may be.
pub(crate) fn write(
    form: KeyBlockForm,
    sender: &Identity,
    key: &SecretKey,
    text: &str,
) -> Result<SecretKey, Error> {
    let octets = element(Tag::OctetString, &[text.as_bytes()]);
    let (version, behind) = match form {
        KeyBlockForm::Octets => (0, octets),
        KeyBlockForm::Attribute => {
            let set = element(Tag::Set, &[&octets]);
            (1, element(Tag::Sequence, &[&identifier(oid::DATA), &set]))
        }
    };
    let key_header = header(Tag::OctetString, key.length());
    let front = [small_integer(version), sender.to_der(), key_header].concat();
    let length = front.len().saturating_add(key.length()).saturating_add(behind.len());
    let outer = header(Tag::Sequence, length);
    let parts = [outer.as_slice(), &front, key.expose_secret(), &behind];
    let total = parts.iter().map(|part| part.len()).sum();
    SecretKey::filled_by(total, |bytes| {
        let mut rest = bytes;
        for part in parts {
            // The lengths add up to that of `bytes`.
            if let Some((target, behind)) = rest.split_at_mut_checked(part.len()) {
                target.copy_from_slice(part);
                rest = behind;
            } else {
                return;
            }
        }
    })
    .map_err(|_| Error::KeyLengthForHeader)
}
