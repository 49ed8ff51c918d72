//! Key usage, header bytes 5 and 6.

use crate::code_table::code_table;

code_table! {
    /// What a key is for: two characters of the key block header.
    ///
    /// Unknown codes have no value here; a reader that must keep them does so in its own type.
    ///
    /// Standard: ANSI X9.143:2021, 6.3.1, table 2; ISO 20038:2017 (`K4`).
    pub enum KeyUsage: [u8; 2] {
        /// `B0`: base derivation key (BDK).
        BaseDerivation = [b'B', b'0'],
        /// `B1`: initial DUKPT key (IK, also IPEK).
        InitialDukpt = [b'B', b'1'],
        /// `B2`: base key variant key, deprecated.
        BaseKeyVariant = [b'B', b'2'],
        /// `B3`: key derivation key outside ANSI X9.24.
        KeyDerivation = [b'B', b'3'],
        /// `C0`: card verification (CVV, CSC).
        CardVerification = [b'C', b'0'],
        /// `D0`: symmetric data encryption.
        DataEncryption = [b'D', b'0'],
        /// `D1`: asymmetric data encryption.
        AsymmetricDataEncryption = [b'D', b'1'],
        /// `D2`: encryption of decimalization tables.
        DecimalizationTable = [b'D', b'2'],
        /// `D3`: encryption of sensitive data.
        SensitiveDataEncryption = [b'D', b'3'],
        /// `E0`: EMV issuer master key, application cryptograms.
        EmvApplicationCryptogram = [b'E', b'0'],
        /// `E1`: EMV issuer master key, secure messaging for confidentiality.
        EmvConfidentiality = [b'E', b'1'],
        /// `E2`: EMV issuer master key, secure messaging for integrity.
        EmvIntegrity = [b'E', b'2'],
        /// `E3`: EMV issuer master key, data authentication code.
        EmvDataAuthentication = [b'E', b'3'],
        /// `E4`: EMV issuer master key, dynamic numbers.
        EmvDynamicNumbers = [b'E', b'4'],
        /// `E5`: EMV issuer master key, card personalization.
        EmvCardPersonalization = [b'E', b'5'],
        /// `E6`: EMV issuer master key, other.
        EmvOther = [b'E', b'6'],
        /// `E7`: EMV asymmetric pair for PIN encryption.
        EmvPinEncryption = [b'E', b'7'],
        /// `I0`: initialization vector.
        InitializationVector = [b'I', b'0'],
        /// `K0`: key encryption or wrapping.
        KeyEncryption = [b'K', b'0'],
        /// `K1`: key block protection key (KBPK).
        KeyBlockProtection = [b'K', b'1'],
        /// `K2`: TR-34 asymmetric key.
        Tr34Asymmetric = [b'K', b'2'],
        /// `K3`: asymmetric key for key agreement or wrapping.
        AsymmetricKeyAgreement = [b'K', b'3'],
        /// `K4`: key block protection key of ISO 20038.
        Iso20038KeyBlockProtection = [b'K', b'4'],
        /// `M0`: ISO 16609 MAC algorithm 1.
        MacIso16609 = [b'M', b'0'],
        /// `M1`: ISO 9797-1 MAC algorithm 1.
        MacIso9797Algorithm1 = [b'M', b'1'],
        /// `M2`: ISO 9797-1 MAC algorithm 2.
        MacIso9797Algorithm2 = [b'M', b'2'],
        /// `M3`: ISO 9797-1 MAC algorithm 3, the retail MAC.
        MacIso9797Algorithm3 = [b'M', b'3'],
        /// `M4`: ISO 9797-1 MAC algorithm 4.
        MacIso9797Algorithm4 = [b'M', b'4'],
        /// `M5`: ISO 9797-1:1999 MAC algorithm 5, legacy.
        MacIso9797Algorithm5Legacy = [b'M', b'5'],
        /// `M6`: ISO 9797-1:2011 MAC algorithm 5, CMAC.
        MacCmac = [b'M', b'6'],
        /// `M7`: HMAC.
        MacHmac = [b'M', b'7'],
        /// `M8`: ISO 9797-1 MAC algorithm 6.
        MacIso9797Algorithm6 = [b'M', b'8'],
        /// `P0`: PIN encryption.
        PinEncryption = [b'P', b'0'],
        /// `P1`: PIN generation.
        PinGeneration = [b'P', b'1'],
        /// `S0`: asymmetric pair for digital signatures.
        DigitalSignature = [b'S', b'0'],
        /// `S1`: asymmetric pair of a certificate authority.
        CertificateAuthority = [b'S', b'1'],
        /// `S2`: asymmetric pair outside ANSI X9.24.
        AsymmetricOther = [b'S', b'2'],
        /// `V0`: PIN verification, other.
        PinVerificationOther = [b'V', b'0'],
        /// `V1`: PIN verification, IBM 3624.
        PinVerificationIbm3624 = [b'V', b'1'],
        /// `V2`: PIN verification, Visa PVV.
        PinVerificationVisaPvv = [b'V', b'2'],
        /// `V3`: PIN verification, ANSI X9.132 algorithm 1.
        PinVerificationX9132Algorithm1 = [b'V', b'3'],
        /// `V4`: PIN verification, ANSI X9.132 algorithm 2.
        PinVerificationX9132Algorithm2 = [b'V', b'4'],
        /// `V5`: PIN verification, ANSI X9.132 algorithm 3.
        PinVerificationX9132Algorithm3 = [b'V', b'5'],
    }
}
