//! A key in answers.

use serde::Serialize;

use crate::Named;
use crate::key::{Key, KeyAttributes};
use crate::rules::ModeFlags;
use crate::time::{Timestamp, optional_wire_seconds, wire_seconds};

/// An answer with a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyAnswer {
    key: KeyShape,
}

impl From<Key> for KeyAnswer {
    fn from(key: Key) -> Self {
        Self { key: (&key).into() }
    }
}

/// All that is told of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeyShape {
    key_arn: String,
    key_attributes: AttributesShape,
    key_check_value: String,
    key_check_value_algorithm: &'static str,
    enabled: bool,
    exportable: bool,
    key_state: &'static str,
    key_origin: &'static str,
    #[serde(serialize_with = "wire_seconds")]
    create_timestamp: Timestamp,
    #[serde(serialize_with = "optional_wire_seconds", skip_serializing_if = "Option::is_none")]
    usage_start_timestamp: Option<Timestamp>,
    #[serde(serialize_with = "optional_wire_seconds", skip_serializing_if = "Option::is_none")]
    usage_stop_timestamp: Option<Timestamp>,
    #[serde(serialize_with = "optional_wire_seconds", skip_serializing_if = "Option::is_none")]
    delete_pending_timestamp: Option<Timestamp>,
    #[serde(serialize_with = "optional_wire_seconds", skip_serializing_if = "Option::is_none")]
    delete_timestamp: Option<Timestamp>,
}

impl From<&Key> for KeyShape {
    fn from(key: &Key) -> Self {
        Self {
            key_arn: key.arn.to_string(),
            key_attributes: (&key.attributes).into(),
            key_check_value: key.check_value.digits().to_owned(),
            key_check_value_algorithm: key.check_value.algorithm().name(),
            enabled: key.enabled,
            exportable: key.exportable,
            key_state: key.state.name(),
            key_origin: key.origin.name(),
            create_timestamp: key.created,
            usage_start_timestamp: key.usage_started,
            usage_stop_timestamp: key.usage_stopped,
            delete_pending_timestamp: key.delete_due,
            delete_timestamp: key.deleted,
        }
    }
}

/// What a listing tells of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeySummaryShape {
    key_arn: String,
    key_state: &'static str,
    key_attributes: AttributesShape,
    key_check_value: String,
    exportable: bool,
    enabled: bool,
}

impl From<&Key> for KeySummaryShape {
    fn from(key: &Key) -> Self {
        Self {
            key_arn: key.arn.to_string(),
            key_state: key.state.name(),
            key_attributes: (&key.attributes).into(),
            key_check_value: key.check_value.digits().to_owned(),
            exportable: key.exportable,
            enabled: key.enabled,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttributesShape {
    key_usage: &'static str,
    key_class: &'static str,
    key_algorithm: &'static str,
    key_modes_of_use: ModeFlags,
}

impl From<&KeyAttributes> for AttributesShape {
    fn from(attributes: &KeyAttributes) -> Self {
        Self {
            key_usage: attributes.usage.name(),
            key_class: attributes.class.name(),
            key_algorithm: attributes.algorithm.name(),
            key_modes_of_use: ModeFlags::of(attributes.mode),
        }
    }
}
