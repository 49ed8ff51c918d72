//! Keys that leave only if another credential approves: once, in time, and as it was asked.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use export_api::ports::{CommitError, KeyStore, Write};
use export_api::{ApprovalError, Identity, IdentityName, Principal, Role, Timestamp};
use export_server::authorize::PolicyFile;
use key_store::SqliteStore;
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::credentials::{Shown, changes, eventually, run};
use crate::program::{Running, program, refused, serve};
use crate::world::{
    ACCOUNT, Answer, BDK, KEK, TestService, Trail, WRAP, World, create_key, export,
};

const LABEL: &str = "export-approval";
const HOUR: u64 = 3_600_000;

impl World {
    /// A BDK with the label, two KEKs without it, under the aliases bdk, kek and other.
    async fn for_approvals() -> Self {
        Self::for_approvals_with(|service| service).await
    }

    async fn for_approvals_with(
        change: impl FnOnce(TestService<SqliteStore, Trail>) -> TestService<SqliteStore, Trail>,
    ) -> Self {
        let world = Self::with(|service| change(service.with_approval_tag(LABEL.to_owned())));
        world.key("kek", KEK, "AES_256", WRAP).await;
        world.key("other", KEK, "AES_256", WRAP).await;
        let arn = world.key("bdk", BDK, "TDES_2KEY", &["DeriveKey"]).await;
        let tags = json!([{"Key": LABEL, "Value": "required"}]);
        world.done("TagResource", json!({"ResourceArn": arn, "Tags": tags})).await;
        world
    }

    /// Asks for an export that must be refused, and answers the id of the approval it needs.
    pub(crate) async fn needs(&self, by: &str, request: &Value) -> IdentityName {
        let (keys, aliases, _) = self.state().await;
        let answer = self.call_as(by, "ExportKey", request).await;
        let name = id_in(&answer);
        let (keys_after, aliases_after, _) = self.state().await;
        assert_eq!((keys, aliases), (keys_after, aliases_after));
        let lines = self.audit_lines();
        let line = lines.last().unwrap();
        assert_eq!(line["errorCode"], "AccessDeniedException");
        assert_eq!(line["errorMessage"], answer.message());
        assert_eq!(line["responseElements"], Value::Null);
        name.parse().unwrap()
    }

    pub(crate) async fn asked(&self, name: &IdentityName) -> Identity {
        let store = self.endpoint.backend().store();
        store.open_identity(name).await.unwrap().unwrap().identity
    }

    /// Approves, for an hour from now.
    pub(crate) async fn approve(&self, name: &IdentityName, by: &str) -> Result<(), ApprovalError> {
        let asked = self.asked(name).await;
        let now = self.clock_now();
        let until = Timestamp::from_milliseconds(now.milliseconds() + HOUR);
        let role = if by == "administrator" { Role::Administrator } else { Role::Member };
        let by = Principal::new(by.to_owned(), role);
        let identity = asked.approved_by(&by, now, until)?;
        let write = Write::PutIdentity { identity, private_key: None };
        self.endpoint.backend().store().commit(vec![write]).await.unwrap();
        Ok(())
    }

    async fn exports(&self, by: &str, request: &Value) {
        let answer = self.call_as(by, "ExportKey", request).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    }
}

fn id_in(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{:?}", answer.body);
    assert_eq!(answer.code(), "AccessDeniedException");
    assert!(answer.body.get("WrappedKey").is_none());
    let id = answer.message().split("approval-").nth(1).unwrap();
    format!("approval-{}", &id[..64])
}

#[tokio::test]
async fn an_export_passes_once_after_another_credential_approved() {
    let world = World::for_approvals().await;
    let request = export("alias/bdk", "alias/kek");
    let name = world.needs("till", &request).await;
    assert_eq!(world.needs("till", &request).await, name, "asking again changes nothing");
    let asked = world.asked(&name).await;
    let approval = asked.approval().unwrap();
    assert_eq!((approval.form(), approval.requester()), ("Tr31KeyBlock", "till"));

    assert_eq!(world.approve(&name, "till").await, Err(ApprovalError::SamePerson));
    assert_eq!(world.needs("till", &request).await, name);
    world.approve(&name, "auditor").await.unwrap();
    assert_eq!(world.approve(&name, "administrator").await, Err(ApprovalError::Given));
    world.exports("till", &request).await;
    let line = world.audit_lines().pop().unwrap();
    let expected = json!({"approval": {"requester": "till", "approver": "auditor"}});
    assert_eq!(line["additionalEventData"], expected);
    assert!(line.get("errorCode").is_none());
    // Once.
    assert_eq!(world.needs("till", &request).await, name);
}

#[tokio::test]
async fn of_exports_at_once_one_passes() {
    let world = World::for_approvals().await;
    let request = export("alias/bdk", "alias/kek");
    let name = world.needs("till", &request).await;
    world.approve(&name, "auditor").await.unwrap();
    let calls = (0..8).map(|_| {
        let (world, request) = (world.shared(), request.clone());
        tokio::spawn(async move { world.call_as("till", "ExportKey", &request).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut passed = 0;
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            StatusCode::OK => passed += 1,
            _ => drop(id_in(&answer)),
        }
    }
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn an_approval_is_for_what_was_asked() {
    let world = World::for_approvals().await;
    let request = export("alias/bdk", "alias/kek");
    let name = world.needs("till", &request).await;
    world.approve(&name, "auditor").await.unwrap();

    let mut initial = request.clone();
    initial["ExportAttributes"] =
        json!({"ExportDukptInitialKey": {"KeySerialNumber": "FFFF9876543210E00001"}});
    let mut names = vec![name];
    names.push(world.needs("till", &export("alias/bdk", "alias/other")).await);
    names.push(world.needs("till", &initial).await);
    names.push(world.needs("auditor", &request).await);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4, "each is another request");
    // Another name of the same key is the same request.
    let kek = world.done("GetAlias", json!({"AliasName": "alias/kek"})).await;
    let arn = kek["Alias"]["KeyArn"].as_str().unwrap();
    world.exports("till", &export("alias/bdk", arn)).await;
}

#[tokio::test]
async fn an_approval_ends_and_so_does_the_time_to_give_it() {
    let world = World::for_approvals().await;
    let request = export("alias/bdk", "alias/kek");
    let name = world.needs("till", &request).await;
    world.approve(&name, "auditor").await.unwrap();
    world.wait(HOUR);
    assert_eq!(world.needs("till", &request).await, name);
    assert!(world.asked(&name).await.approval().unwrap().approver().is_none());
    world.wait(24 * HOUR);
    assert_eq!(world.approve(&name, "auditor").await, Err(ApprovalError::Over));
    // What was read before somebody else approved does not go over it.
    world.needs("till", &request).await;
    let stale = world.asked(&name).await;
    world.approve(&name, "auditor").await.unwrap();
    let write = Write::PutIdentity { identity: stale, private_key: None };
    let outcome = world.endpoint.backend().store().commit(vec![write]).await;
    assert_eq!(outcome, Err(CommitError::Conflict));
    world.exports("till", &request).await;
}

#[tokio::test]
async fn keys_without_the_label_leave_and_the_label_stays() {
    let world = World::for_approvals().await;
    let free = world.key("free", BDK, "TDES_2KEY", &["DeriveKey"]).await;
    world.exports("till", &export(&free, "alias/kek")).await;
    let bdk = world.done("GetAlias", json!({"AliasName": "alias/bdk"})).await;
    let arn = &bdk["Alias"]["KeyArn"];
    let untag = |arn: &Value| json!({"ResourceArn": arn, "TagKeys": [LABEL, "else"]});
    world.denied("till", "UntagResource", &untag(arn)).await;
    world.denied("administrator", "UntagResource", &untag(arn)).await;
    world.done("UntagResource", untag(&json!(free))).await;
    // Another value is no way out, and what no rule allows asks for nothing.
    let tags = json!([{"Key": LABEL, "Value": "no"}]);
    world.done("TagResource", json!({"ResourceArn": arn, "Tags": tags})).await;
    world.needs("till", &export("alias/bdk", "alias/kek")).await;
    world.done("StopKeyUsage", json!({"KeyIdentifier": arn})).await;
    let answer = world.call_as("till", "ExportKey", &export("alias/bdk", "alias/kek")).await;
    assert_eq!(answer.code(), "ConflictException");
}

#[tokio::test]
async fn a_policy_says_who_may_approve() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("policy.cedar");
    let policy = r#"
        permit (principal in Role::"administrator", action, resource);
        permit (principal == Credential::"auditor", action == Action::"ApproveExport", resource)
        when { resource.hasTag("export-approval") && context.Recipient like "arn:*" &&
            context.ExportKeyMaterial == "Tr31KeyBlock" && !context.ExportDukptInitialKey &&
            context.Requester == "administrator" };
        permit (principal == Credential::"till", action in [Action::"Read", Action::"Write"],
            resource);"#;
    fs::write(&path, policy).unwrap();
    let policy = Arc::new(PolicyFile::open(&path, ACCOUNT).unwrap());
    let world = World::for_approvals_with(|service| service.with_authorizer(policy)).await;
    let request = export("alias/bdk", "alias/kek");
    let name = world.needs("administrator", &request).await;
    // Whoever may write may not approve for that; what was given so is asked for anew.
    world.approve(&name, "till").await.unwrap();
    assert_eq!(world.needs("administrator", &request).await, name);
    assert!(world.asked(&name).await.approval().unwrap().approver().is_none());
    world.approve(&name, "auditor").await.unwrap();
    world.exports("administrator", &request).await;
    // Of what another asked for.
    let name = world.needs("till", &request).await;
    world.approve(&name, "auditor").await.unwrap();
    world.needs("till", &request).await;
    world.approve(&name, "administrator").await.unwrap();
    world.exports("till", &request).await;
}

#[test]
fn the_program_approves_with_the_secret_of_another() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = serve(&data);
    command.args(["--approval-tag", LABEL]);
    let server = Running::start(command);
    let first = Shown::of(&server.greeting);
    let second = Shown::of(&run(&data, &["credential", "add", "second", "--administrator"]));
    assert!(eventually(|| second.call(&server, "ListKeys", "{}").contains("200 OK")));

    let create = |request: &Value| {
        let answer = first.call(&server, "CreateKey", &request.to_string());
        let arn = answer.split(r#""KeyArn":""#).nth(1).unwrap_or_else(|| panic!("{answer}"));
        arn.split('"').next().unwrap().to_owned()
    };
    let kek = create(&create_key(KEK, "AES_256", WRAP));
    let mut request = create_key(BDK, "TDES_2KEY", &["DeriveKey"]);
    request["Tags"] = json!([{"Key": LABEL, "Value": "required"}]);
    let bdk = create(&request);
    let export = export(&bdk, &kek).to_string();
    let answer = first.call(&server, "ExportKey", &export);
    let id = answer.split("approval-").nth(1).unwrap_or_else(|| panic!("{answer}"));
    let id = format!("approval-{}", &id[..64]);

    let approve = |data: &Path, name: &str, secret: &str| {
        let mut command = program();
        command.args(["approve", &id, "--as", name, "--data-dir"]).arg(data);
        command.env("AWS_SECRET_ACCESS_KEY", secret);
        command
    };
    let shown = run(&data, &["approve", &id]);
    assert!(shown.contains(&bdk) && shown.contains(&kek) && shown.contains("Tr31KeyBlock"));
    assert!(refused(approve(&data, "administrator", &first.secret)).contains("cannot approve"));
    assert!(refused(approve(&data, "second", &first.secret)).contains("is not a secret of"));
    assert!(refused(approve(&data, "third", &second.secret)).contains("no credential"));
    assert!(first.call(&server, "ExportKey", &export).contains("AccessDeniedException"));
    let policy = directory.path().join("policy.cedar");
    fs::write(&policy, r#"permit (principal == Credential::"x", action, resource);"#).unwrap();
    let mut command = approve(&data, "second", &second.secret);
    command.env("EXPORT_SERVER_POLICY", &policy);
    assert!(refused(command).contains(r#"does not let "second" approve"#));
    let output = approve(&data, "second", &second.secret).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("passes once") && !said.contains(&second.secret), "{said}");
    assert!(second.call(&server, "ExportKey", &export).contains("AccessDeniedException"));
    assert!(first.call(&server, "ExportKey", &export).contains("200 OK"));
    assert!(first.call(&server, "ExportKey", &export).contains("AccessDeniedException"));

    // An approved export has a receipt, which names both.
    let said = run(&data, &["audit", "receipts"]);
    assert!(said.contains(&format!("{bdk} ")) && said.contains(&format!("to {kek}")), "{said}");
    assert!(said.contains("by administrator approved by second"), "{said}");
    assert!(said.contains("1 receipts hold"), "{said}");
    server.stop(Signal::TERM);
    // So does the trail, in a line of its own.
    let changes = changes(&fs::read_to_string(data.join("audit.jsonl")).unwrap());
    let approved = &changes.last().unwrap()["requestParameters"];
    let expected = json!(["second", "administrator", id, bdk, kek]);
    let names = ["approver", "requester", "approval", "key", "recipient"];
    assert_eq!(
        names.map(|name| &approved[name]).to_vec(),
        expected.as_array().unwrap().iter().collect::<Vec<_>>()
    );
}
