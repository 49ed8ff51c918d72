//! The attribute table: which usage, algorithm and mode of use go together.

use key_types::KeyAlgorithm::{
    self, Aes128, Aes192, Aes256, EccNistP256, EccNistP384, EccNistP521, HmacSha224, HmacSha256,
    HmacSha384, HmacSha512, Rsa2048, Rsa3072, Rsa4096, Tdes2Key, Tdes3Key,
};
use key_types::KeyUsage::{self, *};
use key_types::ModeOfUse::{
    self, Decrypt, Derive, Encrypt, EncryptDecrypt, Generate, GenerateVerify, NoRestriction, Sign,
    Verify,
};

use crate::Named;
use crate::error::{Error, Member};
use crate::key::{KeyAttributes, KeyClass};
use crate::rules::Rule;

/// One key usage of the API: its name, and what goes with it.
struct Row {
    usage: KeyUsage,
    name: &'static str,
    class: KeyClass,
    algorithms: &'static [KeyAlgorithm],
    modes: &'static [ModeOfUse],
}

const TDES: &[KeyAlgorithm] = &[Tdes2Key, Tdes3Key];
const TDES_AES: &[KeyAlgorithm] = &[Tdes2Key, Tdes3Key, Aes128, Aes192, Aes256];
const TDES_AES_HMAC: &[KeyAlgorithm] =
    &[Tdes2Key, Tdes3Key, Aes128, Aes192, Aes256, HmacSha224, HmacSha256, HmacSha384, HmacSha512];

const RSA: &[KeyAlgorithm] = &[Rsa2048, Rsa3072, Rsa4096];
const RSA_ECC: &[KeyAlgorithm] =
    &[Rsa2048, Rsa3072, Rsa4096, EccNistP256, EccNistP384, EccNistP521];

const DERIVING: &[ModeOfUse] = &[Derive, NoRestriction];
const ENCRYPTING: &[ModeOfUse] = &[EncryptDecrypt, Encrypt, Decrypt, NoRestriction];
const CHECKING: &[ModeOfUse] = &[Generate, Verify, GenerateVerify, NoRestriction];
const CHECKING_RESTRICTED: &[ModeOfUse] = &[Generate, Verify, GenerateVerify];

const PAIR_ENCRYPTING: &[ModeOfUse] = &[EncryptDecrypt, Encrypt, Decrypt];
const PAIR_SIGNING: &[ModeOfUse] = &[Sign, Verify];
const PAIR_TR34: &[ModeOfUse] = &[Derive, EncryptDecrypt, Encrypt, Decrypt];

const fn symmetric(
    usage: KeyUsage,
    name: &'static str,
    algorithms: &'static [KeyAlgorithm],
    modes: &'static [ModeOfUse],
) -> Row {
    Row { usage, name, class: KeyClass::SymmetricKey, algorithms, modes }
}

const fn pair(
    usage: KeyUsage,
    name: &'static str,
    algorithms: &'static [KeyAlgorithm],
    modes: &'static [ModeOfUse],
) -> Row {
    Row { usage, name, class: KeyClass::AsymmetricKeyPair, algorithms, modes }
}

/// Every usage the API has a name for, in the order of its model.
///
/// HMAC keys stand with `M7` beside TDES and AES keys: the published table predates the HMAC
/// algorithms and still lists the others.
const TABLE: &[Row] = &[
    symmetric(BaseDerivation, "TR31_B0_BASE_DERIVATION_KEY", TDES_AES, DERIVING),
    symmetric(CardVerification, "TR31_C0_CARD_VERIFICATION_KEY", TDES_AES, CHECKING),
    symmetric(DataEncryption, "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", TDES_AES, ENCRYPTING),
    pair(
        AsymmetricDataEncryption,
        "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION",
        RSA,
        PAIR_ENCRYPTING,
    ),
    symmetric(EmvApplicationCryptogram, "TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS", TDES_AES, DERIVING),
    symmetric(EmvConfidentiality, "TR31_E1_EMV_MKEY_CONFIDENTIALITY", TDES_AES, DERIVING),
    symmetric(EmvIntegrity, "TR31_E2_EMV_MKEY_INTEGRITY", TDES_AES, DERIVING),
    symmetric(EmvDynamicNumbers, "TR31_E4_EMV_MKEY_DYNAMIC_NUMBERS", TDES_AES, DERIVING),
    symmetric(EmvCardPersonalization, "TR31_E5_EMV_MKEY_CARD_PERSONALIZATION", TDES_AES, DERIVING),
    symmetric(EmvOther, "TR31_E6_EMV_MKEY_OTHER", TDES_AES, DERIVING),
    symmetric(KeyEncryption, "TR31_K0_KEY_ENCRYPTION_KEY", TDES_AES, ENCRYPTING),
    symmetric(KeyBlockProtection, "TR31_K1_KEY_BLOCK_PROTECTION_KEY", TDES_AES, ENCRYPTING),
    // Key agreement is not offered yet, so that no algorithm goes with it.
    pair(AsymmetricKeyAgreement, "TR31_K3_ASYMMETRIC_KEY_FOR_KEY_AGREEMENT", &[], &[]),
    symmetric(MacIso16609, "TR31_M0_ISO_16609_MAC_KEY", TDES, CHECKING_RESTRICTED),
    symmetric(MacIso9797Algorithm3, "TR31_M3_ISO_9797_3_MAC_KEY", TDES, CHECKING),
    symmetric(MacIso9797Algorithm1, "TR31_M1_ISO_9797_1_MAC_KEY", TDES, CHECKING),
    symmetric(MacCmac, "TR31_M6_ISO_9797_5_CMAC_KEY", TDES_AES, CHECKING),
    symmetric(MacHmac, "TR31_M7_HMAC_KEY", TDES_AES_HMAC, CHECKING),
    symmetric(PinEncryption, "TR31_P0_PIN_ENCRYPTION_KEY", TDES_AES, ENCRYPTING),
    symmetric(PinGeneration, "TR31_P1_PIN_GENERATION_KEY", TDES, CHECKING),
    pair(DigitalSignature, "TR31_S0_ASYMMETRIC_KEY_FOR_DIGITAL_SIGNATURE", RSA, PAIR_SIGNING),
    symmetric(PinVerificationIbm3624, "TR31_V1_IBM3624_PIN_VERIFICATION_KEY", TDES_AES, CHECKING),
    symmetric(PinVerificationVisaPvv, "TR31_V2_VISA_PIN_VERIFICATION_KEY", TDES_AES, CHECKING),
    pair(Tr34Asymmetric, "TR31_K2_TR34_ASYMMETRIC_KEY", RSA, PAIR_TR34),
];

/// What public keys may be imported for, with certificates: to verify what an authority signed.
const PUBLIC_ALGORITHMS: &[KeyAlgorithm] = RSA_ECC;
const PUBLIC_MODES: &[ModeOfUse] = &[Verify];

/// What the API calls an initial DUKPT key, which it derives but never stores.
const INITIAL_KEY_NAME: &str = "TR31_B1_INITIAL_DUKPT_KEY";

fn row(usage: KeyUsage) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.usage == usage)
}

impl Named for KeyUsage {
    fn table() -> impl Iterator<Item = (&'static str, Self)> {
        TABLE.iter().map(|row| (row.name, row.usage))
    }

    fn name(self) -> &'static str {
        row(self).map_or(INITIAL_KEY_NAME, |row| row.name)
    }
}

/// The modes of use that go with a usage.
pub(crate) fn modes(usage: KeyUsage) -> &'static [ModeOfUse] {
    row(usage).map_or(&[], |row| row.modes)
}

/// Joins usage, class, algorithm and mode if the table has them together.
pub(crate) fn check(
    at: &Member,
    usage: KeyUsage,
    class: KeyClass,
    algorithm: KeyAlgorithm,
    mode: ModeOfUse,
) -> Result<KeyAttributes, Error> {
    const CLASSES: Rule =
        Rule::NotOffered { offered: "SYMMETRIC_KEY, ASYMMETRIC_KEY_PAIR, PUBLIC_KEY" };
    const PAIRS: Rule =
        Rule::NotOffered { offered: "RSA key pairs; elliptic curve pairs are not offered yet" };

    let refuse = |member: &str, rule| Err(Error::invalid(at.member(member), rule));
    let row = row(usage);
    let (fits, algorithms, modes) = match class {
        KeyClass::SymmetricKey | KeyClass::AsymmetricKeyPair => {
            let row = row.filter(|row| row.class == class);
            (row.is_some(), row.map_or(&[][..], |row| row.algorithms), modes(usage))
        }
        KeyClass::PublicKey => (usage == DigitalSignature, PUBLIC_ALGORITHMS, PUBLIC_MODES),
        KeyClass::PrivateKey => return refuse("KeyClass", CLASSES),
    };
    if !fits {
        return refuse("KeyUsage", Rule::UsageForClass { class });
    }
    if algorithms.is_empty() {
        return refuse("KeyUsage", PAIRS);
    }
    if !algorithms.contains(&algorithm) {
        return refuse("KeyAlgorithm", Rule::AlgorithmForUsage { usage, allowed: algorithms });
    }
    if !modes.contains(&mode) {
        return refuse("KeyModesOfUse", Rule::ModeForUsage { usage, allowed: modes });
    }
    Ok(KeyAttributes { usage, class, algorithm, mode })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(usage: KeyUsage, algorithm: KeyAlgorithm, mode: ModeOfUse) -> bool {
        check(&Member::request(), usage, KeyClass::SymmetricKey, algorithm, mode).is_ok()
    }

    #[test]
    fn names_lead_there_and_back() {
        assert_eq!(TABLE.len(), 24);
        for (name, usage) in KeyUsage::table() {
            assert_eq!(usage.name(), name);
            assert_eq!(KeyUsage::from_name(name), Some(usage));
            let [first, second] = usage.code();
            let code = [char::from(first), char::from(second)].iter().collect::<String>();
            assert_eq!(name.split('_').nth(1), Some(code.as_str()));
        }
    }

    #[test]
    fn every_cell_of_the_table_is_as_the_rows_say_and_no_other() {
        let mut allowed_cells = 0;
        for &usage in KeyUsage::ALL {
            for &algorithm in KeyAlgorithm::ALL {
                for &mode in ModeOfUse::ALL {
                    allowed_cells += usize::from(allowed(usage, algorithm, mode));
                }
            }
        }
        // Usages x algorithms x modes: B0, E0..E2, E4..E6 derive (7 x 5 x 2); D0 K0 K1 P0 encrypt
        // (4 x 5 x 4); C0 M6 V1 V2 check (4 x 5 x 4); M1 M3 P1 (3 x 2 x 4); M0 (2 x 3); M7 (9 x 4).
        assert_eq!(allowed_cells, 70 + 80 + 80 + 24 + 6 + 36);
    }

    #[test]
    fn key_pairs_and_public_keys_have_their_own_cells() {
        let count = |class: KeyClass| {
            let mut cells = 0;
            for &usage in KeyUsage::ALL {
                for &algorithm in KeyAlgorithm::ALL {
                    for &mode in ModeOfUse::ALL {
                        let found = check(&Member::request(), usage, class, algorithm, mode);
                        cells += usize::from(found.is_ok());
                    }
                }
            }
            cells
        };
        // RSA sizes x modes of D1, S0 and K2; an authority verifies, with RSA or on a curve.
        assert_eq!(count(KeyClass::AsymmetricKeyPair), 3 * (3 + 2 + 4));
        assert_eq!(count(KeyClass::PublicKey), 6);
        assert_eq!(count(KeyClass::PrivateKey), 0);
    }

    #[test]
    fn combinations_that_a_clerk_would_get_wrong() {
        assert!(allowed(BaseDerivation, Tdes2Key, Derive));
        assert!(!allowed(BaseDerivation, Tdes2Key, Encrypt));
        assert!(!allowed(BaseDerivation, HmacSha256, Derive));
        assert!(!allowed(MacIso9797Algorithm3, Aes128, GenerateVerify));
        assert!(allowed(MacHmac, HmacSha512, GenerateVerify));
        assert!(!allowed(PinEncryption, Aes256, Derive));
        assert!(!allowed(InitialDukpt, Tdes2Key, Derive));
        assert!(!allowed(DigitalSignature, Rsa2048, Sign));
    }
}
