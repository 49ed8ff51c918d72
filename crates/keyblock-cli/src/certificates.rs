//! Certificates and revocation lists: read from files, and shown.

use std::path::Path;

use der::Decode;
use payment_pki::{Certificate, Crl, PublicKey, UnixTime};
use serde::Serialize;
use x509_cert::name::Name;

use crate::encoded::{decode, text_of};
use crate::failure::{Failure, Refusal};
use crate::page::Page;
use crate::{input, time, words};

/// Reads one certificate or more, as PEM, DER, hex, base64 or the base64 of PEM.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Certificate>, Failure> {
    let text = text_of(bytes).unwrap_or_default();
    if text.contains("-----BEGIN ") {
        return Certificate::chain_from_pem(text).map_err(|error| refused(&error, &[]));
    }
    if let Ok(chain) = Certificate::chain_from_base64_pem(text.trim()) {
        return Ok(chain);
    }
    let der = decode(bytes)?;
    let certificate = Certificate::from_der(&der).map_err(|error| refused(&error, &der))?;
    Ok(vec![certificate])
}

/// Reads the certificates of a file: that of a leaf, and those of its authorities behind it.
pub(crate) fn leaf_and_others(path: &Path) -> Result<(Certificate, Vec<Certificate>), Failure> {
    let mut chain = of_file(path)?;
    if chain.is_empty() {
        return Err(Failure::refused("Malformed", "there is no certificate"));
    }
    let leaf = chain.remove(0);
    Ok((leaf, chain))
}

/// Reads the certificates of each file.
pub(crate) fn of_files<'a>(
    paths: impl IntoIterator<Item = &'a std::path::PathBuf>,
) -> Result<Vec<Certificate>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        all.extend(of_file(path)?);
    }
    Ok(all)
}

fn of_file(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let read = read(&input::file(path)?);
    read.map_err(|failure| failure.about(&path.display().to_string()))
}

/// Reads a revocation list from a file.
pub(crate) fn crl_of_file(path: &Path) -> Result<Crl, Failure> {
    let der = decode(&input::file(path)?)?;
    let read = Crl::from_der(&der).map_err(|error| refused(&error, &der));
    read.map_err(|failure| failure.about(&path.display().to_string()))
}

/// A refusal of the crate of certificates, pointing into the bytes if there are any.
pub(crate) fn refused(error: &payment_pki::Error, der: &[u8]) -> Failure {
    let refusal = Refusal::new(error.code(), error.to_string());
    match error.offset() {
        Some(at) if !der.is_empty() => refusal.pointing_into_bytes(der, Some(at)).into(),
        at => refusal.at(at).into(),
    }
}

/// A name as people read it.
pub(crate) fn name(der: &[u8]) -> String {
    Name::from_der(der)
        .map_or_else(|_| base16ct::upper::encode_string(der), |name| name.to_string())
}

/// What a certificate says.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateShown {
    subject: String,
    issuer: String,
    serial_number: String,
    not_before: String,
    not_after: String,
    public_key: String,
    signature: String,
    authority: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_usage: Option<Vec<&'static str>>,
    #[serde(skip)]
    notes: Vec<String>,
}

impl CertificateShown {
    pub(crate) fn new(certificate: &Certificate, at: UnixTime) -> Self {
        let mut notes = Vec::new();
        if at < certificate.not_before() {
            notes.push("the certificate is not valid yet".to_owned());
        }
        if at > certificate.not_after() {
            notes.push("the certificate has expired".to_owned());
        }
        let signature = certificate.signature_algorithm();
        let key_usage = certificate.key_usage().map(|usage| {
            [
                (usage.digital_signature(), "digital signature"),
                (usage.key_encipherment(), "key encipherment"),
                (usage.key_agreement(), "key agreement"),
                (usage.key_cert_sign(), "signing of certificates"),
                (usage.crl_sign(), "signing of revocation lists"),
            ]
            .into_iter()
            .filter_map(|(has, words)| has.then_some(words))
            .collect()
        });
        Self {
            subject: name(certificate.subject_der()),
            issuer: name(certificate.issuer_der()),
            serial_number: base16ct::upper::encode_string(certificate.serial_number()),
            not_before: time::text(certificate.not_before()),
            not_after: time::text(certificate.not_after()),
            public_key: public_key(certificate.public_key()),
            signature: signature.map_or(words::UNKNOWN.to_owned(), |it| format!("{it:?}")),
            authority: certificate.basic_constraints().is_some_and(|it| it.is_authority()),
            key_usage,
            notes,
        }
    }

    pub(crate) fn write(&self, page: &mut Page) {
        page.heading(if self.authority { "certificate of an authority" } else { "certificate" });
        page.row("subject", &self.subject);
        page.row("issuer", &self.issuer);
        page.row("serial number", &self.serial_number);
        page.row("valid from", &self.not_before);
        page.row("valid to", &self.not_after);
        page.row("public key", &self.public_key);
        page.row("signature", &self.signature);
        let usage = self.key_usage.as_ref().map(|usage| usage.join(", "));
        page.row("key usage", usage.as_deref().unwrap_or("not stated"));
        self.notes.iter().for_each(|note| page.note(note));
    }
}

/// A public key by its algorithm and size.
pub(crate) fn public_key(key: &PublicKey) -> String {
    match (key.algorithm(), key.modulus_bits()) {
        (Some(algorithm), _) => words::algorithm(algorithm).to_owned(),
        (None, Some(bits)) => format!("RSA of {bits} bits"),
        (None, None) => words::UNKNOWN.to_owned(),
    }
}
