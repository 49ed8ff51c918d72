//! Certificates on the wire: base64 of PEM.

use base64ct::{Base64, Encoding};
use payment_pki::{Certificate, Name, NameAttribute};
use serde::Serialize;
use serde_json::Value;

use super::members::{FromJson, Members, text_of};
use crate::Rule;
use crate::error::{Error, Member};

/// The longest text of a certificate, in characters.
const LONGEST: usize = 32_768;

/// A certificate in a request, and the member that held it.
#[derive(Clone, Debug)]
pub(crate) struct GivenCertificate {
    pub(crate) certificate: Box<Certificate>,
    pub(crate) at: Member,
}

impl FromJson for GivenCertificate {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        const PATTERN: Rule = Rule::Pattern { pattern: "^[^\\[;\\]<>]+$" };
        let text = text_of(value, at, 1, LONGEST)?;
        let certificate = Certificate::from_base64_pem(&text).map_err(|error| {
            // What the pattern forbids is no base64 either, so that what is read needs no look.
            let is_forbidden = text.contains(['[', ';', ']', '<', '>']);
            let rule = if is_forbidden { PATTERN } else { Rule::Certificate { error } };
            Error::invalid(at.clone(), rule)
        })?;
        Ok(Self { certificate: Box::new(certificate), at: at.clone() })
    }
}

/// Certificates as answers carry them: base64 of their PEM, one behind the other.
pub(crate) fn encoded<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> String {
    let pem: String = certificates.into_iter().map(Certificate::to_pem).collect();
    encoded_pem(&pem)
}

/// Text as answers carry it.
pub(crate) fn encoded_pem(pem: &str) -> String {
    Base64::encode_string(pem.as_bytes())
}

/// The parts of a distinguished name, in the order in which they are written.
const PARTS: [(&str, NameAttribute); 7] = [
    ("Country", NameAttribute::Country),
    ("StateOrProvince", NameAttribute::StateOrProvince),
    ("City", NameAttribute::Locality),
    ("Organization", NameAttribute::Organization),
    ("OrganizationUnit", NameAttribute::OrganizationalUnit),
    ("CommonName", NameAttribute::CommonName),
    ("EmailAddress", NameAttribute::EmailAddress),
];

/// The subject of a request for a certificate.
pub(crate) struct Subject(pub(crate) Name);

impl FromJson for Subject {
    fn from_json(value: Value, at: &Member) -> Result<Self, Error> {
        let mut members = Members::of(value, at)?;
        let mut parts = Vec::new();
        for (member, attribute) in PARTS {
            let required = attribute == NameAttribute::CommonName;
            let text: Option<String> = if required {
                Some(members.required(member)?)
            } else {
                members.optional(member)?
            };
            let Some(mut text) = text else { continue };
            let at = at.member(member);
            check_part(attribute, &text, &at)?;
            if attribute == NameAttribute::Country {
                text.make_ascii_uppercase();
            }
            // Each part is looked at on its own, so that a refusal names its member.
            Name::new(&[(attribute, &text)]).map_err(|_| Error::invalid(at, Rule::Name))?;
            parts.push((attribute, text));
        }
        members.finish()?;
        let parts: Vec<_> = parts.iter().map(|(part, text)| (*part, text.as_str())).collect();
        let name = Name::new(&parts).map_err(|_| Error::invalid(at.clone(), Rule::Name))?;
        Ok(Self(name))
    }
}

/// What the API's patterns ask for beyond what names are.
fn check_part(attribute: NameAttribute, text: &str, at: &Member) -> Result<(), Error> {
    let fits = match attribute {
        NameAttribute::EmailAddress => text.split_once('@').is_some_and(|(user, host)| {
            let is_label = |label: &str| {
                !label.is_empty()
                    && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
            };
            !user.is_empty() && host.split('.').all(is_label)
        }),
        _ => !text.contains(['[', ';', ']', '<', '>']),
    };
    if fits { Ok(()) } else { Err(Error::invalid(at.clone(), Rule::Name)) }
}

/// The answer with a certificate and the chain above it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CertificateAnswer {
    pub(crate) key_certificate: String,
    pub(crate) key_certificate_chain: String,
}
