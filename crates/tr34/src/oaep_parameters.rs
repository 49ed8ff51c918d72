//! The parameters of RSAES-OAEP, in their two forms.
//!
//! Standard: RFC 8017, A.2.1 (the printed samples of TR 34 leave its tags out).

use alloc::vec::Vec;

use der::Tag;
use rsa_wrap::WrappingSpec;

use crate::layout::OaepForm;
use crate::reader::{CONTEXT_0, CONTEXT_1, Reader, context};
use crate::writer::{NULL, algorithm, element, identifier};
use crate::{Error, oid};

/// What parameters say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OaepParameters {
    /// Their form, or `None` if there are none, which stands for SHA-1.
    pub(crate) form: Option<OaepForm>,
    pub(crate) scheme: OaepScheme,
}

/// The hashes of RSAES-OAEP; the label is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OaepScheme {
    /// SHA-1 and MGF1 with SHA-1: what absent parameters stand for. Read, never opened.
    Sha1,
    /// SHA-256 and MGF1 with SHA-256.
    Sha256,
    /// SHA-512 and MGF1 with SHA-512.
    Sha512,
}

impl OaepScheme {
    /// How the content key is unwrapped, or `None` for SHA-1.
    #[must_use]
    pub const fn wrapping_spec(self) -> Option<WrappingSpec> {
        match self {
            Self::Sha1 => None,
            Self::Sha256 => Some(WrappingSpec::RsaOaepSha256),
            Self::Sha512 => Some(WrappingSpec::RsaOaepSha512),
        }
    }

    fn of_hash(identifier: &[u8]) -> Option<Self> {
        match identifier {
            oid::SHA1 => Some(Self::Sha1),
            oid::SHA256 => Some(Self::Sha256),
            oid::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl OaepParameters {
    /// Reads the SEQUENCE of parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`]; [`Error::AlgorithmNotAllowed`] for other hashes, for two different
    /// ones, and for a label.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let sequence = reader.take(Tag::Sequence)?;
        let mut parts = sequence.inside();
        let not_allowed = || Error::AlgorithmNotAllowed { at: sequence.at };
        if parts.is_finished() {
            return Ok(Self { form: None, scheme: OaepScheme::Sha1 });
        }
        let form = if parts.next_is(Tag::Sequence) { OaepForm::Untagged } else { OaepForm::Tagged };
        let mut part = |number| match form {
            OaepForm::Untagged if parts.is_finished() => Ok(None),
            OaepForm::Untagged => parts.take(Tag::Sequence).map(Some),
            OaepForm::Tagged => match parts.take_optional(context(number))? {
                Some(explicit) => explicit.inside().only(Tag::Sequence).map(Some),
                None => Ok(None),
            },
        };
        let (hash, mask, label) = (part(0)?, part(1)?, part(2)?);
        parts.finish()?;

        let hash = match hash {
            None => OaepScheme::Sha1,
            Some(hash) => read_hash(hash.inside())?.ok_or_else(not_allowed)?,
        };
        let mask = match mask {
            None => OaepScheme::Sha1,
            Some(mask) => {
                let mut mask = mask.inside();
                if mask.identifier()? != oid::MGF1 {
                    return Err(not_allowed());
                }
                let hash = mask.only(Tag::Sequence)?;
                read_hash(hash.inside())?.ok_or_else(not_allowed)?
            }
        };
        if let Some(label) = label {
            let mut label = label.inside();
            let is_given = label.identifier()? == oid::P_SPECIFIED;
            if !(is_given && label.only(Tag::OctetString)?.contents.is_empty()) {
                return Err(not_allowed());
            }
        }
        if hash != mask {
            return Err(not_allowed());
        }
        Ok(Self { form: Some(form), scheme: hash })
    }

    /// The parameters for SHA-256, as the layouts have them.
    pub(crate) fn write(form: OaepForm) -> Vec<u8> {
        let hash = element(Tag::Sequence, &[&identifier(oid::SHA256), NULL]);
        match form {
            // The label is empty by default, and defaults are left out.
            OaepForm::Tagged => {
                let mask = element(Tag::Sequence, &[&identifier(oid::MGF1), &hash]);
                element(
                    Tag::Sequence,
                    &[&element(CONTEXT_0, &[&hash]), &element(CONTEXT_1, &[&mask])],
                )
            }
            OaepForm::Untagged => {
                let mask =
                    element(Tag::Sequence, &[&identifier(oid::MGF1), &algorithm(oid::SHA256)]);
                let empty = element(Tag::OctetString, &[]);
                let label = element(Tag::Sequence, &[&identifier(oid::P_SPECIFIED), &empty]);
                element(Tag::Sequence, &[&hash, &mask, &label])
            }
        }
    }
}

/// A hash, whose parameters are NULL or absent.
fn read_hash(mut parts: Reader<'_>) -> Result<Option<OaepScheme>, Error> {
    let hash = OaepScheme::of_hash(parts.identifier()?);
    read_null(&mut parts)?;
    Ok(hash)
}

/// NULL, or nothing.
pub(crate) fn read_null(parts: &mut Reader<'_>) -> Result<bool, Error> {
    let malformed = parts.malformed();
    let null = parts.take_optional(Tag::Null)?;
    parts.finish()?;
    match null {
        Some(null) if !null.contents.is_empty() => Err(malformed),
        null => Ok(null.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_as_written() {
        for form in [OaepForm::Tagged, OaepForm::Untagged] {
            let written = OaepParameters::write(form);
            let read = OaepParameters::read(&mut Reader::new(&written, 0));
            assert_eq!(read, Ok(OaepParameters { form: Some(form), scheme: OaepScheme::Sha256 }));
            for end in 0..written.len() {
                let cut = written.get(..end).unwrap();
                assert!(OaepParameters::read(&mut Reader::new(cut, 0)).is_err());
            }
        }
    }

    #[test]
    fn defaults_are_sha1_and_a_mixture_is_refused() {
        let read = |bytes: &[u8]| OaepParameters::read(&mut Reader::new(bytes, 0));
        let scheme = OaepScheme::Sha1;
        assert_eq!(read(&[0x30, 0x00]), Ok(OaepParameters { form: None, scheme }));
        let hash = element(Tag::Sequence, &[&identifier(oid::SHA256), NULL]);
        let alone = element(Tag::Sequence, &[&element(CONTEXT_0, &[&hash])]);
        assert_eq!(read(&alone), Err(Error::AlgorithmNotAllowed { at: 0 }));
        let label = element(Tag::OctetString, &[b"label"]);
        let label = element(Tag::Sequence, &[&identifier(oid::P_SPECIFIED), &label]);
        let labelled = element(Tag::Sequence, &[&element(context(2), &[&label])]);
        assert_eq!(read(&labelled), Err(Error::AlgorithmNotAllowed { at: 0 }));
    }
}
