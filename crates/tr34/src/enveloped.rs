//! The EnvelopedData: who can read a key block, and the key block encrypted.
//!
//! Standard: RFC 5652, 6.1; ASC X9 TR 34, annex B.

use alloc::vec::Vec;

use der::Tag;

use crate::layout::{Choices, ContentForm, OaepForm, Placement};
use crate::oaep_parameters::OaepParameters;
use crate::reader::{Element, PRIMITIVE_0, Reader};
use crate::writer::{element, identifier, small_integer};
use crate::{ContentCipher, Error, Finding, Identity, Layout, OaepScheme, oid};

/// An EnvelopedData that was read.
#[derive(Clone, Debug)]
pub(crate) struct Enveloped<'a> {
    pub(crate) layout: Layout,
    pub(crate) recipient: Identity,
    pub(crate) scheme: OaepScheme,
    /// Where the parameters of RSAES-OAEP stand.
    pub(crate) oaep_at: usize,
    pub(crate) encrypted_key: &'a [u8],
    pub(crate) cipher: ContentCipher,
    pub(crate) iv: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
}

impl<'a> Enveloped<'a> {
    /// Reads the content of a SignedData, in whatever form it is.
    pub(crate) fn read(content: &Element<'a>, findings: &mut Vec<Finding>) -> Result<Self, Error> {
        let (form, mut parts) = read_form(content)?;
        let at = parts.at();
        match parts.small_integer()? {
            0 => (),
            1..=4 => findings.push(Finding::EnvelopedDataVersion { at }),
            _ => return Err(Error::Malformed { at }),
        }
        let mut recipients = parts.take(Tag::Set)?.inside();
        let recipient = recipients.take(Tag::Sequence)?;
        if !recipients.is_finished() {
            return Err(Error::TooMany { at: recipients.at(), most: 1 });
        }
        let recipient = Recipient::read(recipient.inside())?;
        let content = EncryptedContent::read(parts.take(Tag::Sequence)?.inside())?;
        parts.finish()?;

        let (oaep_at, parameters) = recipient.oaep;
        let oaep = parameters.form.unwrap_or(OaepForm::Tagged);
        let layout = Layout::of(form, content.placement, oaep);
        let Choices { ciphertext, oaep: usual, .. } = layout.choices();
        if oaep != usual {
            findings.push(Finding::OaepForm { at: oaep_at });
        }
        if content.placement != ciphertext {
            findings.push(Finding::CiphertextPlacement { at: content.at });
        }
        Ok(Self {
            layout,
            recipient: recipient.identity,
            scheme: parameters.scheme,
            oaep_at,
            encrypted_key: recipient.encrypted_key,
            cipher: content.cipher,
            iv: content.iv,
            ciphertext: content.ciphertext,
        })
    }
}

/// Whether content has a tag and a length of its own, and a reader of what is inside.
pub(crate) fn read_form<'a>(content: &Element<'a>) -> Result<(ContentForm, Reader<'a>), Error> {
    let inside = content.inside();
    if inside.next_is(Tag::Sequence) {
        return Ok((ContentForm::Sequence, inside.only(Tag::Sequence)?.inside()));
    }
    Ok((ContentForm::ContentsOnly, inside))
}

/// The one KeyTransRecipientInfo.
struct Recipient<'a> {
    identity: Identity,
    oaep: (usize, OaepParameters),
    encrypted_key: &'a [u8],
}

impl<'a> Recipient<'a> {
    fn read(mut parts: Reader<'a>) -> Result<Self, Error> {
        let malformed = parts.malformed();
        if parts.small_integer()? != 0 {
            return Err(malformed);
        }
        let identity = Identity::read(&mut parts)?;
        let algorithm = parts.take(Tag::Sequence)?;
        let mut inside = algorithm.inside();
        if inside.identifier()? != oid::RSAES_OAEP {
            return Err(Error::AlgorithmNotAllowed { at: algorithm.at });
        }
        let at = inside.at();
        let parameters = OaepParameters::read(&mut inside)?;
        inside.finish()?;
        let encrypted_key = parts.take(Tag::OctetString)?.contents;
        parts.finish()?;
        Ok(Self { identity, oaep: (at, parameters), encrypted_key })
    }
}

/// The EncryptedContentInfo.
struct EncryptedContent<'a> {
    placement: Placement,
    /// Where the ciphertext begins.
    at: usize,
    cipher: ContentCipher,
    iv: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> EncryptedContent<'a> {
    fn read(mut parts: Reader<'a>) -> Result<Self, Error> {
        let malformed = parts.malformed();
        if parts.identifier()? != oid::DATA {
            return Err(malformed);
        }
        let algorithm = parts.take(Tag::Sequence)?;
        let mut inside = algorithm.inside();
        let cipher = ContentCipher::of_identifier(inside.identifier()?)
            .ok_or(Error::AlgorithmNotAllowed { at: algorithm.at })?;
        let iv = inside.take(Tag::OctetString)?;
        if iv.contents.len() != cipher.block_length() {
            return Err(Error::Malformed { at: iv.at });
        }
        let (placement, ciphertext) = match inside.take_optional(PRIMITIVE_0)? {
            Some(ciphertext) => (Placement::Inside, ciphertext),
            None => (Placement::Beside, parts.take(PRIMITIVE_0)?),
        };
        inside.finish()?;
        parts.finish()?;
        let length = ciphertext.contents.len();
        if length == 0 || !length.is_multiple_of(cipher.block_length()) {
            return Err(Error::Malformed { at: ciphertext.at });
        }
        Ok(Self {
            placement,
            at: ciphertext.at,
            cipher,
            iv: iv.contents,
            ciphertext: ciphertext.contents,
        })
    }
}

/// Writes the content of a SignedData.
pub(crate) fn write(
    choices: &Choices,
    recipient: &Identity,
    encrypted_key: &[u8],
    (cipher, iv, ciphertext): (ContentCipher, &[u8], &[u8]),
) -> Vec<u8> {
    let parameters = OaepParameters::write(choices.oaep);
    let algorithm = element(Tag::Sequence, &[&identifier(oid::RSAES_OAEP), &parameters]);
    let encrypted_key = element(Tag::OctetString, &[encrypted_key]);
    let recipient = element(
        Tag::Sequence,
        &[&small_integer(0), &recipient.to_der(), &algorithm, &encrypted_key],
    );
    let recipients = element(Tag::Set, &[&recipient]);

    let (name, iv) = (identifier(cipher.identifier()), element(Tag::OctetString, &[iv]));
    let ciphertext = element(PRIMITIVE_0, &[ciphertext]);
    let data = identifier(oid::DATA);
    let content = match choices.ciphertext {
        Placement::Beside => {
            let algorithm = element(Tag::Sequence, &[&name, &iv]);
            element(Tag::Sequence, &[&data, &algorithm, &ciphertext])
        }
        Placement::Inside => {
            let algorithm = element(Tag::Sequence, &[&name, &iv, &ciphertext]);
            element(Tag::Sequence, &[&data, &algorithm])
        }
    };
    let parts = [small_integer(0), recipients, content].concat();
    in_form(choices.content, parts)
}

/// Gives content its tag and length, if its form has them.
pub(crate) fn in_form(form: ContentForm, contents: Vec<u8>) -> Vec<u8> {
    match form {
        ContentForm::Sequence => element(Tag::Sequence, &[&contents]),
        ContentForm::ContentsOnly => contents,
    }
}
