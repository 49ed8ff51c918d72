//! The life of a key: enabled, disabled, deleted, restored, destroyed; and the listing of keys.

use pollster::block_on;
use serde_json::json;

use crate::world::World;

const DATA_KEY: (&str, &str, &[&str]) =
    ("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", &["NoRestrictions"]);

fn data_key(world: &World) -> String {
    world.key(DATA_KEY.0, DATA_KEY.1, DATA_KEY.2)
}

#[test]
fn usage_stops_and_starts() {
    let world = World::new();
    let key = json!({"KeyIdentifier": data_key(&world)});
    let stopped = world.call("StopKeyUsage", &key).unwrap();
    assert_eq!(stopped["Key"]["Enabled"], false);
    assert_eq!(stopped["Key"]["UsageStopTimestamp"], 1_700_000_000.0);
    assert_eq!(world.call("StopKeyUsage", &key).unwrap(), stopped);

    world.days_pass(1);
    let started = world.call("StartKeyUsage", &key).unwrap();
    assert_eq!(started["Key"]["Enabled"], true);
    assert_eq!(started["Key"]["UsageStartTimestamp"], 1_700_086_400.0);
    assert!(started["Key"].get("UsageStopTimestamp").is_none());
    assert_eq!(world.call("GetKey", &key).unwrap(), started);
}

#[test]
fn a_deleted_key_can_be_restored_and_stays_disabled() {
    let world = World::new();
    let arn = data_key(&world);
    let key = json!({"KeyIdentifier": arn});
    let deleted = world.call("DeleteKey", &key).unwrap();
    assert_eq!(deleted["Key"]["KeyState"], "DELETE_PENDING");
    assert_eq!(deleted["Key"]["Enabled"], false);
    assert_eq!(deleted["Key"]["DeletePendingTimestamp"], 1_700_000_000.0 + 7.0 * 86_400.0);

    for operation in ["DeleteKey", "StartKeyUsage", "StopKeyUsage"] {
        let refusal = world.refusal(operation, &key);
        assert_eq!(refusal.code, "ConflictException");
        assert!(refusal.message.contains("DELETE_PENDING"), "{}", refusal.message);
    }

    let restored = world.call("RestoreKey", &key).unwrap();
    assert_eq!(restored["Key"]["KeyState"], "CREATE_COMPLETE");
    assert_eq!(restored["Key"]["Enabled"], false);
    assert!(restored["Key"].get("DeletePendingTimestamp").is_none());
    assert_eq!(world.refusal("RestoreKey", &key).code, "ConflictException");
    assert_eq!(world.call("StartKeyUsage", &key).unwrap()["Key"]["Enabled"], true);
}

#[test]
fn a_due_key_is_destroyed_and_leaves_its_record() {
    let world = World::new();
    let key = json!({"KeyIdentifier": data_key(&world)});
    let survivor = data_key(&world);
    world
        .call("DeleteKey", &json!({"KeyIdentifier": key["KeyIdentifier"], "DeleteKeyInDays": 3}))
        .unwrap();

    world.days_pass(2);
    assert_eq!(block_on(world.service.destroy_due_keys(10)).unwrap(), 0);
    world.days_pass(1);
    assert_eq!(world.refusal("RestoreKey", &key).code, "ConflictException");
    assert_eq!(block_on(world.service.destroy_due_keys(10)).unwrap(), 1);
    assert_eq!(block_on(world.service.destroy_due_keys(10)).unwrap(), 0);

    let record = world.call("GetKey", &key).unwrap();
    assert_eq!(record["Key"]["KeyState"], "DELETE_COMPLETE");
    assert_eq!(record["Key"]["DeleteTimestamp"], 1_700_000_000.0 + 3.0 * 86_400.0);
    assert_eq!(world.refusal("RestoreKey", &key).code, "ConflictException");
    assert!(world.call("GetKey", &json!({"KeyIdentifier": survivor})).is_ok());
}

#[test]
fn listing_goes_page_by_page_and_by_state() {
    let world = World::new();
    let mut arns: Vec<_> = (0..7).map(|_| data_key(&world)).collect();
    arns.sort();
    world.call("DeleteKey", &json!({"KeyIdentifier": arns[2]})).unwrap();

    let mut listed = Vec::new();
    let mut request = json!({"MaxResults": 3});
    loop {
        let answer = world.call("ListKeys", &request).unwrap();
        let page = answer["Keys"].as_array().unwrap();
        assert!(page.len() <= 3);
        listed.extend(page.iter().map(|key| key["KeyArn"].as_str().unwrap().to_owned()));
        match answer.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(listed, arns);

    let pending = world.call("ListKeys", &json!({"KeyState": "DELETE_PENDING"})).unwrap();
    assert_eq!(pending["Keys"].as_array().unwrap().len(), 1);
    assert_eq!(pending["Keys"][0]["KeyArn"], arns[2]);
    let refusal = world.refusal("ListKeys", &json!({"NextToken": "ABC"}));
    assert_eq!(refusal.message, "NextToken: is not a token of an earlier answer");
}
