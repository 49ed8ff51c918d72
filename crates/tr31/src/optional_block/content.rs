//! What an optional block says, by its type.

use alloc::vec::Vec;

use key_types::InitialKeyId;

use super::{
    BdkId, Certificate, CheckValue, DerivedAttributes, HmacHash, InitialKsn, KeyLife,
    OptionalBlock, OptionalBlockId, Timestamp, WrappingPedigree, hm, ik, kv,
};

/// The content of an optional block.
///
/// ```
/// use tr31::{Content, OptionalBlock, WrappingPedigree};
///
/// let block = OptionalBlock::wrapping_pedigree(WrappingPedigree::Lesser);
/// match block.content() {
///     Some(Content::WrappingPedigree(pedigree)) => assert_eq!(pedigree, WrappingPedigree::Lesser),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(OptionalBlock::label("spare")?.content(), Some(Content::Text("spare")));
/// # Ok::<(), tr31::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// AL.
    KeyLife(KeyLife),
    /// BI.
    BdkId(BdkId),
    /// CT: one certificate, or a chain with that of the key first.
    Certificates(Vec<Certificate<'a>>),
    /// DA.
    DerivationsAllowed(Vec<DerivedAttributes>),
    /// HM.
    HmacHash(HmacHash),
    /// IK.
    InitialKeyId(InitialKeyId),
    /// KC, KP and PK.
    CheckValue(CheckValue),
    /// KS.
    InitialKsn(InitialKsn),
    /// TC and TS.
    Timestamp(Timestamp),
    /// WP.
    WrappingPedigree(WrappingPedigree),
    /// LB, KV, FL, PB, and every id that is not known: the text as it is.
    Text(&'a str),
}

impl OptionalBlock {
    /// What the block says, or `None` if its data is not of the form that its id asks for, which
    /// only a lenient reader lets pass.
    ///
    /// ```
    /// use tr31::{Content, HmacHash, OptionalBlock};
    ///
    /// let block = OptionalBlock::hmac_hash(HmacHash::Sha256);
    /// assert_eq!(block.content(), Some(Content::HmacHash(HmacHash::Sha256)));
    /// ```
    #[must_use]
    pub fn content(&self) -> Option<Content<'_>> {
        read(self.id(), self.data()).ok()
    }
}

/// Reads data of a block with this id.
///
/// # Errors
///
/// The offset in the data at which it is wrong.
pub(crate) fn read(id: OptionalBlockId, data: &str) -> Result<Content<'_>, usize> {
    Ok(match id {
        OptionalBlockId::AL => Content::KeyLife(KeyLife::read(data)?),
        OptionalBlockId::BI => Content::BdkId(BdkId::read(data)?),
        OptionalBlockId::CT => Content::Certificates(Certificate::read_all(data)?),
        OptionalBlockId::DA => Content::DerivationsAllowed(DerivedAttributes::read_all(data)?),
        OptionalBlockId::HM => Content::HmacHash(hm::read(data)?),
        OptionalBlockId::IK => Content::InitialKeyId(ik::read(data)?),
        OptionalBlockId::KC | OptionalBlockId::KP | OptionalBlockId::PK => {
            Content::CheckValue(CheckValue::read(data)?)
        }
        OptionalBlockId::KS => Content::InitialKsn(InitialKsn::read(data)?),
        OptionalBlockId::KV => {
            kv::check(data)?;
            Content::Text(data)
        }
        OptionalBlockId::TC | OptionalBlockId::TS => Content::Timestamp(Timestamp::read(data)?),
        OptionalBlockId::WP => Content::WrappingPedigree(WrappingPedigree::read(data)?),
        _ => Content::Text(data),
    })
}

impl OptionalBlockId {
    /// Whether the standard describes the block; a block that it does not is kept as text.
    ///
    /// ```
    /// use tr31::OptionalBlockId;
    ///
    /// assert!(OptionalBlockId::from_code(*b"KC")?.is_known());
    /// assert!(!OptionalBlockId::from_code(*b"ZZ")?.is_known());
    /// # Ok::<(), tr31::Error>(())
    /// ```
    #[must_use]
    pub fn is_known(self) -> bool {
        const KNOWN: [OptionalBlockId; 17] = [
            OptionalBlockId::AL,
            OptionalBlockId::BI,
            OptionalBlockId::CT,
            OptionalBlockId::DA,
            OptionalBlockId::FL,
            OptionalBlockId::HM,
            OptionalBlockId::IK,
            OptionalBlockId::KC,
            OptionalBlockId::KP,
            OptionalBlockId::KS,
            OptionalBlockId::KV,
            OptionalBlockId::LB,
            OptionalBlockId::PB,
            OptionalBlockId::PK,
            OptionalBlockId::TC,
            OptionalBlockId::TS,
            OptionalBlockId::WP,
        ];
        KNOWN.contains(&self)
    }
}
