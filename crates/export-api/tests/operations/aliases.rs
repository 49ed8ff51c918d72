//! Aliases.

use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, World};

fn key(world: &World) -> String {
    world.key("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", &["NoRestrictions"])
}

#[test]
fn an_alias_names_a_key_until_it_names_another_or_none() {
    let world = World::new();
    let (first, second) = (key(&world), key(&world));
    let name = "alias/issuing/data";
    let answer = world.call("CreateAlias", &json!({"AliasName": name, "KeyArn": first})).unwrap();
    assert_eq!(answer, json!({"Alias": {"AliasName": name, "KeyArn": first}}));

    let found = |identifier: &str| {
        let answer = world.call("GetKey", &json!({"KeyIdentifier": identifier}));
        answer.map(|answer| answer["Key"]["KeyArn"].clone())
    };
    let alias_arn = format!("arn:aws:payment-cryptography:{REGION}:{ACCOUNT}:{name}");
    assert_eq!(found(name).unwrap(), Value::from(first.clone()));
    assert_eq!(found(&alias_arn).unwrap(), Value::from(first.clone()));

    world.call("UpdateAlias", &json!({"AliasName": name, "KeyArn": second})).unwrap();
    assert_eq!(found(name).unwrap(), Value::from(second));
    let detached = world.call("UpdateAlias", &json!({"AliasName": name})).unwrap();
    assert_eq!(detached, json!({"Alias": {"AliasName": name}}));
    let refusal = found(name).unwrap_err();
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(refusal.resource.as_deref(), Some(name));

    assert_eq!(world.call("DeleteAlias", &json!({"AliasName": name})).unwrap(), json!({}));
    let refusal = world.refusal("GetAlias", &json!({"AliasName": name}));
    assert_eq!(refusal.code, "ResourceNotFoundException");
}

#[test]
fn a_taken_name_and_a_missing_key_are_refused() {
    let world = World::new();
    let arn = key(&world);
    world.call("CreateAlias", &json!({"AliasName": "alias/a"})).unwrap();
    let refusal = world.refusal("CreateAlias", &json!({"AliasName": "alias/a", "KeyArn": arn}));
    assert_eq!(refusal.code, "ConflictException");
    assert_eq!(refusal.message, "AliasName: the alias exists already");

    let missing = arn.replace(":key/", ":key/0");
    for operation in ["CreateAlias", "UpdateAlias"] {
        let name = if operation == "CreateAlias" { "alias/b" } else { "alias/a" };
        let refusal = world.refusal(operation, &json!({"AliasName": name, "KeyArn": missing}));
        assert_eq!(refusal.code, "ResourceNotFoundException");
        assert_eq!(refusal.resource, Some(missing.clone()));
    }
    for operation in ["UpdateAlias", "DeleteAlias", "GetAlias"] {
        let refusal = world.refusal(operation, &json!({"AliasName": "alias/none"}));
        assert_eq!(refusal.resource.as_deref(), Some("alias/none"));
    }
}

#[test]
fn aliases_are_listed_by_name_and_by_key() {
    let world = World::new();
    let arn = key(&world);
    for (name, target) in [("alias/c", Some(&arn)), ("alias/a", None), ("alias/b", Some(&arn))] {
        world.call("CreateAlias", &json!({"AliasName": name, "KeyArn": target})).unwrap();
    }
    let names = |answer: &Value| {
        let aliases = answer["Aliases"].as_array().unwrap().iter();
        aliases.map(|alias| alias["AliasName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = world.call("ListAliases", &json!({"MaxResults": 2})).unwrap();
    assert_eq!(names(&first), ["alias/a", "alias/b"]);
    let rest = world.call("ListAliases", &json!({"NextToken": first["NextToken"]})).unwrap();
    assert_eq!(names(&rest), ["alias/c"]);
    assert!(rest.get("NextToken").is_none());
    let of_key = world.call("ListAliases", &json!({"KeyArn": arn})).unwrap();
    assert_eq!(names(&of_key), ["alias/b", "alias/c"]);
}
