//! Changes that are no operations of the API: of credentials, of keys of the store, of the policy.

use export_api::Timestamp;
use export_api::ports::{Randomness, RandomnessUnavailable};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::CalendarTime;
use crate::randomness::random_uuid;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A credential was added.
    AddCredential,
    /// All access keys of a credential were disabled.
    DisableCredential,
    /// A credential got another access key.
    RotateCredential,
    /// The store was put under another root key.
    RotateRootKey,
    /// Records were put under another store key.
    RotateStoreKey,
    /// Somebody approved of an export that another asked for.
    ApproveExport,
    /// The server read its policy again.
    ReloadPolicy,
}

/// Who did it, as far as the program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Maker {
    /// A command that this user of the operating system ran.
    OperatingSystemUser {
        /// The user's number.
        user_id: u32,
    },
    /// The server by itself, or because it was told to by a signal.
    Server,
}

/// A change that was made, in the shape of CloudTrail as far as that has members for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    user_identity: Maker,
    event_time: String,
    event_name: ChangeKind,
    request_parameters: Map<String, Value>,
    #[serde(rename = "requestID")]
    request_id: String,
}

/// A line of the trail, without its place in the chain.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    #[serde(flatten)]
    change: &'a Change,
    event_source: &'static str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    read_only: bool,
    event_type: &'static str,
    management_event: bool,
    event_category: &'static str,
}

impl Change {
    /// A change that was made now.
    ///
    /// # Errors
    ///
    /// [`RandomnessUnavailable`] if it gets no id.
    pub fn new(
        kind: ChangeKind,
        maker: Maker,
        parameters: Map<String, Value>,
        now: Timestamp,
        randomness: &impl Randomness,
    ) -> Result<Self, RandomnessUnavailable> {
        Ok(Self {
            user_identity: maker,
            event_time: CalendarTime::from(now).extended(),
            event_name: kind,
            request_parameters: parameters,
            request_id: random_uuid(randomness)?,
        })
    }

    /// The id, by which one that stands in a trail twice is known.
    pub(super) fn id(&self) -> &str {
        &self.request_id
    }

    /// Writes it as a JSON object.
    pub(super) fn record(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Record {
            event_version: "1.09",
            change: self,
            event_source: "export-server",
            event_id: &self.request_id,
            read_only: false,
            event_type: "AwsServiceEvent",
            management_event: true,
            event_category: "Management",
        })
    }
}
