//! ImportKey on the wire.

use rsa_wrap::WrappingSpec;
use serde_json::Value;

use super::certificate::GivenCertificate;
use super::export_key::{RandomNonce, Tr34KeyBlockFormat};
use super::members::{FromJson, Members, text_of};
use super::text::KeyIdentifier;
use crate::error::{Error, Member};
use crate::identity::ImportToken;
use crate::import::{CertificateWish, CryptogramImport, Form, Tr31Import, Tr34Import, WrapperWish};
use crate::key::{KeyAttributes, KeyClass};
use crate::{Named, Rule};

/// The ways in that the API has; the first five are offered.
const FORMS: &[&str] = &[
    "RootCertificatePublicKey",
    "TrustedCertificatePublicKey",
    "Tr31KeyBlock",
    "Tr34KeyBlock",
    "KeyCryptogram",
    "DiffieHellmanTr31KeyBlock",
    "As2805KeyCryptogram",
];
const OFFERED: &str = "RootCertificatePublicKey, TrustedCertificatePublicKey, Tr31KeyBlock, \
     Tr34KeyBlock, KeyCryptogram";

impl FromJson for Form {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut union = Members::of(value, at)?;
        let (name, form) = union.one_of(FORMS)?;
        union.finish()?;
        let at = at.member(name);
        let mut members = Members::of(form, &at)?;
        let form = match name {
            "RootCertificatePublicKey" => Self::Certificate(certificate(&mut members, true)?),
            "TrustedCertificatePublicKey" => Self::Certificate(certificate(&mut members, false)?),
            "Tr31KeyBlock" => Self::Tr31(tr31(&mut members)?),
            "Tr34KeyBlock" => Self::Tr34(Box::new(tr34(&mut members)?)),
            "KeyCryptogram" => Self::Cryptogram(cryptogram(&mut members)?),
            _ => return Err(Error::invalid(at, Rule::NotOffered { offered: OFFERED })),
        };
        members.finish()?;
        Ok(form)
    }
}

/// Attributes of a class.
fn attributes(members: &mut Members, class: KeyClass) -> Result<KeyAttributes, Error> {
    let attributes: KeyAttributes = members.required("KeyAttributes")?;
    if attributes.class() == class {
        return Ok(attributes);
    }
    let at = members.at().member("KeyAttributes").member("KeyClass");
    Err(Error::invalid(at, Rule::OneOf { names: vec![class.name()] }))
}

fn certificate(members: &mut Members, is_root: bool) -> Result<CertificateWish, Error> {
    let attributes = attributes(members, KeyClass::PublicKey)?;
    let certificate = members.required("PublicKeyCertificate")?;
    let authority = if is_root {
        None
    } else {
        Some(members.required("CertificateAuthorityPublicKeyIdentifier")?)
    };
    Ok(CertificateWish { attributes, certificate, authority })
}

fn tr31(members: &mut Members) -> Result<Tr31Import, Error> {
    let wrapping_key = members.required("WrappingKeyIdentifier")?;
    let WrappedKeyBlock(block) = members.required("WrappedKeyBlock")?;
    Ok(Tr31Import { wrapping_key, block, at: members.at().member("WrappedKeyBlock") })
}

fn tr34(members: &mut Members) -> Result<Tr34Import, Error> {
    let authority = members.required("CertificateAuthorityPublicKeyIdentifier")?;
    let signer = members.required("SigningKeyCertificate")?;
    let _: Tr34KeyBlockFormat = members.required("KeyBlockFormat")?;
    let wrapper = wrapper(members)?;
    let WrappedHex::<2, 4096>(token) = members.required("WrappedKeyBlock")?;
    let nonce: Option<RandomNonce> = members.optional("RandomNonce")?;
    Ok(Tr34Import {
        authority,
        signer,
        wrapper,
        token,
        at: members.at().member("WrappedKeyBlock"),
        nonce: nonce.map(|RandomNonce(nonce)| nonce),
    })
}

/// Reads a token, or a wrapping key with its certificate; an empty token is none.
fn wrapper(members: &mut Members) -> Result<WrapperWish, Error> {
    let token: Option<TokenText> = members.optional("ImportToken")?;
    let key: Option<KeyIdentifier> = members.optional("WrappingKeyIdentifier")?;
    let certificate: Option<GivenCertificate> = members.optional("WrappingKeyCertificate")?;
    match (token.and_then(|TokenText(token)| token), key, certificate) {
        (Some(token), None, None) => {
            Ok(WrapperWish::Token { token, at: members.at().member("ImportToken") })
        }
        (None, Some(key), Some(certificate)) => Ok(WrapperWish::Own { key, certificate }),
        _ => Err(Error::invalid(members.at().clone(), Rule::WrapperUnclear)),
    }
}

fn cryptogram(members: &mut Members) -> Result<CryptogramImport, Error> {
    let attributes = attributes(members, KeyClass::SymmetricKey)?;
    let exportable = members.required("Exportable")?;
    let WrappedHex::<16, 4096>(cryptogram) = members.required("WrappedKeyCryptogram")?;
    let token_at = members.at().member("ImportToken");
    let TokenText(token) = members.required("ImportToken")?;
    let token = token.ok_or_else(|| Error::invalid(token_at.clone(), Rule::ImportToken))?;
    let spec = members.optional("WrappingSpec")?.unwrap_or(WrappingSpec::RsaOaepSha256);
    Ok(CryptogramImport {
        attributes,
        exportable,
        cryptogram,
        at: members.at().member("WrappedKeyCryptogram"),
        token,
        token_at,
        spec,
    })
}

/// The text of a key block.
struct WrappedKeyBlock(String);

impl FromJson for WrappedKeyBlock {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^[0-9A-Za-z]+$" };
        let text = text_of(value, at, 56, 9984)?;
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(text));
        }
        Err(Error::invalid(at.clone(), PATTERN))
    }
}

/// Bytes as upper-case hex digits, `LEAST` to `MOST` of them.
struct WrappedHex<const LEAST: usize, const MOST: usize>(Vec<u8>);

impl<const LEAST: usize, const MOST: usize> FromJson for WrappedHex<LEAST, MOST> {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^[0-9A-F]+$, an even number of digits" };
        let text = text_of(value, at, LEAST, MOST)?;
        base16ct::upper::decode_vec(&text)
            .map(Self)
            .map_err(|_| Error::invalid(at.clone(), PATTERN))
    }
}

/// An import token; the pattern of the API allows an empty one.
struct TokenText(Option<ImportToken>);

impl FromJson for TokenText {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^(import-token-[0-9a-zA-Z]{16,64})?$" };
        let text = String::from_json(value, at)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let token = text.parse().map_err(|_| Error::invalid(at.clone(), PATTERN))?;
        Ok(Self(Some(token)))
    }
}
