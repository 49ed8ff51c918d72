//! Every rule a request can break, with the sentence that says so.

use core::fmt;

use key_types::{AlgorithmFamily, Exportability, KeyAlgorithm, KeyUsage, ModeOfUse};

use crate::Named;
use crate::key::{KeyCheckValueAlgorithm, KeyClass, KeyState};

/// A rule of the API, as far as a caller can break it.
///
/// The sentence never repeats what the caller sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A required member is absent.
    Required,
    /// The structure has no such member.
    UnknownMember,
    /// The member has another JSON type.
    Type {
        /// What it must be.
        expected: &'static str,
    },
    /// A text or list of the wrong length.
    Length {
        /// The least length.
        least: usize,
        /// The greatest length.
        most: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// A number outside its range.
    Range {
        /// The least value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// A text that does not match its pattern as a whole.
    Pattern {
        /// The pattern.
        pattern: &'static str,
    },
    /// A name that is not in the list.
    OneOf {
        /// The list.
        names: Vec<&'static str>,
    },
    /// A union with no member or more than one.
    Union {
        /// The members to choose from.
        members: &'static [&'static str],
        /// How many were given.
        found: usize,
    },
    /// The same label twice in one request.
    RepeatedTag,
    /// A continuation token that this endpoint did not give.
    Token,
    /// A member of the API that this endpoint does not offer.
    NotOffered {
        /// What is offered instead.
        offered: &'static str,
    },
    /// The usage does not go with the class.
    UsageForClass {
        /// The class.
        class: KeyClass,
    },
    /// The algorithm does not go with the usage.
    AlgorithmForUsage {
        /// The usage.
        usage: KeyUsage,
        /// The algorithms that do.
        allowed: &'static [KeyAlgorithm],
    },
    /// The flags together make no mode of use.
    ModeFlags,
    /// The mode of use does not go with the usage.
    ModeForUsage {
        /// The usage.
        usage: KeyUsage,
        /// The modes that do.
        allowed: &'static [ModeOfUse],
    },
    /// The check value method does not go with the algorithm.
    CheckValueMethod {
        /// The method.
        method: KeyCheckValueAlgorithm,
        /// The algorithm.
        algorithm: KeyAlgorithm,
    },
    /// Derivation usage for a key that derives nothing by itself.
    DeriveKeyUsage,
    /// The alias exists already.
    AliasTaken,
    /// The key is not enabled.
    Disabled,
    /// The key is not in the state that the operation needs.
    KeyState {
        /// The state it is in.
        found: KeyState,
        /// The state it must be in.
        needed: KeyState,
    },
    /// Only symmetric keys leave.
    NotSymmetric {
        /// The class of the key that was named.
        found: KeyClass,
    },
    /// The key was made not exportable.
    NotExportable,
    /// The wrapping key is not for wrapping keys.
    WrappingUsage {
        /// What it is for.
        found: KeyUsage,
    },
    /// The wrapping key may not encrypt and wrap.
    WrappingMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// The wrapping key is weaker than the key.
    WrappingStrength {
        /// The algorithm of the key.
        key: KeyAlgorithm,
        /// The algorithm of the wrapping key.
        wrapping: KeyAlgorithm,
        /// The wrapping algorithms that are strong enough.
        allowed: &'static [KeyAlgorithm],
    },
    /// A mode of use that allows more than the key's own.
    WiderMode {
        /// The key's own.
        own: ModeOfUse,
    },
    /// An exportability that allows more than the key's own.
    WiderExportability {
        /// The key's own.
        own: Exportability,
    },
    /// An optional block that the endpoint writes itself.
    ReservedBlock,
    /// An optional block whose content the key block format refuses.
    BlockContent {
        /// The stable code of the key block crate's error.
        code: &'static str,
    },
    /// The optional blocks together are too long.
    BlocksTooLong {
        /// How many characters there are, with 4 for each block's id and length.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// An initial key is derived from a base derivation key only.
    InitialKeyUsage {
        /// The usage of the key that was named.
        found: KeyUsage,
    },
    /// DUKPT has no base derivation key of this algorithm.
    InitialKeyAlgorithm {
        /// The algorithm of the key that was named.
        found: KeyAlgorithm,
    },
    /// The key serial number has the length of the other scheme.
    SerialNumberLength {
        /// The algorithm of the base derivation key.
        algorithm: KeyAlgorithm,
        /// The number of hex digits it asks for.
        digits: usize,
    },
    /// A certificate that cannot be read, or that nobody trusted here has issued.
    Certificate {
        /// What is wrong with it.
        error: payment_pki::Error,
    },
    /// A root signs its own certificate.
    NotSelfSigned,
    /// The public key in a certificate is of another algorithm than the one stated.
    CertificateAlgorithm {
        /// What was stated.
        stated: KeyAlgorithm,
    },
    /// A certificate authority is named by its imported public key.
    NotAnAuthority,
    /// The receiver's public key is not one that keys may go under.
    ReceiverKey {
        /// The stable code of the error.
        code: &'static str,
    },
    /// No RSA key carries the key, or none of this size.
    ReceiverStrength {
        /// The algorithm of the key.
        key: KeyAlgorithm,
        /// The algorithm of the receiver's key.
        receiver: KeyAlgorithm,
        /// The algorithms of receivers that are strong enough.
        allowed: Vec<KeyAlgorithm>,
    },
    /// A TR-34 export names a token, or a signing key with its certificate.
    SignerUnclear,
    /// An export token that this endpoint did not give, or that has ended.
    ExportToken,
    /// Only a key pair signs.
    NotAPair,
    /// The key pair is not for what it is to do.
    SigningUsage {
        /// What it is for.
        found: KeyUsage,
    },
    /// The key pair may not sign.
    SigningMode {
        /// What it may do.
        found: ModeOfUse,
    },
    /// The certificate is not that of the signing key.
    CertificateOfOtherKey,
    /// The certificate of the signing key cannot be used for it.
    SigningCertificate {
        /// The stable code of the error.
        code: &'static str,
    },
    /// The endpoint does not hand out keys in this form.
    SwitchedOff,
    /// A part of a distinguished name that is not as names are.
    Name,
    /// Keys of this class have no certificate.
    NoCertificate {
        /// The class.
        class: KeyClass,
    },
    /// Too many labels on one key.
    TooManyTags {
        /// How many there may be.
        most: usize,
    },
}

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
                formatter.write_str("the certificate is not one of the signing key")
            }
            Self::SigningCertificate { code } => {
                write!(formatter, "the certificate cannot be used for signing ({code})")
            }
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
