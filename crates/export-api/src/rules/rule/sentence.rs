//! The sentence of each rule, for the caller.

use core::fmt;

use key_types::{AlgorithmFamily, KeyUsage, ModeOfUse};

use super::Rule;
use crate::Named;
use crate::key::KeyClass;

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => formatter.write_str("this member is required"),
            Self::UnknownMember => formatter.write_str("there is no such member"),
            Self::Type { expected } => write!(formatter, "must be {expected}"),
            Self::Length { least, most, unit } => {
                write!(formatter, "must have {least} to {most} {unit}")
            }
            Self::Range { least, most } => write!(formatter, "must be from {least} to {most}"),
            Self::Pattern { pattern } => write!(formatter, "must match {pattern}"),
            Self::OneOf { names } => write!(formatter, "must be one of {}", names.join(", ")),
            Self::Union { members, found } => {
                write!(formatter, "must have exactly one of {}, not {found}", members.join(", "))
            }
            Self::RepeatedTag => formatter.write_str("the same tag key occurs twice"),
            Self::Token => formatter.write_str("is not a token of an earlier answer"),
            Self::NotOffered { offered } => {
                write!(formatter, "is not offered by this endpoint; offered: {offered}")
            }
            Self::UsageForClass { class } => {
                write!(formatter, "is no usage for keys of class {class}")
            }
            Self::AlgorithmForUsage { usage, allowed } => {
                write!(formatter, "usage {} allows {}", usage.name(), Names(allowed))
            }
            Self::ModeFlags => formatter.write_str(
                "the flags must be one of: Encrypt+Decrypt+Wrap+Unwrap, Encrypt+Wrap, \
                 Decrypt+Unwrap, Generate+Verify, Generate, Verify, Sign, DeriveKey, \
                 NoRestrictions",
            ),
            Self::ModeForUsage { usage, allowed } => {
                write!(formatter, "usage {} allows {}", usage.name(), Names(allowed))
            }
            Self::CheckValueMethod { method, algorithm } => {
                write!(formatter, "{method} is not a check value method for {algorithm} keys")
            }
            Self::DeriveKeyUsage => formatter.write_str("is for elliptic curve key pairs only"),
            Self::AliasTaken => formatter.write_str("the alias exists already"),
            Self::Disabled => formatter.write_str("the key is disabled; StartKeyUsage enables it"),
            Self::KeyState { found, needed } => {
                write!(formatter, "the key is in state {found} and must be in {needed}")
            }
            Self::NotSymmetric { found } => {
                write!(formatter, "only keys of class SYMMETRIC_KEY are exported, not {found}")
            }
            Self::NotExportable => formatter.write_str("the key was made with Exportable false"),
            Self::WrappingUsage { found } => write!(
                formatter,
                "a wrapping key must have usage {} or {}, not {}",
                KeyUsage::KeyEncryption.name(),
                KeyUsage::KeyBlockProtection.name(),
                found.name()
            ),
            Self::WrappingMode { found } => write!(
                formatter,
                "a wrapping key must have {} or {}, not {}",
                ModeOfUse::Encrypt.name(),
                ModeOfUse::EncryptDecrypt.name(),
                found.name()
            ),
            Self::UnwrappingMode { found } => write!(
                formatter,
                "a wrapping key must have {} or {}, not {}",
                ModeOfUse::Decrypt.name(),
                ModeOfUse::EncryptDecrypt.name(),
                found.name()
            ),
            Self::WrappingStrength { key, wrapping, allowed } => write!(
                formatter,
                "a key of {key} must not be wrapped under {wrapping}, which is weaker; allowed: {}",
                Names(allowed)
            ),
            Self::WiderMode { own } => {
                write!(
                    formatter,
                    "allows more than the key's own {}; only narrowing is allowed",
                    own.name()
                )
            }
            Self::WiderExportability { own } => write!(
                formatter,
                "allows more than the key's own {}; only narrowing is allowed",
                own.name()
            ),
            Self::ReservedBlock => {
                formatter.write_str("the blocks HM and PB are written by the endpoint")
            }
            Self::BlockContent { code } => {
                write!(formatter, "the key block format refuses this optional block ({code})")
            }
            Self::BlocksTooLong { found, most } => write!(
                formatter,
                "the optional blocks have {found} characters, with 4 for each block's id and \
                 length; the limit is {most}"
            ),
            Self::InitialKeyUsage { found } => write!(
                formatter,
                "an initial key is derived from a key of usage {}, not {}",
                KeyUsage::BaseDerivation.name(),
                found.name()
            ),
            Self::InitialKeyAlgorithm { found } => write!(
                formatter,
                "DUKPT derives initial keys from TDES_2KEY, AES_128, AES_192 and AES_256, \
                 not {found}"
            ),
            Self::SerialNumberLength { algorithm, digits } => {
                let counter = match algorithm.family() {
                    AlgorithmFamily::Aes => "8-byte initial key id and 4-byte counter",
                    _ => "80 bits, padded with F on the left",
                };
                write!(formatter, "a key of {algorithm} needs {digits} hex digits: {counter}")
            }
            Self::Certificate { error } => write!(formatter, "the certificate: {error}"),
            Self::NotSelfSigned => {
                formatter.write_str("a root certificate is signed by its own key")
            }
            Self::CertificateAlgorithm { stated } => {
                write!(formatter, "the public key in the certificate is not one of {stated}")
            }
            Self::NotAnAuthority => write!(
                formatter,
                "must name an imported certificate: a key of class {} and usage {}",
                KeyClass::PublicKey,
                KeyUsage::DigitalSignature.name()
            ),
            Self::ReceiverKey { code } => {
                write!(formatter, "no key goes under the public key in the certificate ({code})")
            }
            Self::ReceiverStrength { key, receiver, allowed } if allowed.is_empty() => {
                write!(
                    formatter,
                    "a key of {key} goes under no RSA key, and so not under {receiver}"
                )
            }
            Self::ReceiverStrength { key, receiver, allowed } => {
                let allowed: Vec<_> = allowed.iter().map(|algorithm| algorithm.code()).collect();
                write!(
                    formatter,
                    "a key of {key} must not go under {receiver}, which is weaker; allowed: {}",
                    allowed.join(", ")
                )
            }
            Self::SignerUnclear => formatter.write_str(
                "must have either ExportToken, or SigningKeyIdentifier with SigningKeyCertificate",
            ),
            Self::ExportToken => {
                formatter.write_str("is not an export token of this endpoint, or has ended")
            }
            Self::NotAPair => {
                write!(formatter, "must name a key of class {}", KeyClass::AsymmetricKeyPair)
            }
            Self::SigningUsage { found } => write!(
                formatter,
                "a signing key must have usage {}, not {}",
                KeyUsage::DigitalSignature.name(),
                found.name()
            ),
            Self::SigningMode { found } => write!(
                formatter,
                "a signing key must have {}, not {}",
                ModeOfUse::Sign.name(),
                found.name()
            ),
            Self::CertificateOfOtherKey => {
                formatter.write_str("the certificate is not one of the key pair")
            }
            Self::ReceiverIsSigner => {
                formatter.write_str("the receiver must have another key than the signer")
            }
            Self::SigningCertificate { code } => {
                write!(formatter, "the certificate cannot be used for signing ({code})")
            }
            Self::KeyBlock { code } => write!(formatter, "the key block is malformed ({code})"),
            Self::KeyBlockRefused => {
                formatter.write_str("the key block does not open under the wrapping key")
            }
            Self::UsageWithoutName { code } => {
                write!(formatter, "the key has usage {code}, which the API has no name for")
            }
            Self::ModeWithoutFlags => {
                formatter.write_str("the key has a mode of use that the API has no flags for")
            }
            Self::NoAlgorithm => {
                formatter.write_str("the key has a length that no algorithm of the API has")
            }
            Self::ActualAlgorithm { stated } => write!(
                formatter,
                "the actual KeyAlgorithm of the wrapped key is mismatching: it is not {stated}"
            ),
            Self::CryptogramRefused => {
                formatter.write_str("the cryptogram does not decrypt under the key of the token")
            }
            Self::ImportToken => formatter
                .write_str("is not an import token of this endpoint for this form, or has ended"),
            Self::WrapperUnclear => formatter.write_str(
                "must have either ImportToken, or WrappingKeyIdentifier with \
                 WrappingKeyCertificate",
            ),
            Self::ReceivingUsage { found } => write!(
                formatter,
                "a wrapping key pair must have usage {}, not {}",
                KeyUsage::Tr34Asymmetric.name(),
                found.name()
            ),
            Self::ReceivingMode { found } => write!(
                formatter,
                "a wrapping key pair must have {} or {}, not {}",
                ModeOfUse::EncryptDecrypt.name(),
                ModeOfUse::Decrypt.name(),
                found.name()
            ),
            Self::KeyToken { code } => write!(formatter, "the key token is refused ({code})"),
            Self::KeyTokenRefused => formatter.write_str("the key token does not open"),
            Self::KeyTokenTaken => formatter.write_str("the key token was taken before"),
            Self::LayoutNotAllowed { found } => write!(
                formatter,
                "the key token has layout {found}, which this endpoint was not told to take"
            ),
            Self::SwitchedOff => formatter.write_str("is switched off at this endpoint"),
            Self::Name => {
                formatter.write_str("is too long or has characters that a name may not have")
            }
            Self::NoCertificate { class } => {
                write!(formatter, "keys of class {class} have no certificate")
            }
            Self::TooManyTags { most } => write!(formatter, "a key has at most {most} tags"),
        }
    }
}

/// Names of values, separated by commas.
struct Names<T: 'static>(&'static [T]);

impl<T: Named> fmt::Display for Names<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            formatter.write_str(value.name())?;
        }
        Ok(())
    }
}
