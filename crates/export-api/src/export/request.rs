//! What is asked for.

use key_types::{Exportability, KeyVersion, ModeOfUse};
use tr31::OptionalBlock;

use crate::error::Member;
use crate::key::KeyCheckValueAlgorithm;
use crate::wire::KeyIdentifier;

/// An export as it was asked for; every member has the right form, nothing is allowed yet.
pub(crate) struct Request {
    pub(crate) key: KeyIdentifier,
    pub(crate) form: Tr31Wish,
    pub(crate) initial_key: Option<InitialKeyWish>,
    pub(crate) check_value: Option<KeyCheckValueAlgorithm>,
}

/// An export as a TR-31 key block under a key of the store.
pub(crate) struct Tr31Wish {
    pub(crate) wrapping_key: KeyIdentifier,
    pub(crate) header: HeaderWishes,
}

/// What the header is to say in place of the key's own values.
#[derive(Default)]
pub(crate) struct HeaderWishes {
    /// The member that held the wishes, for messages.
    pub(crate) at: Option<Member>,
    pub(crate) mode: Option<ModeOfUse>,
    pub(crate) exportability: Option<Exportability>,
    pub(crate) key_version: Option<KeyVersion>,
    pub(crate) optional_blocks: Vec<OptionalBlock>,
}

impl HeaderWishes {
    /// The path of one of the wishes.
    pub(crate) fn member(&self, name: &str) -> Member {
        self.at.as_ref().map_or_else(|| Member::from(name), |at| at.member(name))
    }
}

/// The DUKPT initial key of a device, in place of the base derivation key itself.
pub(crate) struct InitialKeyWish {
    /// 20 or 24 upper-case hex digits.
    pub(crate) key_serial_number: String,
}
