//! Header narrowing: what a caller may put into the header in place of the key's own values.

use key_types::Exportability::{self, Exportable, NonExportable, Sensitive};
use key_types::KeyUsage;
use key_types::ModeOfUse::{
    self, Decrypt, Encrypt, EncryptDecrypt, Generate, GenerateVerify, NoRestriction, Verify,
};

use crate::Named;
use crate::rules::attributes;

/// Modes that allow less than another one.
const NARROWER_MODES: &[(ModeOfUse, &[ModeOfUse])] =
    &[(EncryptDecrypt, &[Encrypt, Decrypt]), (GenerateVerify, &[Generate, Verify])];

/// Exportabilities that allow less than another one.
const NARROWER_EXPORTABILITIES: &[(Exportability, &[Exportability])] =
    &[(Sensitive, &[Exportable, NonExportable]), (Exportable, &[NonExportable])];

/// Whether `wanted` allows nothing that `own` does not.
///
/// A key without restrictions narrows to any mode that goes with its usage.
pub(crate) fn mode_narrows(usage: KeyUsage, own: ModeOfUse, wanted: ModeOfUse) -> bool {
    own == wanted
        || narrower(NARROWER_MODES, own).contains(&wanted)
        || own == NoRestriction && attributes::modes(usage).contains(&wanted)
}

/// Whether `wanted` allows nothing that `own` does not.
pub(crate) fn exportability_narrows(own: Exportability, wanted: Exportability) -> bool {
    own == wanted || narrower(NARROWER_EXPORTABILITIES, own).contains(&wanted)
}

fn narrower<T: PartialEq>(table: &[(T, &'static [T])], own: T) -> &'static [T] {
    table.iter().find(|(row, _)| *row == own).map_or(&[], |(_, narrower)| narrower)
}

/// The API's names of exportability.
const EXPORTABILITY_NAMES: &[(&str, Exportability)] =
    &[("EXPORTABLE", Exportable), ("NON_EXPORTABLE", NonExportable), ("SENSITIVE", Sensitive)];

impl Named for Exportability {
    fn table() -> impl Iterator<Item = (&'static str, Self)> {
        EXPORTABILITY_NAMES.iter().copied()
    }

    fn name(self) -> &'static str {
        let row = EXPORTABILITY_NAMES.iter().find(|(_, value)| *value == self);
        row.map_or("no exportability of the API", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_narrows_to_more() {
        for &own in ModeOfUse::ALL {
            for &wanted in ModeOfUse::ALL {
                let there = mode_narrows(KeyUsage::DataEncryption, own, wanted);
                let back = mode_narrows(KeyUsage::DataEncryption, wanted, own);
                assert!(own == wanted || !(there && back), "{own:?} {wanted:?}");
            }
        }
        assert!(mode_narrows(KeyUsage::DataEncryption, EncryptDecrypt, Encrypt));
        assert!(mode_narrows(KeyUsage::DataEncryption, NoRestriction, EncryptDecrypt));
        assert!(!mode_narrows(KeyUsage::DataEncryption, NoRestriction, Verify));
        assert!(!mode_narrows(KeyUsage::DataEncryption, Encrypt, EncryptDecrypt));
        assert!(!mode_narrows(KeyUsage::DataEncryption, Encrypt, Decrypt));
    }

    #[test]
    fn exportability_has_one_order() {
        let allowed = |own, wanted| exportability_narrows(own, wanted);
        assert!(allowed(Sensitive, Exportable) && allowed(Exportable, NonExportable));
        assert!(!allowed(Exportable, Sensitive) && !allowed(NonExportable, Exportable));
    }
}
