//! What the codes of the standards mean, in words.

use dukpt::WorkingKeyType;
use key_types::{
    AlgorithmFamily, Exportability, HashAlgorithm, KcvMethod, KeyAlgorithm, KeyUsage, ModeOfUse,
};
use tr31::{KeyContext, OptionalBlockId, Version};

/// What is said of a code that nobody knows here.
pub(crate) const UNKNOWN: &str = "not known";

pub(crate) const fn version(version: Version) -> &'static str {
    match version {
        Version::A => "TDES, variant binding, deprecated",
        Version::B => "TDES, derivation binding",
        Version::C => "TDES, variant binding, deprecated",
        Version::D => "AES, derivation binding",
        Version::E => "AES in counter mode, derivation binding (ISO 20038)",
        _ => UNKNOWN,
    }
}

#[rustfmt::skip]
pub(crate) const fn usage(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::BaseDerivation => "base derivation key (BDK)",
        KeyUsage::InitialDukpt => "initial DUKPT key (IK, IPEK)",
        KeyUsage::BaseKeyVariant => "base key variant key, deprecated",
        KeyUsage::KeyDerivation => "key derivation, outside ANSI X9.24",
        KeyUsage::CardVerification => "card verification (CVV, CSC)",
        KeyUsage::DataEncryption => "data encryption",
        KeyUsage::AsymmetricDataEncryption => "asymmetric data encryption",
        KeyUsage::DecimalizationTable => "encryption of decimalization tables",
        KeyUsage::SensitiveDataEncryption => "encryption of sensitive data",
        KeyUsage::EmvApplicationCryptogram => "EMV issuer master key: application cryptograms",
        KeyUsage::EmvConfidentiality => "EMV issuer master key: messaging, confidentiality",
        KeyUsage::EmvIntegrity => "EMV issuer master key: messaging, integrity",
        KeyUsage::EmvDataAuthentication => "EMV issuer master key: data authentication code",
        KeyUsage::EmvDynamicNumbers => "EMV issuer master key: dynamic numbers",
        KeyUsage::EmvCardPersonalization => "EMV issuer master key: card personalization",
        KeyUsage::EmvOther => "EMV issuer master key: other",
        KeyUsage::EmvPinEncryption => "EMV asymmetric pair for PIN encryption",
        KeyUsage::InitializationVector => "initialization vector",
        KeyUsage::KeyEncryption => "key encryption or wrapping (KEK)",
        KeyUsage::KeyBlockProtection => "key block protection key (KBPK)",
        KeyUsage::Tr34Asymmetric => "TR-34 asymmetric key",
        KeyUsage::AsymmetricKeyAgreement => "asymmetric key for agreement or wrapping",
        KeyUsage::Iso20038KeyBlockProtection => "key block protection key of ISO 20038",
        KeyUsage::MacIso16609 => "MAC, ISO 16609 algorithm 1",
        KeyUsage::MacIso9797Algorithm1 => "MAC, ISO 9797-1 algorithm 1",
        KeyUsage::MacIso9797Algorithm2 => "MAC, ISO 9797-1 algorithm 2",
        KeyUsage::MacIso9797Algorithm3 => "MAC, ISO 9797-1 algorithm 3 (retail MAC)",
        KeyUsage::MacIso9797Algorithm4 => "MAC, ISO 9797-1 algorithm 4",
        KeyUsage::MacIso9797Algorithm5Legacy => "MAC, ISO 9797-1:1999 algorithm 5, legacy",
        KeyUsage::MacCmac => "CMAC",
        KeyUsage::MacHmac => "HMAC",
        KeyUsage::MacIso9797Algorithm6 => "MAC, ISO 9797-1 algorithm 6",
        KeyUsage::PinEncryption => "PIN encryption",
        KeyUsage::PinGeneration => "PIN generation",
        KeyUsage::DigitalSignature => "asymmetric pair for signatures",
        KeyUsage::CertificateAuthority => "asymmetric pair of a certificate authority",
        KeyUsage::AsymmetricOther => "asymmetric pair, outside ANSI X9.24",
        KeyUsage::PinVerificationOther => "PIN verification, other",
        KeyUsage::PinVerificationIbm3624 => "PIN verification, IBM 3624",
        KeyUsage::PinVerificationVisaPvv => "PIN verification, Visa PVV",
        KeyUsage::PinVerificationX9132Algorithm1 => "PIN verification, ANSI X9.132 algorithm 1",
        KeyUsage::PinVerificationX9132Algorithm2 => "PIN verification, ANSI X9.132 algorithm 2",
        KeyUsage::PinVerificationX9132Algorithm3 => "PIN verification, ANSI X9.132 algorithm 3",
        _ => UNKNOWN,
    }
}

pub(crate) const fn family(family: AlgorithmFamily) -> &'static str {
    match family {
        AlgorithmFamily::Aes => "AES",
        AlgorithmFamily::Des => "single DES",
        AlgorithmFamily::EllipticCurve => "elliptic curve",
        AlgorithmFamily::Hmac => "HMAC",
        AlgorithmFamily::Rsa => "RSA",
        AlgorithmFamily::Dsa => "DSA",
        AlgorithmFamily::Tdes => "TDES",
        _ => UNKNOWN,
    }
}

pub(crate) const fn mode(mode: ModeOfUse) -> &'static str {
    match mode {
        ModeOfUse::EncryptDecrypt => "encrypt and decrypt, wrap and unwrap",
        ModeOfUse::GenerateVerify => "generate and verify",
        ModeOfUse::Decrypt => "decrypt and unwrap only",
        ModeOfUse::Encrypt => "encrypt and wrap only",
        ModeOfUse::Generate => "generate only",
        ModeOfUse::NoRestriction => "no special restriction",
        ModeOfUse::Sign => "sign only",
        ModeOfUse::SignDecrypt => "sign and decrypt",
        ModeOfUse::Verify => "verify only",
        ModeOfUse::Derive => "derive other keys",
        ModeOfUse::CreateVariants => "create key variants",
        _ => UNKNOWN,
    }
}

pub(crate) fn key_version(code: [u8; 2]) -> &'static str {
    match code {
        [b'0', b'0'] => "not used",
        [b'c', _] => "a component of a key",
        _ => "version of the key",
    }
}

pub(crate) const fn exportability(exportability: Exportability) -> &'static str {
    match exportability {
        Exportability::Exportable => "exportable in a trusted key block",
        Exportability::NonExportable => "not exportable",
        Exportability::Sensitive => "sensitive: exportable in other forms too",
        _ => UNKNOWN,
    }
}

pub(crate) const fn key_context(context: KeyContext) -> &'static str {
    match context {
        KeyContext::StorageOrExchange => "storage or exchange, as the wrapping key decides",
        KeyContext::Storage => "storage only",
        KeyContext::Exchange => "exchange only",
        _ => UNKNOWN,
    }
}

pub(crate) fn optional_block(id: OptionalBlockId) -> &'static str {
    match &id.code() {
        b"AL" => "life of the key in the receiver",
        b"BI" => "id of the BDK",
        b"CT" => "certificate of the key",
        b"DA" => "derivations allowed",
        b"FL" => "flags",
        b"HM" => "hash of the HMAC key",
        b"IK" => "initial key id of AES DUKPT",
        b"KC" => "check value of the key",
        b"KP" => "check value of the KBPK",
        b"KS" => "initial key serial number of TDES DUKPT",
        b"KV" => "version of the field values, deprecated",
        b"LB" => "label",
        b"PB" => "padding",
        b"PK" => "check value of the protection key",
        b"TC" => "time of creation of the key",
        b"TS" => "time of forming of the block",
        b"WP" => "wrapping pedigree",
        _ => UNKNOWN,
    }
}

pub(crate) const fn algorithm(algorithm: KeyAlgorithm) -> &'static str {
    match algorithm {
        KeyAlgorithm::Tdes2Key => "TDES of double length",
        KeyAlgorithm::Tdes3Key => "TDES of triple length",
        KeyAlgorithm::Aes128 => "AES-128",
        KeyAlgorithm::Aes192 => "AES-192",
        KeyAlgorithm::Aes256 => "AES-256",
        KeyAlgorithm::HmacSha224 => "HMAC-SHA-224",
        KeyAlgorithm::HmacSha256 => "HMAC-SHA-256",
        KeyAlgorithm::HmacSha384 => "HMAC-SHA-384",
        KeyAlgorithm::HmacSha512 => "HMAC-SHA-512",
        KeyAlgorithm::Rsa2048 => "RSA-2048",
        KeyAlgorithm::Rsa3072 => "RSA-3072",
        KeyAlgorithm::Rsa4096 => "RSA-4096",
        KeyAlgorithm::EccNistP256 => "P-256",
        KeyAlgorithm::EccNistP384 => "P-384",
        KeyAlgorithm::EccNistP521 => "P-521",
        _ => UNKNOWN,
    }
}

pub(crate) const fn kcv_method(method: KcvMethod) -> &'static str {
    match method {
        KcvMethod::AnsiX924 => "ANSI X9.24",
        KcvMethod::Cmac => "CMAC",
        KcvMethod::Hmac(HashAlgorithm::Sha1) => "HMAC-SHA-1",
        KcvMethod::Hmac(HashAlgorithm::Sha224) => "HMAC-SHA-224",
        KcvMethod::Hmac(HashAlgorithm::Sha256) => "HMAC-SHA-256",
        KcvMethod::Hmac(HashAlgorithm::Sha384) => "HMAC-SHA-384",
        KcvMethod::Hmac(HashAlgorithm::Sha512) => "HMAC-SHA-512",
        KcvMethod::Hmac(_) => "HMAC",
        KcvMethod::Sha1OfKey => "SHA-1 of the key",
        KcvMethod::AesEcbZeros => "AES of zeros",
        KcvMethod::AesEcbOnes => "AES of ones",
        _ => UNKNOWN,
    }
}

pub(crate) const fn working_key_type(key_type: WorkingKeyType) -> &'static str {
    match key_type {
        WorkingKeyType::Tdes2Key => "TDES of double length",
        WorkingKeyType::Tdes3Key => "TDES of triple length",
        WorkingKeyType::Aes128 => "AES-128",
        WorkingKeyType::Aes192 => "AES-192",
        WorkingKeyType::Aes256 => "AES-256",
        WorkingKeyType::Hmac128 => "HMAC of 128 bits",
        WorkingKeyType::Hmac192 => "HMAC of 192 bits",
        WorkingKeyType::Hmac256 => "HMAC of 256 bits",
        _ => UNKNOWN,
    }
}

/// What a finding of a key block means.
pub(crate) fn finding(finding: &tr31::Finding) -> String {
    use tr31::Finding;

    match finding {
        Finding::Tolerated(error) => format!("let pass: {error}"),
        Finding::DeprecatedVersion => "the version is deprecated: it binds by key variants".into(),
        Finding::SingleDes => "the key is one of single DES".into(),
        Finding::UnusualCombination => "usage, algorithm and mode do not go together".into(),
        Finding::NeedlessExtendedLength { .. } => {
            "an extended length where the short form would do".into()
        }
        Finding::NeedlessPadding { .. } => "padding that is not needed".into(),
        Finding::DeprecatedBlock { id, .. } => format!("the optional block {id} is deprecated"),
        Finding::UnknownBlock { id, .. } => format!("the optional block {id} is not known"),
        Finding::KeySerialNumberOfOtherAlgorithm { .. } => {
            "a TDES key serial number with a key that is not TDES".into()
        }
        Finding::LengthNotHidden => "the length of the payload tells the length of the key".into(),
        Finding::CheckValueNotCompared { id } => {
            format!("the check value in {id} is by a method that is not for the key")
        }
        Finding::CertificateNotCompared => "the certificate was not compared with the key".into(),
        Finding::WeakerKbpk => "the key is stronger than the KBPK".into(),
        Finding::EvenParity => "bytes of the key have even parity".into(),
        Finding::EqualKeyParts => {
            "two neighbouring parts of the key are equal: it is no more than DES".into()
        }
        _ => finding.code().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        for &code in Version::ALL {
            assert_ne!(version(code), UNKNOWN);
        }
        for &code in KeyUsage::ALL {
            assert_ne!(usage(code), UNKNOWN, "{code:?}");
        }
        for &code in AlgorithmFamily::ALL {
            assert_ne!(family(code), UNKNOWN);
        }
        for &code in ModeOfUse::ALL {
            assert_ne!(mode(code), UNKNOWN);
        }
        for &code in Exportability::ALL {
            assert_ne!(exportability(code), UNKNOWN);
        }
        for &code in KeyContext::ALL {
            assert_ne!(key_context(code), UNKNOWN);
        }
        for &code in KeyAlgorithm::ALL {
            assert_ne!(algorithm(code), UNKNOWN);
        }
        for code in WorkingKeyType::ALL {
            assert_ne!(working_key_type(code), UNKNOWN);
        }
    }

    #[test]
    fn every_known_optional_block_has_words() {
        for first in b'A'..=b'Z' {
            for last in b'A'..=b'Z' {
                let id = OptionalBlockId::from_code([first, last]).unwrap();
                assert_eq!(optional_block(id) != UNKNOWN, id.is_known(), "{id}");
            }
        }
    }
}
