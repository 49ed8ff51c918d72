//! Many clients at once: every race has one winner, and the rest are told.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Answer, KEK, WRAP, World, create_key};

const CLIENTS: usize = 16;
const ROUNDS: usize = 20;

/// Lets the clients call at once, each from a task of its own.
pub(crate) async fn together(
    world: &World,
    operation: &'static str,
    body: impl Fn(usize) -> Value,
) -> Vec<Answer> {
    let calls: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (endpoint, signer, body) = (world.shared(), world.signer(), body(client));
            tokio::spawn(async move {
                let request = signer.request(operation, &body.to_string());
                endpoint.send(request).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

/// The clients whose calls were carried out; all others must have met a conflict.
fn winners(answers: &[Answer]) -> Vec<usize> {
    let carried_out = |answer: &Answer| {
        if answer.status != 200 {
            assert_eq!(answer.code(), "ConflictException", "{}", answer.body);
        }
        answer.status == 200
    };
    answers.iter().enumerate().filter(|(_, it)| carried_out(it)).map(|(client, _)| client).collect()
}

async fn keys(world: &World) -> Vec<String> {
    let mut arns = Vec::new();
    for _ in 0..CLIENTS {
        let made = world.done("CreateKey", create_key(KEK, "AES_256", WRAP)).await;
        arns.push(made["Key"]["KeyArn"].as_str().unwrap().to_owned());
    }
    arns
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_for_an_alias_has_one_winner() {
    let world = World::new();
    let keys = keys(&world).await;
    for round in 0..ROUNDS {
        let name = format!("alias/round-{round}");
        let claim = |client: usize| json!({"AliasName": name, "KeyArn": keys[client]});
        let answers = together(&world, "CreateAlias", claim).await;
        let [winner] = winners(&answers).try_into().unwrap();
        let found = world.done("GetAlias", json!({"AliasName": name})).await;
        assert_eq!(found["Alias"]["KeyArn"], json!(keys[winner]));

        // To move one there may be several in turn; the last of them has it.
        let answers = together(&world, "UpdateAlias", claim).await;
        let moved = winners(&answers);
        let found = world.done("GetAlias", json!({"AliasName": name})).await;
        assert!(moved.iter().any(|&client| found["Alias"]["KeyArn"] == json!(keys[client])));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_label_is_lost_in_a_race() {
    let world = World::new();
    let key = keys(&world).await.remove(0);
    let mut expected = BTreeSet::new();
    for round in 0..ROUNDS {
        let name = |client: usize| format!("{round:02}-{client:02}");
        let label = |client: usize| json!({"ResourceArn": key, "Tags": [{"Key": name(client), "Value": "x"}]});
        let answers = together(&world, "TagResource", label).await;
        let added = winners(&answers);
        assert!(!added.is_empty());
        expected.extend(added.into_iter().map(name));
        while expected.len() > 150 {
            let gone = expected.pop_first();
            world.done("UntagResource", json!({"ResourceArn": key, "TagKeys": [gone]})).await;
        }
    }
    let mut found = BTreeSet::new();
    let mut page = json!({"ResourceArn": key, "MaxResults": 100});
    loop {
        let answer = world.done("ListTagsForResource", page.clone()).await;
        let tags = answer["Tags"].as_array().unwrap().iter();
        found.extend(tags.map(|tag| tag["Key"].as_str().unwrap().to_owned()));
        match answer.get("NextToken") {
            Some(next) if !next.is_null() => page["NextToken"] = next.clone(),
            _ => break,
        }
    }
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_deleted_once_and_restored_once() {
    let world = World::new();
    let key = keys(&world).await.remove(0);
    for _ in 0..ROUNDS {
        for operation in ["DeleteKey", "RestoreKey"] {
            let answers = together(&world, operation, |_| json!({"KeyIdentifier": key})).await;
            assert_eq!(winners(&answers).len(), 1, "{operation}");
        }
    }
}
