//! A key that came, with what came with it.

use key_types::{AlgorithmFamily, Exportability, KeyAlgorithm, KeyUsage, KeyVersion, SecretKey};
use tr31::{Content, Header, HmacHash, OptionalBlockId};
use tr34::Layout;

use crate::Named;
use crate::error::{Error, Member};
use crate::key::{KeyAttributes, KeyClass};
use crate::ports::Write;
use crate::rules::{ModeFlags, Rule, attributes};

/// A key that came and that may stay.
pub(crate) struct Arrival {
    pub(crate) material: SecretKey,
    pub(crate) attributes: KeyAttributes,
    pub(crate) exportable: bool,
    /// As the header has it, unless it says that there is none.
    pub(crate) key_version: Option<String>,
    pub(crate) optional_blocks: Vec<(String, String)>,
    /// What has to be written with the key, all or nothing.
    pub(crate) writes: Vec<Write>,
    /// The layout of the token that brought it.
    pub(crate) layout: Option<Layout>,
}

/// Optional blocks that do not stay with the key: those that the endpoint writes anew, and check
/// values of the key that it came under.
const LEFT_BEHIND: &[OptionalBlockId] =
    &[OptionalBlockId::HM, OptionalBlockId::PB, OptionalBlockId::KP, OptionalBlockId::PK];

impl Arrival {
    /// A key with an authentic header, if the attribute table has what the header says.
    pub(super) fn of(header: &Header, material: SecretKey, at: &Member) -> Result<Self, Error> {
        let refuse = |rule| Error::invalid(at.clone(), rule);
        let usage = header.usage();
        if !KeyUsage::table().any(|(_, known)| known == usage) {
            let code = usage.code().iter().map(|&byte| char::from(byte)).collect();
            return Err(refuse(Rule::UsageWithoutName { code }));
        }
        if ModeFlags::of(header.mode()).mode() != Some(header.mode()) {
            return Err(refuse(Rule::ModeWithoutFlags));
        }
        let algorithm = algorithm(header, material.length()).ok_or(refuse(Rule::NoAlgorithm))?;
        let attributes =
            attributes::check(at, usage, KeyClass::SymmetricKey, algorithm, header.mode())?;
        let stays = |id: OptionalBlockId| !LEFT_BEHIND.contains(&id);
        let blocks = header.optional_blocks().iter().filter(|block| stays(block.id()));
        let version = header.key_version();
        Ok(Self {
            material,
            attributes,
            exportable: header.exportability() != Exportability::NonExportable,
            key_version: (version != KeyVersion::NOT_USED).then(|| version.to_string()),
            optional_blocks: blocks
                .map(|block| (block.id().to_string(), block.data().to_owned()))
                .collect(),
            writes: Vec::new(),
            layout: None,
        })
    }
}

/// The algorithm of a key of so many bytes under a header.
fn algorithm(header: &Header, length: usize) -> Option<KeyAlgorithm> {
    if header.algorithm() != AlgorithmFamily::Hmac {
        return KeyAlgorithm::of_key(header.algorithm(), length);
    }
    let block = header.optional_block(OptionalBlockId::HM)?;
    let Some(Content::HmacHash(named)) = block.content() else { return None };
    KeyAlgorithm::ALL.iter().copied().find(|algorithm| {
        algorithm.hash().map(HmacHash::from) == Some(named)
            && algorithm.key_length() == Some(length)
    })
}
