//! The port for whoever decides who may do what.

use core::fmt;

use super::Caller;
use crate::{AliasName, Approval, Key, KeyAttributes, Operation, Principal};

/// Whether an operation may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between the two")]
pub enum Decision {
    /// It may.
    Allowed,
    /// It may not.
    Denied,
}

/// Decides who may do what.
///
/// It is asked after a request was read and the keys it names were found, and before anything
/// changes. It answers from memory, at once; so it is no trait of futures, and one service can be
/// given any of its kinds.
pub trait Authorize: fmt::Debug + Send + Sync {
    /// What can be said before the keys are found: `None` if it depends on them.
    fn beforehand(&self, caller: &Caller, operation: Operation) -> Option<Decision>;

    /// Decides about one of the resources that an operation acts on; each must be allowed.
    fn decide(&self, question: &Question<'_>) -> Decision;

    /// Decides whether a credential may approve of what another asked for. It is asked when the key
    /// is about to leave; unless something else is said, each other credential may.
    fn decide_approval(&self, _: &Principal, _: &Approval, _: &Key) -> Decision {
        Decision::Allowed
    }
}

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Question<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// For which operation.
    pub operation: Operation,
    /// On what.
    pub resource: Resource<'a>,
    /// What else the request says.
    pub circumstances: &'a Circumstances,
}

impl<'a> Question<'a> {
    /// Joins the four.
    #[must_use]
    pub const fn new(
        caller: &'a Caller,
        operation: Operation,
        resource: Resource<'a>,
        circumstances: &'a Circumstances,
    ) -> Self {
        Self { caller, operation, resource, circumstances }
    }
}

/// What an operation acts on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Resource<'a> {
    /// The whole account: keys are listed, or one is made, or an alias that points nowhere is meant.
    Account,
    /// A key, with every alias that points to it.
    Key {
        /// The key.
        key: &'a Key,
        /// Its aliases.
        aliases: &'a [AliasName],
    },
    /// A name under which there is no key here. If it is allowed, the caller is told so.
    Unknown {
        /// The name as the request has it.
        name: &'a str,
    },
}

/// A key that a request names beside the one that it acts on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Related {
    /// It is here.
    Key(Box<Key>),
    /// It is not.
    Unknown(String),
}

/// What a request says beside the resource: the condition keys of the API.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Circumstances {
    /// The member of the union `KeyMaterial`, such as `Tr31KeyBlock`.
    pub material: Option<&'static str>,
    /// `WrappingKeyIdentifier`.
    pub wrapping_key: Option<Related>,
    /// `CertificateAuthorityPublicKeyIdentifier`.
    pub authority: Option<Related>,
    /// `SigningKeyIdentifier`.
    pub signing_key: Option<Related>,
    /// SHA-256 of the receiver's certificate in DER, in lower-case hex digits.
    pub receiver: Option<String>,
    /// Whether a DUKPT initial key leaves in place of the key itself.
    pub initial_key: bool,
    /// The alias by which the request names the resource.
    pub request_alias: Option<AliasName>,
    /// The keys of the labels in the request.
    pub tag_keys: Vec<String>,
    /// What a key is to be for that is to be made, and whether it is to be exportable.
    pub attributes: Option<(KeyAttributes, bool)>,
}
