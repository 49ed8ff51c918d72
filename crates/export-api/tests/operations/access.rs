//! Whoever decides is asked, about what was found, before anything changes.

use std::sync::{Arc, Mutex};

use export_api::ports::{Authorize, Caller, Decision, Question, Related, Resource};
use export_api::{Named, Operation};
use serde_json::json;

use crate::world::{World, create_key};

/// Writes down what it is asked, and allows what does not name a word.
#[derive(Debug, Default)]
struct Notes {
    asked: Mutex<Vec<String>>,
    denies: &'static str,
}

impl Authorize for Notes {
    fn beforehand(&self, _: &Caller, _: Operation) -> Option<Decision> {
        None
    }

    fn decide(&self, question: &Question<'_>) -> Decision {
        let resource = match question.resource {
            Resource::Account => "account".to_owned(),
            Resource::Key { key, aliases } => {
                let names = aliases.iter().map(|alias| alias.as_str());
                format!(
                    "{} {}",
                    key.attributes().usage().name(),
                    names.collect::<Vec<_>>().join(",")
                )
            }
            Resource::Unknown { name } => format!("unknown {name}"),
            _ => unreachable!("there are three kinds"),
        };
        let circumstances = question.circumstances;
        let wrapping_key = match &circumstances.wrapping_key {
            None => "",
            Some(Related::Key(_)) => " under a key",
            Some(Related::Unknown(_)) => " under nothing",
            Some(_) => unreachable!("there are two kinds"),
        };
        let material = circumstances.material.unwrap_or_default();
        let line = format!("{} {resource} {material}{wrapping_key}", question.operation);
        let is_denied = !self.denies.is_empty() && line.contains(self.denies);
        self.asked.lock().unwrap().push(line.trim_end().to_owned());
        if is_denied { Decision::Denied } else { Decision::Allowed }
    }
}

const KEK: &str = "TR31_K1_KEY_BLOCK_PROTECTION_KEY";
const BDK: &str = "TR31_B0_BASE_DERIVATION_KEY";

/// A world with a KEK and a BDK under aliases, and whoever decides there.
fn world(denies: &'static str) -> (World, Arc<Notes>) {
    let notes = Arc::new(Notes { denies, ..Notes::default() });
    let world = World::new();
    for (name, usage, modes) in
        [("kek", KEK, &["Encrypt", "Decrypt", "Wrap", "Unwrap"][..]), ("bdk", BDK, &["DeriveKey"])]
    {
        let arn = world.call("CreateKey", &create_key(usage, "AES_128", modes)).unwrap();
        let alias = format!("alias/{name}");
        let request = json!({"AliasName": alias, "KeyArn": arn["Key"]["KeyArn"]});
        world.call("CreateAlias", &request).unwrap();
    }
    (World { service: world.service.with_authorizer(notes.clone()) }, notes)
}

fn export(key: &str, kek: &str) -> serde_json::Value {
    json!({
        "ExportKeyIdentifier": key,
        "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
    })
}

#[test]
fn what_is_asked_is_what_was_found() {
    let (world, notes) = world("");
    world.call("ExportKey", &export("alias/bdk", "alias/kek")).unwrap();
    world.call("ExportKey", &export("alias/bdk", "alias/nothing")).unwrap_err();
    world.call("GetKey", &json!({"KeyIdentifier": "alias/nothing"})).unwrap_err();
    world.call("ListKeys", &json!({})).unwrap();
    world.call("DeleteAlias", &json!({"AliasName": "alias/bdk"})).unwrap();
    let asked = notes.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            "ExportKey TR31_B0_BASE_DERIVATION_KEY alias/bdk Tr31KeyBlock under a key",
            "ExportKey TR31_B0_BASE_DERIVATION_KEY alias/bdk Tr31KeyBlock under nothing",
            "GetKey unknown alias/nothing",
            "ListKeys account",
            "DeleteAlias TR31_B0_BASE_DERIVATION_KEY alias/bdk",
        ]
    );
}

#[test]
fn what_is_denied_changes_nothing_and_is_recorded() {
    let (world, _) = world("B0");
    let before = (world.service.store().fingerprint(), world.service.audit().length());
    for (operation, request) in [
        ("ExportKey", export("alias/bdk", "alias/kek")),
        ("DeleteKey", json!({"KeyIdentifier": "alias/bdk"})),
        ("DeleteAlias", json!({"AliasName": "alias/bdk"})),
        ("UpdateAlias", json!({"AliasName": "alias/bdk"})),
    ] {
        let refusal = world.call(operation, &request).unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException");
        assert!(refusal.message.starts_with(operation) && refusal.resource.is_none());
    }
    assert_eq!(world.service.store().fingerprint(), before.0);
    assert_eq!(world.service.audit().length(), before.1 + 4);
    // Forms come first, and what is allowed goes on.
    let malformed = world.call("DeleteKey", &json!({"KeyIdentifier": "bdk"})).unwrap_err();
    assert_eq!(malformed.code, "ValidationException");
    world.call("StopKeyUsage", &json!({"KeyIdentifier": "alias/kek"})).unwrap();
}
