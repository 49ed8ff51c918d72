//! Who may do what: what is denied changes nothing, hands out nothing, and is recorded.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use axum::http::StatusCode;
use export_api::ports::Authorize;
use export_server::authorize::{AdministratorsOnly, PolicyFile, check};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::credentials::{Shown, changes, eventually, run};
use crate::program::{Running, program, refused, serve};
use crate::signer::Signer;
use crate::world::{ACCOUNT, Answer, BDK, KEK, MEMBER_SECRET, WRAP, World, create_key, export};

const DERIVE: &[&str] = &["DeriveKey"];

fn with_policy(text: &str) -> World {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("policy.cedar");
    fs::write(&path, text).unwrap();
    World::with_authorizer(Arc::new(PolicyFile::open(&path, ACCOUNT).unwrap()))
}

impl World {
    pub(crate) async fn call_as(&self, member: &str, operation: &str, body: &Value) -> Answer {
        let id = format!("AKIA{:0>16}", member.to_ascii_uppercase());
        let signer = match member {
            "administrator" => self.signer(),
            _ => Signer { access_key_id: &id, secret_access_key: MEMBER_SECRET, ..self.signer() },
        };
        self.send(signer.request(operation, &body.to_string())).await
    }

    /// Calls an operation that must be denied, and sees that only the trail knows of it.
    pub(crate) async fn denied(&self, member: &str, operation: &str, body: &Value) -> String {
        let (keys, aliases, trail) = self.state().await;
        let answer = self.call_as(member, operation, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{operation} {body}");
        assert_eq!(answer.code(), "AccessDeniedException", "{operation} {body}");
        assert!(answer.body.get("WrappedKey").is_none());
        let (keys_after, aliases_after, trail_after) = self.state().await;
        assert_eq!((keys, aliases), (keys_after, aliases_after), "{operation} {body}");
        assert!(trail_after.starts_with(&trail));
        let lines = self.audit_lines();
        let line = lines.last().unwrap();
        assert_eq!(line["errorCode"], "AccessDeniedException");
        assert_eq!(line["errorMessage"], answer.message());
        assert_eq!(
            (&line["eventName"], &line["responseElements"]),
            (&json!(operation), &Value::Null)
        );
        assert_eq!(line["userIdentity"]["userName"], member);
        answer.message().to_owned()
    }

    pub(crate) async fn allowed(&self, member: &str, operation: &str, body: &Value) -> Value {
        let answer = self.call_as(member, operation, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{operation} {body}: {:?}", answer.body);
        answer.body
    }

    async fn tag(&self, arn: &str, key: &str, value: &str) {
        let tags = json!([{"Key": key, "Value": value}]);
        self.done("TagResource", json!({"ResourceArn": arn, "Tags": tags})).await;
    }
}

/// A request for each operation.
fn every_operation(key: &str, kek: &str) -> Vec<(&'static str, Value)> {
    let id = json!({"KeyIdentifier": key});
    let mut subject = id.clone();
    subject["SigningAlgorithm"] = json!("SHA256");
    subject["CertificateSubject"] = json!({"CommonName": "x"});
    let block = json!({"WrappingKeyIdentifier": kek, "WrappedKeyBlock": "D".repeat(112)});
    let parameters = |kind: &str| json!({"KeyMaterialType": "TR34_KEY_BLOCK", kind: "RSA_2048"});
    vec![
        ("CreateAlias", json!({"AliasName": "alias/new", "KeyArn": key})),
        ("CreateKey", create_key(KEK, "AES_256", WRAP)),
        ("DeleteAlias", json!({"AliasName": "alias/kek"})),
        ("DeleteKey", id.clone()),
        ("ExportKey", export(key, kek)),
        ("GetAlias", json!({"AliasName": "alias/kek"})),
        ("GetCertificateSigningRequest", subject),
        ("GetKey", id.clone()),
        ("GetParametersForExport", parameters("SigningKeyAlgorithm")),
        ("GetParametersForImport", parameters("WrappingKeyAlgorithm")),
        ("GetPublicKeyCertificate", id.clone()),
        ("ImportKey", json!({"KeyMaterial": {"Tr31KeyBlock": block}})),
        ("ListAliases", json!({})),
        ("ListKeys", json!({})),
        ("ListTagsForResource", json!({"ResourceArn": key})),
        ("RestoreKey", id.clone()),
        ("StartKeyUsage", id.clone()),
        ("StopKeyUsage", id),
        ("TagResource", json!({"ResourceArn": key, "Tags": [{"Key": "a", "Value": "b"}]})),
        ("UntagResource", json!({"ResourceArn": key, "TagKeys": ["a"]})),
        ("UpdateAlias", json!({"AliasName": "alias/kek", "KeyArn": key})),
    ]
}

#[tokio::test]
async fn without_a_policy_administrators_do_everything_and_others_nothing() {
    let world = World::with_authorizer(Arc::new(AdministratorsOnly::default()));
    let kek = world.key("kek", KEK, "AES_256", WRAP).await;
    let key = world.key("bdk", BDK, "TDES_2KEY", DERIVE).await;
    for (operation, body) in every_operation(&key, &kek) {
        let message = world.denied("till", operation, &body).await;
        assert!(message.starts_with(operation), "{message}");
    }
    world.done("ExportKey", export("alias/bdk", "alias/kek")).await;
}

#[tokio::test]
async fn each_operation_is_asked_about_under_a_policy() {
    let world = with_policy(r#"permit (principal in Role::"administrator", action, resource);"#);
    let kek = world.key("kek", KEK, "AES_256", WRAP).await;
    let key = world.key("bdk", BDK, "TDES_2KEY", DERIVE).await;
    for (operation, body) in every_operation(&key, &kek) {
        world.denied("till", operation, &body).await;
    }
    world.done("ExportKey", export("alias/bdk", "alias/kek")).await;
    let read = world.done("GetAlias", json!({"AliasName": "alias/bdk"})).await;
    assert_eq!(read["Alias"]["KeyArn"], key);
}

#[tokio::test]
async fn the_example_says_what_it_says() {
    let world = with_policy(include_str!("../../policy/example.cedar"));
    let kek = world.key("kek", KEK, "AES_256", WRAP).await;
    let key = world.key("bdk", BDK, "TDES_2KEY", DERIVE).await;
    let mut request = export(&key, "alias/kek");
    let initial = json!({"ExportDukptInitialKey": {"KeySerialNumber": "FFFF9876543210E00001"}});
    request["ExportAttributes"] = initial;
    world.denied("till", "ExportKey", &request).await;
    world.tag(&key, "team", "acquiring").await;
    world.denied("till", "ExportKey", &request).await;
    world.tag(&kek, "team", "acquiring").await;
    world.allowed("till", "ExportKey", &request).await;
    // The key itself, another wrapping key, another operation, and its own labels.
    world.denied("till", "ExportKey", &export(&key, &kek)).await;
    world.key("other", KEK, "AES_256", WRAP).await;
    let mut other = request.clone();
    other["KeyMaterial"] = export("", "alias/other")["KeyMaterial"].clone();
    world.denied("till", "ExportKey", &other).await;
    world.denied("till", "GetKey", &json!({"KeyIdentifier": key})).await;
    let tags = json!([{"Key": "team", "Value": "acquiring"}]);
    world.denied("till", "TagResource", &json!({"ResourceArn": kek, "Tags": tags})).await;

    for (operation, body) in every_operation(&key, &kek) {
        match operation {
            "GetAlias" | "GetKey" | "ListAliases" | "ListKeys" | "ListTagsForResource" => {
                world.allowed("auditor", operation, &body).await;
            }
            _ => drop(world.denied("auditor", operation, &body).await),
        }
    }
}

#[tokio::test]
async fn what_is_not_there_looks_like_what_is_not_allowed() {
    let world = with_policy(
        r#"permit (principal in Role::"administrator", action, resource);
           permit (principal == Credential::"till", action in [Action::"GetKey", Action::"ExportKey"],
               resource)
           when { resource.hasTag("team") };
           permit (principal == Credential::"auditor", action == Action::"GetKey", resource);"#,
    );
    let key = world.key("bdk", BDK, "TDES_2KEY", DERIVE).await;
    let unknown = format!("{}{}", &key[..key.len() - 16], "z".repeat(16));
    let elsewhere = key.replace("111122223333", "444455556666");
    let mut messages = Vec::new();
    for name in [&key, "alias/bdk", &unknown, "alias/nothing", &elsewhere] {
        messages.push(world.denied("till", "GetKey", &json!({"KeyIdentifier": name})).await);
        messages.push(world.denied("till", "ExportKey", &export(name, "alias/nothing")).await);
    }
    for pair in messages.windows(3) {
        assert_eq!(pair[0], pair[2]);
    }
    // Who may ask about every key is told; so is who may export, about the wrapping key.
    let answer = world.call_as("auditor", "GetKey", &json!({"KeyIdentifier": unknown})).await;
    assert_eq!(answer.code(), "ResourceNotFoundException");
    world.tag(&key, "team", "x").await;
    let answer = world.call_as("till", "ExportKey", &export(&key, "alias/nothing")).await;
    assert_eq!(answer.code(), "ResourceNotFoundException");
    assert_eq!(answer.body["ResourceId"], "alias/nothing");
}

#[tokio::test]
async fn an_alias_moves_only_between_keys_that_are_allowed() {
    let world = with_policy(
        r#"permit (principal in Role::"administrator", action, resource);
           permit (principal == Credential::"till", action, resource)
           when { resource is Key && resource.hasTag("team") };
           permit (principal == Credential::"auditor", action == Action::"ExportKey", resource)
           when { context has RequestAlias && context.RequestAlias == "alias/here" &&
               context.ResourceAliases.contains("alias/there") };"#,
    );
    let mine = world.key("mine", BDK, "TDES_2KEY", DERIVE).await;
    let other = world.key("other", BDK, "TDES_2KEY", DERIVE).await;
    world.tag(&mine, "team", "x").await;
    let update = |alias: &str, arn: &str| json!({"AliasName": alias, "KeyArn": arn});
    world.denied("till", "UpdateAlias", &update("alias/mine", &other)).await;
    world.denied("till", "UpdateAlias", &update("alias/other", &mine)).await;
    world.denied("till", "CreateAlias", &update("alias/new", &other)).await;
    world.denied("till", "CreateAlias", &json!({"AliasName": "alias/new"})).await;
    world.denied("till", "DeleteAlias", &json!({"AliasName": "alias/other"})).await;
    world.allowed("till", "CreateAlias", &update("alias/new", &mine)).await;
    world.allowed("till", "UpdateAlias", &update("alias/mine", &mine)).await;
    world.allowed("till", "DeleteAlias", &json!({"AliasName": "alias/new"})).await;

    // The aliases of a key are conditions.
    world.key("kek", KEK, "AES_256", WRAP).await;
    world.done("CreateAlias", update("alias/here", &other)).await;
    world.denied("auditor", "ExportKey", &export("alias/here", "alias/kek")).await;
    world.done("CreateAlias", update("alias/there", &other)).await;
    world.allowed("auditor", "ExportKey", &export("alias/here", "alias/kek")).await;
    world.denied("auditor", "ExportKey", &export("alias/other", "alias/kek")).await;
}

#[test]
fn a_policy_that_does_not_fit_the_schema_is_refused() {
    for (text, expected) in [
        ("permit (principal, action);", "not written in Cedar"),
        (r#"permit (principal, action == Action::"ExportKeys", resource);"#, "ExportKeys"),
        (r#"permit (principal == User::"x", action, resource);"#, "User"),
        (
            r#"permit (principal, action == Action::"ExportKey", resource)
               when { resource.Usage == "x" };"#,
            "Usage",
        ),
        (
            r#"permit (principal, action == Action::"ExportKey", resource)
               when { context.WrappingKeyIdentifier == resource };"#,
            "WrappingKeyIdentifier",
        ),
    ] {
        let error = check(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let example = check(include_str!("../../policy/example.cedar")).unwrap();
    assert_eq!((example.policies, example.warnings.len()), (5, 0), "{:?}", example.warnings);
    // Nobody may do anything.
    assert_eq!(check("").unwrap().policies, 0);
    // A policy that never applies is taken, and named.
    let never = r#"permit (principal, action == Action::"ExportKey", resource)
        when { context.ExportDukptInitialKey && !context.ExportDukptInitialKey && false };"#;
    assert_eq!(check(never).unwrap().warnings.len(), 1);
    let _: &dyn Authorize = &AdministratorsOnly::default();
}

#[test]
fn the_program_prints_the_schema_and_checks_policies() {
    let schema = program().args(["policy", "schema"]).output().unwrap();
    let schema = String::from_utf8(schema.stdout).unwrap();
    assert_eq!(schema, include_str!("../../policy/export-server.cedarschema"));
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("policy.cedar");
    let check = || {
        let mut command = program();
        command.args(["policy", "check"]).arg(&file);
        command
    };
    assert!(refused(check()).contains("cannot be read"));
    fs::write(&file, r#"permit (principal, action == Action::"Export", resource);"#).unwrap();
    assert!(refused(check()).contains("does not fit the schema"));
    let data = directory.path().join("data");
    let with_policy = |data: &std::path::Path| -> Command {
        let mut command = serve(data);
        command.arg("--policy").arg(&file);
        command
    };
    assert!(refused(with_policy(&data)).contains("does not fit the schema"));
    assert!(!data.exists());

    fs::write(&file, include_str!("../../policy/example.cedar")).unwrap();
    assert!(check().status().unwrap().success());
    let server = Running::start(with_policy(&data));
    let first = Shown::of(&server.greeting);
    let auditor = Shown::of(&run(&data, &["credential", "add", "auditor"]));
    let lists = |shown: &Shown| shown.call(&server, "ListKeys", "{}").contains("200 OK");
    assert!(eventually(|| lists(&auditor)));

    // A policy that does not hold changes nothing; one that does is followed.
    fs::write(&file, "permit (principal").unwrap();
    kill_process(server.pid(), Signal::HUP).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(lists(&auditor) && lists(&first));
    fs::write(&file, r#"permit (principal in Role::"administrator", action, resource);"#).unwrap();
    kill_process(server.pid(), Signal::HUP).unwrap();
    assert!(eventually(|| !lists(&auditor)));
    assert!(auditor.call(&server, "ListKeys", "{}").contains("AccessDeniedException"));
    assert!(lists(&first));
    server.stop(Signal::TERM);
    // The trail tells of the policy that was put in force, and not of the other.
    let trail = fs::read_to_string(data.join("audit.jsonl")).unwrap();
    let changes = changes(&trail);
    let reloads = changes.iter().filter(|it| it["eventName"] == "ReloadPolicy");
    let digest = base16ct::lower::encode_string(&Sha256::digest(fs::read(&file).unwrap()));
    let found: Vec<_> = reloads.map(|it| &it["requestParameters"]).collect();
    assert_eq!(found, [&json!({"sha256": digest, "policies": 1})]);
}
