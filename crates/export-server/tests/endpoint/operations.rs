//! Requests that are carried out: answers in the shape of AWS, recorded, and kept.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::signer::ACCESS_KEY_ID;
use crate::world::{BDK, KEK, WRAP, World, create_key, export};

fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_key_is_made_read_listed_and_labelled() {
    let world = World::new();
    let mut request = create_key(KEK, "AES_256", WRAP);
    request["Tags"] = json!([{"Key": "owner", "Value": "cards"}]);
    let created = world.done("CreateKey", request).await;
    let key = &created["Key"];
    assert_eq!(
        members(key),
        [
            "CreateTimestamp",
            "Enabled",
            "Exportable",
            "KeyArn",
            "KeyAttributes",
            "KeyCheckValue",
            "KeyCheckValueAlgorithm",
            "KeyOrigin",
            "KeyState",
            "UsageStartTimestamp",
        ]
    );
    assert_eq!(key["KeyAttributes"]["KeyModesOfUse"].as_object().unwrap().len(), 9);
    assert_eq!(key["KeyState"], "CREATE_COMPLETE");
    assert_eq!(key["KeyOrigin"], "AWS_PAYMENT_CRYPTOGRAPHY");
    assert_eq!(key["KeyCheckValueAlgorithm"], "CMAC");
    assert_eq!(key["CreateTimestamp"], 1_795_000_000.0);
    let arn = key["KeyArn"].as_str().unwrap();

    let read = world.done("GetKey", json!({"KeyIdentifier": arn})).await;
    assert_eq!(&read["Key"], key);
    let listed = world.done("ListKeys", json!({})).await;
    assert_eq!(listed["Keys"][0]["KeyArn"], arn);
    assert_eq!(listed["Keys"][0]["KeyCheckValue"], key["KeyCheckValue"]);

    let tag = json!({"ResourceArn": arn, "Tags": [{"Key": "stage", "Value": "test"}]});
    assert_eq!(world.done("TagResource", tag).await, json!({}));
    let untag = json!({"ResourceArn": arn, "TagKeys": ["owner"]});
    assert_eq!(world.done("UntagResource", untag).await, json!({}));
    let tags = world.done("ListTagsForResource", json!({"ResourceArn": arn})).await;
    assert_eq!(tags["Tags"], json!([{"Key": "stage", "Value": "test"}]));
}

#[tokio::test]
async fn a_key_is_stopped_started_deleted_and_restored() {
    let world = World::new();
    world.key("kek", KEK, "AES_256", WRAP).await;
    let kek = || json!({"KeyIdentifier": "alias/kek"});
    let stopped = world.done("StopKeyUsage", kek()).await;
    assert_eq!(stopped["Key"]["Enabled"], false);
    let started = world.done("StartKeyUsage", kek()).await;
    assert_eq!(started["Key"]["Enabled"], true);
    let deleted = world.done("DeleteKey", kek()).await;
    assert_eq!(deleted["Key"]["KeyState"], "DELETE_PENDING");
    assert_eq!(deleted["Key"]["DeletePendingTimestamp"], 1_795_000_000.0 + 7.0 * 86_400.0);
    let restored = world.done("RestoreKey", kek()).await;
    assert_eq!(restored["Key"]["KeyState"], "CREATE_COMPLETE");

    world.done("DeleteKey", json!({"KeyIdentifier": "alias/kek", "DeleteKeyInDays": 3})).await;
    let service = world.endpoint.backend();
    assert_eq!(service.destroy_due_keys(10).await.unwrap(), 0);
    world.wait(3 * 86_400_000);
    assert_eq!(service.destroy_due_keys(10).await.unwrap(), 1);
    let listed = world.done("ListKeys", json!({"KeyState": "DELETE_COMPLETE"})).await;
    assert_eq!(listed["Keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_alias_is_made_moved_listed_and_deleted() {
    let world = World::new();
    let first = world.key("kek", KEK, "AES_256", WRAP).await;
    let second = world.key("other", KEK, "AES_128", WRAP).await;
    let moved = json!({"AliasName": "alias/kek", "KeyArn": second});
    let answer = world.done("UpdateAlias", moved.clone()).await;
    assert_eq!(answer["Alias"], moved);
    let read = world.done("GetAlias", json!({"AliasName": "alias/kek"})).await;
    assert_eq!(read["Alias"]["KeyArn"], second.as_str());
    let of_second = world.done("ListAliases", json!({"KeyArn": second})).await;
    assert_eq!(of_second["Aliases"].as_array().unwrap().len(), 2);
    let of_first = world.done("ListAliases", json!({"KeyArn": first})).await;
    assert_eq!(of_first["Aliases"], json!([]));
    world.done("UpdateAlias", json!({"AliasName": "alias/kek"})).await;
    let detached = world.done("GetAlias", json!({"AliasName": "alias/kek"})).await;
    assert_eq!(detached["Alias"], json!({"AliasName": "alias/kek"}));
    assert_eq!(world.done("DeleteAlias", json!({"AliasName": "alias/kek"})).await, json!({}));
}

#[tokio::test]
async fn a_listing_goes_on_where_it_stopped() {
    let world = World::new();
    for _ in 0..7 {
        world.done("CreateKey", create_key(KEK, "AES_256", WRAP)).await;
    }
    let mut seen = Vec::new();
    let mut request = json!({"MaxResults": 3});
    loop {
        let page = world.done("ListKeys", request.clone()).await;
        let keys = page["Keys"].as_array().unwrap();
        assert!(keys.len() <= 3);
        seen.extend(keys.iter().map(|key| key["KeyArn"].as_str().unwrap().to_owned()));
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by(|before, after| before < after));
}

#[tokio::test]
async fn keys_and_initial_keys_are_exported() {
    let world = World::new();
    let kek = world.key("kek", KEK, "AES_256", WRAP).await;
    world.key("kek-tdes", "TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", WRAP).await;
    world.key("bdk", BDK, "TDES_2KEY", &["DeriveKey"]).await;
    let created = world.done("GetKey", json!({"KeyIdentifier": "alias/bdk"})).await;

    let answer = world.done("ExportKey", export("alias/bdk", "alias/kek")).await;
    let wrapped = &answer["WrappedKey"];
    assert_eq!(wrapped["WrappingKeyArn"], kek.as_str());
    assert_eq!(wrapped["WrappedKeyMaterialFormat"], "TR31_KEY_BLOCK");
    assert_eq!(wrapped["KeyCheckValue"], created["Key"]["KeyCheckValue"]);
    let block = wrapped["KeyMaterial"].as_str().unwrap();
    assert!(block.starts_with("D0112B0TX00E0000") && block.len() == 112, "{block}");

    let answer = world.done("ExportKey", export("alias/bdk", "alias/kek-tdes")).await;
    let block = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    assert!(block.starts_with("B0096B0TX00E0000") && block.len() == 96, "{block}");

    let mut initial = export("alias/bdk", "alias/kek");
    initial["ExportAttributes"] =
        json!({"ExportDukptInitialKey": {"KeySerialNumber": "FFFF9876543210E00001"}});
    let answer = world.done("ExportKey", initial).await;
    let block = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap();
    assert!(block.starts_with("D0112B1TX00S0000"), "{block}");

    // A wrapped key stays out of the audit trail.
    let lines = world.audit_lines();
    let line = lines.last().unwrap();
    assert_eq!(line["eventName"], "ExportKey");
    assert!(!line.to_string().contains(block));
    assert_eq!(line["responseElements"]["wrappedKey"]["keyCheckValue"].as_str().unwrap().len(), 6);
}

#[tokio::test]
async fn each_operation_is_recorded_in_the_shape_of_cloudtrail() {
    let world = World::new();
    let mut request =
        world.signer().request("CreateKey", &create_key(KEK, "AES_256", WRAP).to_string());
    request.headers_mut().insert("user-agent", "tests/1.0".parse().unwrap());
    let answer = world.send(request).await;
    assert_eq!(answer.status, StatusCode::OK);
    world.done("ListKeys", json!({})).await;
    let lines = world.audit_lines();
    assert_eq!(lines.len(), 2);
    let line = &lines[0];
    for (pointer, expected) in [
        ("/sequenceNumber", json!(1)),
        ("/eventVersion", json!("1.09")),
        ("/eventTime", json!("2026-11-18T11:06:40Z")),
        ("/eventSource", json!("payment-cryptography.amazonaws.com")),
        ("/eventName", json!("CreateKey")),
        ("/awsRegion", json!("us-east-1")),
        ("/sourceIPAddress", json!("unknown")),
        ("/userAgent", json!("tests/1.0")),
        ("/userIdentity/type", json!("IAMUser")),
        ("/userIdentity/accessKeyId", json!(ACCESS_KEY_ID)),
        ("/userIdentity/accountId", json!("111122223333")),
        ("/requestParameters/keyAttributes/keyAlgorithm", json!("AES_256")),
        ("/responseElements/key/keyArn", answer.body["Key"]["KeyArn"].clone()),
        ("/requestID", json!(answer.headers["x-amzn-requestid"].to_str().unwrap())),
        ("/readOnly", json!(false)),
        ("/eventType", json!("AwsApiCall")),
        ("/managementEvent", json!(true)),
        ("/recipientAccountId", json!("111122223333")),
        ("/eventCategory", json!("Management")),
    ] {
        assert_eq!(line.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(line["eventID"].as_str().unwrap().len(), 36);
    assert_eq!(
        (&lines[1]["readOnly"], &lines[1]["responseElements"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_restart_keeps_keys_aliases_and_the_chain() {
    let world = World::new();
    world.key("kek", KEK, "AES_256", WRAP).await;
    world.key("bdk", BDK, "AES_128", &["DeriveKey"]).await;
    let before = world.done("GetKey", json!({"KeyIdentifier": "alias/bdk"})).await;
    let world = world.restarted().await;
    assert_eq!(world.done("GetKey", json!({"KeyIdentifier": "alias/bdk"})).await, before);
    let exported = world.done("ExportKey", export("alias/bdk", "alias/kek")).await;
    assert_eq!(exported["WrappedKey"]["KeyCheckValue"], before["Key"]["KeyCheckValue"]);
    assert_eq!(world.audit_lines().len(), 7);
}

#[tokio::test]
async fn many_clients_at_once_share_the_store_and_the_trail() {
    let world = std::sync::Arc::new(World::new());
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..16 {
        let world = std::sync::Arc::clone(&world);
        clients.spawn(async move {
            for number in 0..8 {
                world.key(&format!("kek-{client}-{number}"), KEK, "AES_256", WRAP).await;
            }
        });
    }
    clients.join_all().await;
    let (keys, aliases, _) = world.state().await;
    assert_eq!((keys.len(), aliases.len(), world.audit_lines().len()), (128, 128, 256));
}
