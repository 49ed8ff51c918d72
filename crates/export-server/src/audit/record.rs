//! One operation in the shape of a CloudTrail management event.

use export_api::ports::{AuditEvent, Caller};
use export_api::{Named, Principal, Realm, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::clock::CalendarTime;

/// The members of an event, in the order and with the names of CloudTrail.
///
/// Standard: AWS CloudTrail record contents (event version 1.09).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    // First, where `withheld` looks for it. CloudTrail has no order of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    event_version: &'static str,
    user_identity: UserIdentity<'a>,
    event_time: String,
    event_source: &'static str,
    event_name: &'static str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    user_agent: Option<&'a str>,
    request_parameters: &'a Value,
    response_elements: &'a Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    additional_event_data: &'a Value,
    #[serde(rename = "requestID")]
    request_id: &'a str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    read_only: bool,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: &'a str,
    event_category: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    principal_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    account_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
}

/// Writes an event as a JSON object.
pub(super) fn record(
    event: &AuditEvent,
    realm: &Realm,
    event_id: &str,
) -> serde_json::Result<String> {
    let refused = event.refused.as_ref();
    serde_json::to_string(&Record {
        error_code: refused.map(|refused| refused.code),
        error_message: refused.map(|refused| refused.message.as_str()),
        event_version: "1.09",
        user_identity: UserIdentity::of(&event.caller, realm),
        event_time: CalendarTime::from(event.time).extended(),
        event_source: "payment-cryptography.amazonaws.com",
        event_name: event.operation.name(),
        aws_region: realm.region(),
        source_ip_address: &event.caller.source_address,
        user_agent: event.caller.user_agent.as_deref(),
        request_parameters: &event.request_parameters,
        response_elements: &event.response_elements,
        additional_event_data: &event.remarks,
        request_id: &event.caller.request_id,
        event_id,
        read_only: event.operation.is_read_only(),
        event_type: "AwsApiCall",
        management_event: true,
        recipient_account_id: realm.account(),
        event_category: "Management",
    })
}

/// The record of an operation that was carried out, but whose answer was withheld because its
/// record could not be written in time.
///
/// A record of an operation that was refused stays as it is.
pub(super) fn withheld(record: &str) -> String {
    if record.starts_with(r#"{"errorCode":"#) {
        return record.to_owned();
    }
    let members = record.strip_prefix('{').unwrap_or(record);
    format!(
        r#"{{"errorCode":"ServiceUnavailableException","errorMessage":"the operation was carried out, but its record could not be written in time, so that its answer was withheld",{members}"#
    )
}

/// The record of a store that goes on without changes it had acknowledged: it holds the commits up to
/// the first number, and the trail knows of those up to the second.
pub(crate) fn accepted_loss(
    time: Timestamp,
    (held, recorded): (u64, u64),
    [request_id, event_id]: &[String; 2],
) -> serde_json::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Accepted<'a> {
        event_version: &'static str,
        user_identity: Identity,
        event_time: String,
        event_source: &'static str,
        event_name: &'static str,
        additional_event_data: Lost,
        #[serde(rename = "requestID")]
        request_id: &'a str,
        #[serde(rename = "eventID")]
        event_id: &'a str,
        read_only: bool,
        event_type: &'static str,
        management_event: bool,
        event_category: &'static str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Identity {
        #[serde(rename = "type")]
        kind: &'static str,
        invoked_by: &'static str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Lost {
        held_commit: u64,
        recorded_commit: u64,
    }
    serde_json::to_string(&Accepted {
        event_version: "1.09",
        user_identity: Identity { kind: "AWSService", invoked_by: "export-server" },
        event_time: CalendarTime::from(time).extended(),
        event_source: "payment-cryptography.amazonaws.com",
        event_name: "AcceptLoss",
        additional_event_data: Lost { held_commit: held, recorded_commit: recorded },
        request_id,
        event_id,
        read_only: false,
        event_type: "AwsServiceEvent",
        management_event: true,
        event_category: "Management",
    })
}

impl<'a> UserIdentity<'a> {
    fn of(caller: &'a Caller, realm: &'a Realm) -> Self {
        match caller.access_key_id.as_deref() {
            Some(id) => Self {
                kind: "IAMUser",
                principal_id: id,
                arn: Some(format!("arn:aws:iam::{}:user/{id}", realm.account())),
                account_id: realm.account(),
                access_key_id: Some(id),
                user_name: caller.principal.as_ref().map(Principal::name),
            },
            // As CloudTrail shows a request that nobody signed.
            None => Self {
                kind: "AWSAccount",
                principal_id: "",
                arn: None,
                account_id: "ANONYMOUS_PRINCIPAL",
                access_key_id: None,
                user_name: None,
            },
        }
    }
}
