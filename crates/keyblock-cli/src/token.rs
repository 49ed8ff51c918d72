//! A TR-34 token as it is shown, without any key.

use payment_pki::UnixTime;
use serde::Serialize;
use tr34::{ContentCipher, Finding, Identity, KtKdh, Layout, OaepScheme, Token};

use crate::certificates::name;
use crate::command::cert::verify::finding as path_finding;
use crate::failure::{Failure, Refusal};
use crate::key_block::{FindingShown, write_findings};
use crate::page::Page;
use crate::{time, words};

/// What a token says.
#[derive(Debug, Serialize)]
pub(crate) struct TokenShown {
    kind: &'static str,
    length: usize,
    facts: Vec<Fact>,
    findings: Vec<FindingShown>,
}

/// One of the things that a token says.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    name: &'static str,
    /// Where in the token it stands, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    value: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    meaning: &'static str,
}

impl Fact {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self::in_words(name, value, "")
    }

    fn in_words(name: &'static str, value: impl Into<String>, meaning: &'static str) -> Self {
        Self { name, offset: None, value: value.into(), meaning }
    }

    fn of_time(name: &'static str, time: UnixTime) -> Self {
        Self::new(name, time::text(time))
    }

    fn of_bytes(name: &'static str, bytes: &[u8], der: &[u8]) -> Self {
        let fact = Self::new(name, base16ct::upper::encode_string(bytes));
        Self { offset: place(der, bytes), ..fact }
    }

    fn of_identity(name: &'static str, identity: &Identity, der: &[u8]) -> Self {
        let serial = base16ct::upper::encode_string(identity.serial_number());
        let issuer = crate::certificates::name(identity.issuer_der());
        let fact = Self::new(name, format!("serial number {serial} by {issuer}"));
        // The serial number of one that is named stands behind the name of the issuer.
        let length = u8::try_from(identity.serial_number().len()).unwrap_or_default();
        let encoded = [identity.issuer_der(), &[0x02, length], identity.serial_number()].concat();
        Self { offset: place(der, &encoded), ..fact }
    }
}

/// Where bytes of a token that was read stand in it.
fn place(der: &[u8], bytes: &[u8]) -> Option<usize> {
    let is_there = |window: &[u8]| !bytes.is_empty() && window == bytes;
    der.windows(bytes.len().max(1)).position(is_there)
}

impl TokenShown {
    /// Reads a token of any kind.
    pub(crate) fn read(der: &[u8]) -> Result<Self, Failure> {
        let token = Token::parse(der).map_err(|error| refused(&error, der))?;
        let (facts, findings) = match &token {
            Token::RtKrd(token) => {
                (vec![Fact::of_bytes("nonce", token.nonce().as_bytes(), der)], vec![])
            }
            Token::CtKrd(token) => {
                (vec![Fact::new("receiver", name(token.certificate().subject_der()))], vec![])
            }
            Token::CtKdh(token) => (
                vec![
                    Fact::new("sender", name(token.certificate().subject_der())),
                    Fact::of_time("revocation list", token.crl().this_update()),
                ],
                vec![],
            ),
            Token::KtKdh(token) => (of_key_token(token, der), findings(token.findings())),
            Token::UbtKdh(token) => (
                vec![
                    Fact::of_identity("signer", token.unverified_signer(), der),
                    Fact::of_identity("receiver", token.unverified_receiver(), der),
                    Fact::of_bytes("nonce", token.unverified_nonce(), der),
                ],
                vec![],
            ),
            Token::UbtCa(token) => (
                vec![
                    Fact::of_identity("signer", token.unverified_signer(), der),
                    Fact::of_identity("receiver", token.unverified_receiver(), der),
                    Fact::of_identity("sender", token.unverified_sender(), der),
                ],
                vec![],
            ),
            Token::RbtKdh(token) => (
                vec![
                    Fact::of_identity("signer", token.unverified_signer(), der),
                    Fact::of_identity("receiver", token.unverified_receiver(), der),
                    Fact::new("new sender", name(token.unverified_new_sender().subject_der())),
                    Fact::of_bytes("nonce", token.unverified_nonce(), der),
                ],
                vec![],
            ),
            Token::RbtCa(token) => (
                vec![
                    Fact::of_identity("signer", token.unverified_signer(), der),
                    Fact::of_identity("receiver", token.unverified_receiver(), der),
                    Fact::of_identity("sender", token.unverified_sender(), der),
                    Fact::new("new sender", name(token.unverified_new_sender().subject_der())),
                    Fact::of_time("time of signing", token.unverified_signing_time()),
                ],
                vec![],
            ),
            _ => (vec![], vec![]),
        };
        Ok(Self { kind: token.kind(), length: der.len(), facts, findings })
    }

    pub(crate) fn write(&self, page: &mut Page) {
        let Self { kind, length, facts, findings } = self;
        page.heading(&format!("TR-34 token {kind} of {length} bytes, not verified"));
        facts.iter().for_each(|fact| fact.write(page));
        write_findings(findings, page);
    }
}

impl Fact {
    pub(crate) fn write(&self, page: &mut Page) {
        let place = self.offset.map(|offset| format!("at {offset}")).unwrap_or_default();
        let words = if self.meaning.is_empty() { place.as_str() } else { self.meaning };
        page.row_in_words(self.name, &self.value, words);
    }
}

fn of_key_token(token: &KtKdh<'_>, der: &[u8]) -> Vec<Fact> {
    let header = token.unverified_header();
    let mut facts = of_header(header.header(), header.text());
    if let Some(first) = facts.first_mut() {
        first.offset = place(der, header.text().as_bytes());
    }
    facts.extend([
        Fact::in_words("layout", token.layout().code(), layout(token.layout())),
        Fact::of_identity("signer", token.unverified_signer(), der),
        Fact::of_identity("recipient", token.unverified_recipient(), der),
        Fact::new("content cipher", content_cipher(token.content_cipher())),
        Fact::new("content key by", oaep(token.oaep_scheme())),
    ]);
    facts.extend(token.unverified_nonce().map(|nonce| Fact::of_bytes("nonce", nonce, der)));
    let time = token.unverified_signing_time();
    facts.extend(time.map(|time| Fact::of_time("time of signing", time)));
    facts.extend(token.crl().map(|crl| Fact::of_time("revocation list", crl.this_update())));
    facts
}

/// The header of a key in words.
pub(crate) fn of_header(header: &tr31::Header, text: &str) -> Vec<Fact> {
    let code = |code: &[u8]| code.iter().copied().map(char::from).collect::<String>();
    let (usage, family, mode) = (header.usage(), header.algorithm(), header.mode());
    let (exportability, version) = (header.exportability(), header.version());
    vec![
        Fact::new("header", text),
        Fact::in_words("version", version.to_string(), words::version(version)),
        Fact::in_words("key usage", code(&usage.code()), words::usage(usage)),
        Fact::in_words("algorithm", code(&[family.code()]), words::family(family)),
        Fact::in_words("mode of use", code(&[mode.code()]), words::mode(mode)),
        Fact::in_words(
            "exportability",
            code(&[exportability.code()]),
            words::exportability(exportability),
        ),
    ]
}

/// A refusal of the crate of tokens, pointing into the bytes.
pub(crate) fn refused(error: &tr34::Error, der: &[u8]) -> Failure {
    let refusal = Refusal::new(error.code(), error.to_string());
    if der.is_empty() {
        return refusal.at(error.offset()).into();
    }
    refusal.pointing_into_bytes(der, error.offset()).into()
}

/// Findings of a token in words.
pub(crate) fn findings(findings: &[Finding]) -> Vec<FindingShown> {
    findings.iter().map(|finding| words_of(finding).with_offset(finding.offset())).collect()
}

fn words_of(finding: &Finding) -> FindingShown {
    let (code, message) = match finding {
        Finding::SignedDataVersion { found, .. } => {
            ("SignedDataVersion", format!("the version of the SignedData is {found}"))
        }
        Finding::EnvelopedDataVersion { .. } => {
            ("EnvelopedDataVersion", "the version of the EnvelopedData is not 0".into())
        }
        Finding::SignatureName { .. } => {
            ("SignatureName", "the signature is named by the other identifier".into())
        }
        Finding::OaepForm { .. } => {
            ("OaepForm", "the parameters of OAEP have the other form".into())
        }
        Finding::CiphertextPlacement { .. } => {
            ("CiphertextPlacement", "the ciphertext stands in the other place".into())
        }
        Finding::AttributeOrder { .. } => {
            ("AttributeOrder", "the signed attributes are in another order".into())
        }
        Finding::Certificates { .. } => {
            ("Certificates", "there are certificates inside, which are passed over".into())
        }
        Finding::CrlInside { .. } => {
            ("CrlInside", "there is a revocation list, which the layout has not".into())
        }
        Finding::CrlAbsent => {
            ("CrlAbsent", "there is no revocation list, which the layout has".into())
        }
        Finding::DigestNull { .. } => {
            ("DigestNull", "the algorithm of a digest has NULL as parameters".into())
        }
        Finding::OtherAttribute { .. } => {
            ("OtherAttribute", "there is a signed attribute that no layout has".into())
        }
        Finding::TimeBesideNonce { .. } => {
            ("TimeBesideNonce", "there is a time of signing beside the nonce".into())
        }
        Finding::Path(finding) => return path_finding(finding),
        Finding::Relaxed(relaxation) => ("Relaxed", format!("let pass: {relaxation}")),
        _ => ("Finding", format!("{finding:?}")),
    };
    FindingShown::new(code, message)
}

/// Who writes tokens of a layout.
pub(crate) const fn layout(layout: Layout) -> &'static str {
    match layout {
        Layout::StrictCms => "CMS as RFC 5652 has it",
        Layout::AnnexD => "the letter of annex D of TR 34-2019",
        Layout::AnnexB2019 => "the samples of annex B of TR 34-2019",
        Layout::Corrigendum2019 => "the corrigendum to TR 34-2019",
        Layout::X9Tr34_2012 => "X9 TR 34-2012, as payment services and HSMs write it",
        _ => words::UNKNOWN,
    }
}

const fn content_cipher(cipher: ContentCipher) -> &'static str {
    match cipher {
        ContentCipher::Tdes3KeyCbc => "TDES of triple length, CBC",
        ContentCipher::Aes128Cbc => "AES-128, CBC",
        _ => words::UNKNOWN,
    }
}

const fn oaep(scheme: OaepScheme) -> &'static str {
    match scheme {
        OaepScheme::Sha1 => "RSAES-OAEP with SHA-1",
        OaepScheme::Sha256 => "RSAES-OAEP with SHA-256",
        OaepScheme::Sha512 => "RSAES-OAEP with SHA-512",
        _ => words::UNKNOWN,
    }
}
