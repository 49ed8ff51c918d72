//! Dual control: a key with a certain label leaves only if another credential approves of it.
//!
//! The first export is refused, and what it asked for is kept under an id that is a hash of it. Once
//! somebody else has approved of it, the same export passes once.

use core::fmt;
use core::str::FromStr;

use key_types::KeyAlgorithm;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::arn::NameError;
use crate::error::Error;
use crate::identity::{Identity, IdentityName};
use crate::ports::{Clock, CommitError, Decision, KeyStore, Randomness, RsaKeys, Write};
use crate::receipt::Export;
use crate::service::World;
use crate::{Key, KeyArn, Operation, Principal, Role, Timestamp};

/// For how many days an approval can be given.
const ASKED_DAYS: u16 = 1;

/// What is approved, by a hash of it: `approval-` and 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApprovalId {
    text: String,
}

impl ApprovalId {
    const PREFIX: &'static str = "approval-";

    /// The id as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ApprovalId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let hex = text.strip_prefix(Self::PREFIX).ok_or(NameError)?;
        let fits = hex.len() == 64 && base16ct::lower::decode_vec(hex).is_ok();
        if fits { Ok(Self { text: text.to_owned() }) } else { Err(NameError) }
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// An export that somebody asked for and that somebody else is to approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    key: KeyArn,
    form: String,
    recipient: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_serial_number: Option<String>,
    requester: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approver: Option<String>,
    /// What whoever approved was to the endpoint then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approver_role: Option<Role>,
}

/// Somebody cannot approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApprovalError {
    /// The identity is no approval.
    #[error("it is no approval")]
    Other,
    /// Whoever asked for the export cannot approve of it.
    #[error("whoever asked for the export cannot approve of it")]
    SamePerson,
    /// It was approved of already.
    #[error("it was approved of already")]
    Given,
    /// The time to approve is over.
    #[error("the time to approve of it is over; the export is to be asked for again")]
    Over,
}

impl Approval {
    /// The key that is to leave.
    #[must_use]
    pub const fn key(&self) -> &KeyArn {
        &self.key
    }

    /// The form it is to leave in, the name of a member of `KeyMaterial`.
    #[must_use]
    pub fn form(&self) -> &str {
        &self.form
    }

    /// Who is to receive it: the ARN of a wrapping key, or the SHA-256 hash of a certificate.
    #[must_use]
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// The device whose initial key is to leave in place of the key itself.
    #[must_use]
    pub fn key_serial_number(&self) -> Option<&str> {
        self.key_serial_number.as_deref()
    }

    /// The credential that asked.
    #[must_use]
    pub fn requester(&self) -> &str {
        &self.requester
    }

    /// The credential that approved.
    #[must_use]
    pub fn approver(&self) -> Option<&str> {
        self.approver.as_deref()
    }

    /// The credential that approved, as it was then.
    #[must_use]
    pub fn approved_as(&self) -> Option<Principal> {
        let name = self.approver.clone()?;
        Some(Principal::new(name, self.approver_role.unwrap_or_default()))
    }

    /// A hash of everything but the approver, each part with its length before it.
    fn id(&self) -> ApprovalId {
        let Self { key, form, recipient, key_serial_number, requester, .. } = self;
        let serial_number = key_serial_number.as_deref().unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [key.as_str(), form, recipient, serial_number, requester] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let digits = base16ct::lower::encode_string(&hash.finalize());
        ApprovalId { text: format!("{}{digits}", ApprovalId::PREFIX) }
    }
}

impl Identity {
    /// The export that is to be approved, if this is an approval.
    #[must_use]
    pub const fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// The same approval, given by a credential, for one export before `until`.
    ///
    /// # Errors
    ///
    /// [`ApprovalError`] if the credential cannot give it, or not now.
    pub fn approved_by(
        mut self,
        approver: &Principal,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Self, ApprovalError> {
        let approval = self.approval.as_mut().ok_or(ApprovalError::Other)?;
        if approval.requester == approver.name() {
            return Err(ApprovalError::SamePerson);
        }
        if self.valid_until <= now {
            return Err(ApprovalError::Over);
        }
        if approval.approver.is_some() {
            return Err(ApprovalError::Given);
        }
        approval.approver = Some(approver.name().to_owned());
        approval.approver_role = Some(approver.role());
        self.valid_until = until;
        Ok(self)
    }
}

/// An approval that was given and not used yet.
pub(crate) struct Consent {
    identity: Identity,
    approval: Approval,
    id: ApprovalId,
}

/// The approval that an export of a key needs, if it needs one.
pub(crate) fn needed<S, C, R, K>(
    world: &World<S, C, R, K>,
    key: &Key,
    export: &Export,
) -> Result<Option<Approval>, Error> {
    let Some(label) = &world.approval_tag else { return Ok(None) };
    if key.tags().iter().all(|tag| tag.key() != label) {
        return Ok(None);
    }
    let denied = || Error::Denied { operation: Operation::ExportKey };
    Ok(Some(Approval {
        key: export.key.clone(),
        form: export.form.to_owned(),
        recipient: export.recipient.clone(),
        key_serial_number: export.key_serial_number.clone(),
        requester: export.requester.clone().ok_or_else(denied)?,
        approver: None,
        approver_role: None,
    }))
}

/// Finds the approval that was given of an export, or asks for it.
///
/// One that was given by somebody who may not approve is as none: it is asked for anew.
///
/// # Errors
///
/// [`Error::NeedsApproval`] if there is none that holds now.
pub(crate) async fn consent<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
    world: &World<S, C, R, K>,
    wanted: Approval,
    key: &Key,
) -> Result<Consent, Error> {
    let id = wanted.id();
    let name = IdentityName::Approval(id.clone());
    let now = world.clock.now();
    let found = world.store.open_identity(&name).await?.map(|found| found.identity);
    let former = match found {
        Some(identity) if identity.valid_until > now => {
            let given = identity.approval.clone().filter(|given| {
                let by_another = given.approver().is_some_and(|name| name != wanted.requester);
                by_another && given.id() == id
            });
            match given {
                Some(approval) if is_permitted(world, &approval, key) => {
                    return Ok(Consent { identity, approval, id });
                }
                Some(_) => Some(identity),
                None => return Err(Error::NeedsApproval { id }),
            }
        }
        former => former,
    };
    let identity = Identity {
        name,
        version: former.map_or(0, |former| former.version()),
        // Nothing is certified.
        algorithm: KeyAlgorithm::Aes256,
        certificate: String::new(),
        imports: None,
        approval: Some(wanted),
        created: now,
        valid_until: now.plus_days(ASKED_DAYS),
    };
    match world.store.commit(vec![Write::PutIdentity { identity, private_key: None }]).await {
        // Of two that ask at once, one is enough.
        Ok(()) | Err(CommitError::Conflict) => Err(Error::NeedsApproval { id }),
        Err(error) => Err(error.into()),
    }
}

/// Whether whoever approved may.
fn is_permitted<S, C, R, K>(world: &World<S, C, R, K>, given: &Approval, key: &Key) -> bool {
    let Some(authorizer) = &world.authorizer else { return true };
    let approver = given.approved_as();
    approver.is_some_and(|it| authorizer.decide_approval(&it, given, key) == Decision::Allowed)
}

impl Consent {
    /// What was approved.
    pub(crate) const fn approval(&self) -> &Approval {
        &self.approval
    }

    /// Uses the approval up: of two exports that come at once, one passes.
    pub(crate) async fn use_up<S: KeyStore, C: Clock, R: Randomness, K: RsaKeys>(
        self,
        world: &World<S, C, R, K>,
    ) -> Result<Approval, Error> {
        let Self { identity, approval, id } = self;
        match world.store.commit(vec![Write::DeleteIdentity { identity }]).await {
            Ok(()) => Ok(approval),
            Err(CommitError::Conflict) => Err(Error::NeedsApproval { id }),
            Err(error) => Err(error.into()),
        }
    }
}
