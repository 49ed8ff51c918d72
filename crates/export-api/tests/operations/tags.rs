//! Tags.

use serde_json::{Value, json};

use crate::world::World;

#[test]
fn tags_are_added_replaced_listed_and_removed() {
    let world = World::new();
    let arn = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["NoRestrictions"]);
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let put = |tags: Value| {
        world.call("TagResource", &json!({"ResourceArn": arn, "Tags": tags})).unwrap();
    };
    put(json!([tag("b", "1"), tag("a", "1")]));
    put(json!([tag("b", "2"), tag("c", "3")]));
    put(json!([]));

    let first =
        world.call("ListTagsForResource", &json!({"ResourceArn": arn, "MaxResults": 2})).unwrap();
    assert_eq!(first["Tags"], json!([tag("a", "1"), tag("b", "2")]));
    let rest = json!({"ResourceArn": arn, "NextToken": first["NextToken"]});
    assert_eq!(world.call("ListTagsForResource", &rest).unwrap(), json!({"Tags": [tag("c", "3")]}));

    let keys = json!({"ResourceArn": arn, "TagKeys": ["a", "none"]});
    assert_eq!(world.call("UntagResource", &keys).unwrap(), json!({}));
    let left = world.call("ListTagsForResource", &json!({"ResourceArn": arn})).unwrap();
    assert_eq!(left["Tags"], json!([tag("b", "2"), tag("c", "3")]));
}

#[test]
fn a_key_has_at_most_two_hundred_tags() {
    let world = World::new();
    let arn = world.key("TR31_K0_KEY_ENCRYPTION_KEY", "AES_256", &["NoRestrictions"]);
    let tags = |from: usize, to: usize| -> Value {
        (from..to).map(|number| json!({"Key": format!("k{number}"), "Value": "v"})).collect()
    };
    world.call("TagResource", &json!({"ResourceArn": arn, "Tags": tags(0, 200)})).unwrap();
    let one_more = json!({"ResourceArn": arn, "Tags": tags(200, 201)});
    let refusal = world.refusal("TagResource", &one_more);
    assert_eq!(refusal.code, "ServiceQuotaExceededException");
    assert_eq!(refusal.message, "Tags: a key has at most 200 tags");
}
