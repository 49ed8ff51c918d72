//! Which usages, algorithms and modes go together: one table.

use key_types::{AlgorithmFamily, KeyUsage, ModeOfUse};

/// Whether a strict exporter may make a key block with these three.
///
/// Mode `N` is left to import: it says nothing.
///
/// ```
/// use key_types::{AlgorithmFamily, KeyUsage, ModeOfUse};
/// use tr31::go_together;
///
/// let (usage, mode) = (KeyUsage::CardVerification, ModeOfUse::GenerateVerify);
/// assert!(go_together(usage, AlgorithmFamily::Tdes, mode));
/// assert!(!go_together(usage, AlgorithmFamily::Rsa, mode));
/// ```
///
/// Standard: ANSI X9.143:2021, 6.3.1, tables 2 to 4.
#[must_use]
pub fn go_together(usage: KeyUsage, algorithm: AlgorithmFamily, mode: ModeOfUse) -> bool {
    let (algorithms, modes) = row(usage);
    algorithms.contains(&algorithm.code()) && modes.contains(&mode.code())
}

/// Whether keys of the algorithm have this usage in any mode.
pub(crate) fn has_algorithm(usage: KeyUsage, algorithm: AlgorithmFamily) -> bool {
    row(usage).0.contains(&algorithm.code())
}

/// The codes of the algorithms and of the modes that a usage goes with.
#[rustfmt::skip]
const fn row(usage: KeyUsage) -> (&'static [u8], &'static [u8]) {
    use KeyUsage as U;
    match usage {
        U::BaseDerivation | U::InitialDukpt => (b"TA", b"X"),
        U::BaseKeyVariant => (b"T", b"XY"),
        U::KeyDerivation => (b"TAH", b"X"),
        U::CardVerification => (b"TA", b"CGV"),
        U::DataEncryption | U::DecimalizationTable | U::SensitiveDataEncryption => (b"TA", b"BDE"),
        U::AsymmetricDataEncryption | U::EmvPinEncryption => (b"RE", b"BDE"),
        U::EmvApplicationCryptogram | U::EmvConfidentiality | U::EmvIntegrity
        | U::EmvDataAuthentication | U::EmvDynamicNumbers | U::EmvCardPersonalization
        | U::EmvOther => (b"TA", b"X"),
        U::InitializationVector => (b"TA", b"N"),
        U::KeyEncryption => (b"TAR", b"BDE"),
        U::KeyBlockProtection => (b"TA", b"BDE"),
        U::Tr34Asymmetric => (b"R", b"BDE"),
        U::AsymmetricKeyAgreement => (b"RE", b"BDEX"),
        U::Iso20038KeyBlockProtection => (b"A", b"BDE"),
        U::MacIso16609 | U::MacIso9797Algorithm2 | U::MacIso9797Algorithm3
        | U::MacIso9797Algorithm4 | U::MacIso9797Algorithm6 => (b"T", b"CGV"),
        U::MacIso9797Algorithm1 | U::MacIso9797Algorithm5Legacy | U::MacCmac => (b"TA", b"CGV"),
        U::MacHmac => (b"H", b"CGV"),
        U::PinEncryption => (b"TA", b"BDE"),
        U::PinGeneration => (b"TA", b"CGV"),
        U::DigitalSignature => (b"RES", b"SV"),
        U::CertificateAuthority => (b"RE", b"SV"),
        U::AsymmetricOther => (b"RE", b"SVTBDE"),
        U::PinVerificationOther | U::PinVerificationIbm3624 | U::PinVerificationVisaPvv
        | U::PinVerificationX9132Algorithm1 | U::PinVerificationX9132Algorithm2
        | U::PinVerificationX9132Algorithm3 => (b"TA", b"CGV"),
        // A usage that key-types gains and this table lacks goes with nothing.
        _ => (b"", b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usage_has_a_row() {
        for &usage in KeyUsage::ALL {
            assert!(!row(usage).0.is_empty(), "{usage:?}");
        }
    }
}
