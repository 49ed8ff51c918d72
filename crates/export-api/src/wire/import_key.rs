//! ImportKey on the wire: certificates of authorities.

use serde_json::Value;

use super::certificate::GivenCertificate;
use super::members::{FromJson, Members};
use super::text::KeyIdentifier;
use crate::error::Error;
use crate::key::{KeyAttributes, KeyClass};
use crate::{Named, Rule};

/// The ways in that the API has; the first two are offered.
const FORMS: &[&str] = &[
    "RootCertificatePublicKey",
    "TrustedCertificatePublicKey",
    "Tr31KeyBlock",
    "Tr34KeyBlock",
    "KeyCryptogram",
    "DiffieHellmanTr31KeyBlock",
    "As2805KeyCryptogram",
];
const OFFERED: &str = "RootCertificatePublicKey, TrustedCertificatePublicKey";

/// A certificate that is to be trusted.
pub(crate) struct ImportWish {
    pub(crate) attributes: KeyAttributes,
    pub(crate) certificate: GivenCertificate,
    /// Who has issued it, or `None` if it is a root.
    pub(crate) authority: Option<KeyIdentifier>,
}

/// Reads the member `KeyMaterial`.
pub(crate) fn parse_import_key(members: &mut Members) -> Result<ImportWish, Error> {
    members.required("KeyMaterial")
}

impl FromJson for ImportWish {
    fn from_json(value: Value, at: &crate::Member) -> Result<Self, Error> {
        let mut union = Members::of(value, at)?;
        let (name, form) = union.one_of(FORMS)?;
        union.finish()?;
        let at = at.member(name);
        let is_root = match name {
            "RootCertificatePublicKey" => true,
            "TrustedCertificatePublicKey" => false,
            _ => return Err(Error::invalid(at, Rule::NotOffered { offered: OFFERED })),
        };
        let mut members = Members::of(form, &at)?;
        let attributes: KeyAttributes = members.required("KeyAttributes")?;
        if attributes.class() != KeyClass::PublicKey {
            let at = at.member("KeyAttributes").member("KeyClass");
            let names = vec![KeyClass::PublicKey.name()];
            return Err(Error::invalid(at, Rule::OneOf { names }));
        }
        let certificate = members.required("PublicKeyCertificate")?;
        let authority = if is_root {
            None
        } else {
            Some(members.required("CertificateAuthorityPublicKeyIdentifier")?)
        };
        members.finish()?;
        Ok(Self { attributes, certificate, authority })
    }
}
