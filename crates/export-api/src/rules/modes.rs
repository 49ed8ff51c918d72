//! The nine mode flags of the API and the one mode letter of a key block header.

use key_types::ModeOfUse;
use serde::Serialize;

use crate::Named;

/// The flags as the API lists them; an absent flag is false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModeFlags {
    pub(crate) encrypt: bool,
    pub(crate) decrypt: bool,
    pub(crate) wrap: bool,
    pub(crate) unwrap: bool,
    pub(crate) generate: bool,
    pub(crate) sign: bool,
    pub(crate) verify: bool,
    pub(crate) derive_key: bool,
    pub(crate) no_restrictions: bool,
}

const NONE: ModeFlags = ModeFlags {
    encrypt: false,
    decrypt: false,
    wrap: false,
    unwrap: false,
    generate: false,
    sign: false,
    verify: false,
    derive_key: false,
    no_restrictions: false,
};

/// One set of flags that is a mode of use.
struct Row {
    mode: ModeOfUse,
    name: &'static str,
    flags: ModeFlags,
}

/// Every set of flags the API allows; any other set is refused.
const TABLE: &[Row] = &[
    Row {
        mode: ModeOfUse::EncryptDecrypt,
        name: "Encrypt+Decrypt+Wrap+Unwrap",
        flags: ModeFlags { encrypt: true, decrypt: true, wrap: true, unwrap: true, ..NONE },
    },
    Row {
        mode: ModeOfUse::Encrypt,
        name: "Encrypt+Wrap",
        flags: ModeFlags { encrypt: true, wrap: true, ..NONE },
    },
    Row {
        mode: ModeOfUse::Decrypt,
        name: "Decrypt+Unwrap",
        flags: ModeFlags { decrypt: true, unwrap: true, ..NONE },
    },
    Row {
        mode: ModeOfUse::GenerateVerify,
        name: "Generate+Verify",
        flags: ModeFlags { generate: true, verify: true, ..NONE },
    },
    Row {
        mode: ModeOfUse::Generate,
        name: "Generate",
        flags: ModeFlags { generate: true, ..NONE },
    },
    Row { mode: ModeOfUse::Verify, name: "Verify", flags: ModeFlags { verify: true, ..NONE } },
    Row { mode: ModeOfUse::Sign, name: "Sign", flags: ModeFlags { sign: true, ..NONE } },
    Row {
        mode: ModeOfUse::Derive,
        name: "DeriveKey",
        flags: ModeFlags { derive_key: true, ..NONE },
    },
    Row {
        mode: ModeOfUse::NoRestriction,
        name: "NoRestrictions",
        flags: ModeFlags { no_restrictions: true, ..NONE },
    },
];

impl ModeFlags {
    /// The mode of use these flags make, or `None` for a set that makes none.
    pub(crate) fn mode(self) -> Option<ModeOfUse> {
        TABLE.iter().find(|row| row.flags == self).map(|row| row.mode)
    }

    /// The flags of a mode of use; none for a mode the API has no flags for.
    pub(crate) fn of(mode: ModeOfUse) -> Self {
        TABLE.iter().find(|row| row.mode == mode).map_or(NONE, |row| row.flags)
    }
}

/// Modes are written as their flags, in messages and in stored records.
impl Named for ModeOfUse {
    fn table() -> impl Iterator<Item = (&'static str, Self)> {
        TABLE.iter().map(|row| (row.name, row.mode))
    }

    fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.mode == self).map_or("no mode of the API", |row| row.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_lead_to_a_mode_and_back() {
        for row in TABLE {
            assert_eq!(row.flags.mode(), Some(row.mode));
            assert_eq!(ModeFlags::of(row.mode), row.flags);
            assert_eq!(ModeOfUse::from_name(row.mode.name()), Some(row.mode));
        }
    }

    #[test]
    fn other_sets_make_no_mode() {
        assert_eq!(NONE.mode(), None);
        assert_eq!(ModeFlags { encrypt: true, decrypt: true, ..NONE }.mode(), None);
        assert_eq!(ModeFlags { derive_key: true, no_restrictions: true, ..NONE }.mode(), None);
    }
}
