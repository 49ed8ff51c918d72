//! What the header of an outgoing key says: the key's own values, narrowed where asked.

use key_types::{Exportability, KeyAlgorithm, KeyUsage, KeyVersion, ModeOfUse};
use tr31::{Header, OptionalBlock, OptionalBlockId, Version, danger};

use super::HeaderWishes;
use crate::error::{Error, Fault, Member};
use crate::key::Key;
use crate::rules::{Rule, narrowing};

/// An initial key is marked sensitive, as the published example of one is; ordinary keys are
/// marked exportable. A caller can narrow both.
const INITIAL_KEY_EXPORTABILITY: Exportability = Exportability::Sensitive;
const KEY_EXPORTABILITY: Exportability = Exportability::Exportable;

/// The header of an outgoing key, except for the version of the key block.
pub(crate) struct HeaderPlan {
    usage: KeyUsage,
    algorithm: KeyAlgorithm,
    mode: ModeOfUse,
    exportability: Exportability,
    key_version: KeyVersion,
    optional_blocks: Vec<OptionalBlock>,
    /// The member that held the optional blocks, for messages.
    optional_blocks_member: Member,
}

impl HeaderPlan {
    /// The header of a key that leaves as it is stored.
    pub(super) fn of_key(key: &Key, wishes: HeaderWishes) -> Result<Self, Error> {
        let attributes = key.attributes();
        let own = (attributes.usage(), attributes.algorithm(), attributes.mode());
        let plan = Self::narrowed(own, KEY_EXPORTABILITY, wishes)?;
        plan.with_what_came(key)
    }

    /// The same header with what came with the key when it was imported: its version, unless the
    /// caller has another, and its optional blocks, before those of the caller.
    fn with_what_came(mut self, key: &Key) -> Result<Self, Error> {
        let damaged = || Error::Internal { cause: Fault::DamagedRecord };
        if let Some(version) = &key.key_version
            && self.key_version == KeyVersion::NOT_USED
        {
            let code = <[u8; 2]>::try_from(version.as_bytes()).map_err(|_| damaged())?;
            self.key_version = KeyVersion::from_code(code).map_err(|_| damaged())?;
        }
        let mut blocks = Vec::new();
        for (id, data) in &key.optional_blocks {
            let code = <[u8; 2]>::try_from(id.as_bytes()).map_err(|_| damaged())?;
            let id = OptionalBlockId::from_code(code).map_err(|_| damaged())?;
            if self.optional_blocks.iter().any(|block| block.id() == id) {
                let rule = Rule::BlockContent { code: "OptDuplicate" };
                return Err(Error::invalid(self.optional_blocks_member, rule));
            }
            let block = danger::optional_block_with_any_content(id, data);
            blocks.push(block.map_err(|_| damaged())?);
        }
        blocks.append(&mut self.optional_blocks);
        Ok(Self { optional_blocks: blocks, ..self })
    }

    /// The header of an initial key derived from a base derivation key of `algorithm`.
    pub(super) fn of_initial_key(
        algorithm: KeyAlgorithm,
        wishes: HeaderWishes,
    ) -> Result<Self, Error> {
        let own = (KeyUsage::InitialDukpt, algorithm, ModeOfUse::Derive);
        Self::narrowed(own, INITIAL_KEY_EXPORTABILITY, wishes)
    }

    fn narrowed(
        (usage, algorithm, own_mode): (KeyUsage, KeyAlgorithm, ModeOfUse),
        own_exportability: Exportability,
        wishes: HeaderWishes,
    ) -> Result<Self, Error> {
        let mode = wishes.mode.unwrap_or(own_mode);
        if !narrowing::mode_narrows(usage, own_mode, mode) {
            let rule = Rule::WiderMode { own: own_mode };
            return Err(Error::invalid(wishes.member("KeyModesOfUse"), rule));
        }
        let exportability = wishes.exportability.unwrap_or(own_exportability);
        if !narrowing::exportability_narrows(own_exportability, exportability) {
            let rule = Rule::WiderExportability { own: own_exportability };
            return Err(Error::invalid(wishes.member("KeyExportability"), rule));
        }
        Ok(Self {
            usage,
            algorithm,
            mode,
            exportability,
            key_version: wishes.key_version.unwrap_or(KeyVersion::NOT_USED),
            optional_blocks_member: wishes.member("OptionalBlocks"),
            optional_blocks: wishes.optional_blocks,
        })
    }

    /// The algorithm of the key that travels.
    pub(super) const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The member of the request that held the optional blocks.
    pub(super) const fn optional_blocks_member(&self) -> &Member {
        &self.optional_blocks_member
    }

    /// The header as a key block of `version` carries it: the hash of an HMAC key first, then
    /// the caller's optional blocks.
    pub(super) fn for_key_block(self, version: Version) -> Result<Header, tr31::Error> {
        let family = self.algorithm.family();
        let header = Header::new(version, self.usage, family, self.mode, self.exportability)
            .with_key_version(self.key_version);
        let hash_block = self.algorithm.hash().map(OptionalBlock::hmac_hash);
        hash_block
            .into_iter()
            .chain(self.optional_blocks)
            .try_fold(header, Header::with_optional_block)
    }
}
