//! ExportKey on the wire.

use std::collections::BTreeMap;

use key_types::{Exportability, KeyVersion};
use rsa_wrap::WrappingSpec;
use serde::Serialize;
use serde_json::{Map, Value};
use tr31::{OptionalBlock, OptionalBlockId, danger};
use tr34::Nonce;

use super::certificate::GivenCertificate;
use super::members::{FromJson, Members, check_length, text_of};
use super::text::KeyIdentifier;
use crate::Named;
use crate::approval::Approval;
use crate::error::{Error, Member};
use crate::export::{
    CryptogramWish, Form, HeaderWishes, InitialKeyWish, ReceiverWish, Request, SignerWish,
    Tr31Wish, Tr34Wish, WrappedKey,
};
use crate::identity::ExportToken;
use crate::key::KeyCheckValueAlgorithm;
use crate::names::named_enum;
use crate::receipt::Receipt;
use crate::rules::{ModeFlags, Rule};

/// The ways out that the API has; the first three are offered.
const FORMS: &[&str] = &[
    "Tr31KeyBlock",
    "Tr34KeyBlock",
    "KeyCryptogram",
    "DiffieHellmanTr31KeyBlock",
    "As2805KeyCryptogram",
];
const OFFERED: &str = "Tr31KeyBlock, Tr34KeyBlock, KeyCryptogram";

/// The optional blocks together have at most so many characters, with 4 for each id and length.
const MOST_BLOCK_CHARACTERS: usize = 112;

/// Reads a request; every refusal names the member and the rule.
pub(crate) fn parse_export_key(members: &mut Members) -> Result<Request, Error> {
    let key = members.required("ExportKeyIdentifier")?;
    let form = members.required("KeyMaterial")?;
    let attributes: ExportAttributes = members.optional("ExportAttributes")?.unwrap_or_default();
    let ExportAttributes { initial_key, check_value } = attributes;
    Ok(Request { key, form, initial_key, check_value })
}

impl FromJson for Form {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut union = Members::of(value, at)?;
        let (name, form) = union.one_of(FORMS)?;
        union.finish()?;
        let at = at.member(name);
        match name {
            "Tr31KeyBlock" => FromJson::from_json(form, &at).map(Self::Tr31),
            "Tr34KeyBlock" => FromJson::from_json(form, &at).map(Box::new).map(Self::Tr34),
            "KeyCryptogram" => FromJson::from_json(form, &at).map(Self::Cryptogram),
            _ => Err(Error::invalid(at, Rule::NotOffered { offered: OFFERED })),
        }
    }
}

impl FromJson for Tr31Wish {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let wrapping_key: KeyIdentifier = members.required("WrappingKeyIdentifier")?;
        let header = members.optional("KeyBlockHeaders")?.unwrap_or_default();
        members.finish()?;
        Ok(Self { wrapping_key, header })
    }
}

named_enum! {
    /// The layout of a TR-34 key token.
    pub(super) enum Tr34KeyBlockFormat {
        /// That of X9 TR-34 2012, the only one.
        X9Tr34_2012 = "X9_TR34_2012",
    }
}

impl FromJson for Tr34Wish {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let receiver = receiver(&mut members)?;
        let _: Tr34KeyBlockFormat = members.required("KeyBlockFormat")?;
        let signer = signer(&mut members)?;
        let nonce: Option<RandomNonce> = members.optional("RandomNonce")?;
        let header = members.optional("KeyBlockHeaders")?.unwrap_or_default();
        members.finish()?;
        Ok(Self { receiver, signer, nonce: nonce.map(|RandomNonce(nonce)| nonce), header })
    }
}

impl FromJson for CryptogramWish {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let receiver = receiver(&mut members)?;
        let spec = members.optional("WrappingSpec")?.unwrap_or(WrappingSpec::RsaOaepSha256);
        members.finish()?;
        Ok(Self { at: at.clone(), receiver, spec })
    }
}

impl Named for WrappingSpec {
    fn table() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.iter().map(|&spec| (spec.code(), spec))
    }

    fn name(self) -> &'static str {
        self.code()
    }
}

fn receiver(members: &mut Members) -> Result<ReceiverWish, Error> {
    Ok(ReceiverWish {
        authority: members.required("CertificateAuthorityPublicKeyIdentifier")?,
        certificate: members.required("WrappingKeyCertificate")?,
    })
}

/// Reads a token, or a signing key with its certificate; an empty token is none.
fn signer(members: &mut Members) -> Result<SignerWish, Error> {
    let token: Option<TokenText> = members.optional("ExportToken")?;
    let key: Option<KeyIdentifier> = members.optional("SigningKeyIdentifier")?;
    let certificate: Option<GivenCertificate> = members.optional("SigningKeyCertificate")?;
    match (token.and_then(|TokenText(token)| token), key, certificate) {
        (Some(token), None, None) => {
            Ok(SignerWish::Token { token, at: members.at().member("ExportToken") })
        }
        (None, Some(key), Some(certificate)) => Ok(SignerWish::Own { key, certificate }),
        _ => Err(Error::invalid(members.at().clone(), Rule::SignerUnclear)),
    }
}

/// An export token; the pattern of the API allows an empty one.
struct TokenText(Option<ExportToken>);

impl FromJson for TokenText {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^(export-token-[0-9a-zA-Z]{16,64})?$" };
        let text = String::from_json(value, at)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let token = text.parse().map_err(|_| Error::invalid(at.clone(), PATTERN))?;
        Ok(Self(Some(token)))
    }
}

/// The random number of a receiver: an even number of hex digits.
pub(super) struct RandomNonce(pub(super) Nonce);

impl FromJson for RandomNonce {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^(?:[0-9a-fA-F][0-9a-fA-F])+$" };
        let text = text_of(value, at, 16, 32)?;
        let bytes = base16ct::mixed::decode_vec(&text);
        let bytes = bytes.map_err(|_| Error::invalid(at.clone(), PATTERN))?;
        Nonce::new(&bytes).map(Self).map_err(|_| Error::invalid(at.clone(), PATTERN))
    }
}

impl FromJson for HeaderWishes {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let flags: Option<ModeFlags> = members.optional("KeyModesOfUse")?;
        let no_mode = || Error::invalid(at.member("KeyModesOfUse"), Rule::ModeFlags);
        let mode = flags.map(|flags| flags.mode().ok_or_else(no_mode)).transpose()?;
        let exportability: Option<Exportability> = members.optional("KeyExportability")?;
        let key_version: Option<KeyVersion> = members.optional("KeyVersion")?;
        let blocks: Option<OptionalBlocks> = members.optional("OptionalBlocks")?;
        members.finish()?;
        let optional_blocks = blocks.map_or_else(Vec::new, |OptionalBlocks(blocks)| blocks);
        Ok(Self { at: Some(at.clone()), mode, exportability, key_version, optional_blocks })
    }
}

impl FromJson for KeyVersion {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^[0-9A-Z]{2}$" };
        let text = text_of(value, at, 2, 2)?;
        let upper = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let code = <[u8; 2]>::try_from(text.as_bytes()).ok().filter(|_| upper);
        code.and_then(|code| Self::from_code(code).ok())
            .ok_or_else(|| Error::invalid(at.clone(), PATTERN))
    }
}

/// Optional blocks by id; the endpoint writes HM and PB itself.
struct OptionalBlocks(Vec<OptionalBlock>);

impl FromJson for OptionalBlocks {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let Value::Object(entries) = value else {
            return Err(Error::invalid(at.clone(), Rule::Type { expected: "a map" }));
        };
        check_total(&entries, at)?;
        // In the order of their ids, whatever order the map of this build keeps.
        let entries: BTreeMap<String, Value> = entries.into_iter().collect();
        let read = |(id, value)| optional_block(id, value, at);
        entries.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

fn check_total(entries: &Map<String, Value>, at: &Member) -> Result<(), Error> {
    let characters = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let found = entries.values().map(|value| characters(value).saturating_add(4)).sum();
    if found <= MOST_BLOCK_CHARACTERS {
        return Ok(());
    }
    let rule = Rule::BlocksTooLong { found, most: MOST_BLOCK_CHARACTERS };
    Err(Error::invalid(at.clone(), rule))
}

/// Ids and values are sensitive members: messages name neither.
fn optional_block(id: String, value: Value, at: &Member) -> Result<OptionalBlock, Error> {
    const ID: Rule = Rule::Pattern { pattern: "^[0-9A-Z]{2}$ in its keys" };
    const DATA: Rule = Rule::Pattern { pattern: "^[0-9a-zA-Z]+$ in its values" };

    let refuse = |rule| Error::invalid(at.clone(), rule);
    let upper = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    let code =
        <[u8; 2]>::try_from(id.as_bytes()).ok().filter(|code| code.iter().all(|&b| upper(b)));
    let code = code.ok_or_else(|| refuse(ID))?;
    if matches!(&code, b"HM" | b"PB") {
        return Err(refuse(Rule::ReservedBlock));
    }
    let data = String::from_json(value, at)?;
    check_length(at, data.len(), 1, 108, "characters in each value")?;
    if !data.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(refuse(DATA));
    }
    let content = |error: tr31::Error| refuse(Rule::BlockContent { code: error.code() });
    let id = OptionalBlockId::from_code(code).map_err(content)?;
    // The API carries blocks through as they are: guides show content that the standard's types
    // do not have, such as BI blocks of type 11. Check values in them are held against the keys.
    danger::optional_block_with_any_content(id, &data).map_err(content)
}

/// What is to leave in place of the key itself, and how its check value is computed.
#[derive(Default)]
struct ExportAttributes {
    initial_key: Option<InitialKeyWish>,
    check_value: Option<KeyCheckValueAlgorithm>,
}

impl FromJson for ExportAttributes {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let initial_key = members.optional("ExportDukptInitialKey")?;
        let check_value = members.optional("KeyCheckValueAlgorithm")?;
        members.finish()?;
        Ok(Self { initial_key, check_value })
    }
}

impl FromJson for InitialKeyWish {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let SerialNumber(key_serial_number) = members.required("KeySerialNumber")?;
        members.finish()?;
        Ok(Self { key_serial_number })
    }
}

/// 20 or 24 upper-case hex digits, the whole text.
///
/// The published pattern anchors neither end of each branch, so that 22 digits of which the last
/// 20 are good would pass a search; what it means is checked here.
struct SerialNumber(String);

impl FromJson for SerialNumber {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^([0-9A-F]{20}|[0-9A-F]{24})$" };
        let text = text_of(value, at, 20, 24)?;
        let upper_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        if matches!(text.len(), 20 | 24) && text.bytes().all(upper_hex) {
            return Ok(Self(text));
        }
        Err(Error::invalid(at.clone(), PATTERN))
    }
}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExportKeyAnswer {
    wrapped_key: WrappedKeyShape,
    /// What somebody approved of, for the audit trail.
    #[serde(skip)]
    pub(crate) approval: Option<Approval>,
    /// The receipt, for the audit trail.
    #[serde(skip)]
    pub(crate) receipt: Option<Receipt>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrappedKeyShape {
    wrapping_key_arn: String,
    wrapped_key_material_format: &'static str,
    key_material: String,
    key_check_value: String,
    key_check_value_algorithm: &'static str,
}

impl ExportKeyAnswer {
    pub(crate) fn new(
        wrapped: WrappedKey,
        approval: Option<Approval>,
        receipt: Option<Receipt>,
    ) -> Self {
        let wrapped_key = WrappedKeyShape {
            wrapping_key_arn: wrapped.wrapping_key.to_string(),
            wrapped_key_material_format: wrapped.format.name(),
            key_material: wrapped.material,
            key_check_value: wrapped.check_value.digits().to_owned(),
            key_check_value_algorithm: wrapped.check_value.algorithm().name(),
        };
        Self { wrapped_key, approval, receipt }
    }
}
