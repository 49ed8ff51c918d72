//! A disk that goes on failing: without space, or without syncs.

use std::fs;

use serde_json::{Value, json};

use crate::disk::Disk;
use crate::server::Server;
use crate::steps::create_key;

fn make(server: &mut Server) -> Result<String, String> {
    let body = create_key("TR31_P0_PIN_ENCRYPTION_KEY", &json!({"Encrypt": true, "Wrap": true}));
    match server.call("CreateKey", &body) {
        Ok(answer) => Ok(answer["Key"]["KeyArn"].as_str().unwrap().to_owned()),
        Err(error) => {
            assert_eq!(error["__type"], json!("ServiceUnavailableException"));
            Err(error["Message"].as_str().unwrap().to_owned())
        }
    }
}

fn keys(server: &mut Server) -> Vec<String> {
    let keys = server.listed("ListKeys", "Keys").into_iter();
    keys.map(|key| key["KeyArn"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_full_disk_refuses_writes_answers_reads_and_needs_no_restart() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    let mut told = vec![make(&mut server).unwrap()];
    // Rooms in which the log ends at another place each time.
    for room in (0..60_000).step_by(7_001) {
        disk.fill("keys.sqlite3", room);
        let refused = loop {
            match make(&mut server) {
                Ok(arn) => told.push(arn),
                Err(refused) => break refused,
            }
        };
        assert!(refused.contains("try again later"), "{refused}");
        make(&mut server).unwrap_err();
        for arn in &told {
            let found = server.done("GetKey", &json!({"KeyIdentifier": arn}));
            assert_eq!(found["Key"]["KeyArn"], json!(arn));
        }
        assert_eq!(server.listed("ListKeys", "Keys").len(), told.len());
        disk.heal();
        told.push(make(&mut server).unwrap());
    }

    // Without space for the audit trail nothing is answered, because nothing could be recorded.
    disk.fill("", 100);
    make(&mut server).unwrap_err();
    server.call("GetKey", &json!({"KeyIdentifier": told[0]})).unwrap_err();
    server.call("ListKeys", &json!({})).unwrap_err();
    disk.heal();
    told.push(make(&mut server).unwrap());

    server.kill();
    told.sort_unstable();
    let mut server = Server::start(&disk);
    assert_eq!(keys(&mut server), told);
    server.kill();
}

#[test]
fn without_syncs_of_the_store_nothing_is_acknowledged_and_nothing_refused_is_there() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    let mut told = vec![make(&mut server).unwrap()];
    disk.fail_syncs("keys.sqlite3");
    for _ in 0..5 {
        make(&mut server).unwrap_err();
        assert_eq!(keys(&mut server), told);
    }
    disk.heal();
    told.push(make(&mut server).unwrap());
    told.sort_unstable();
    server.kill();
    let mut server = Server::start(&disk);
    assert_eq!(keys(&mut server), told);
    server.kill();
}

#[test]
fn without_syncs_of_the_trail_one_operation_was_carried_out_and_the_trail_says_so() {
    let disk = Disk::new();
    let mut server = Server::start(&disk);
    make(&mut server).unwrap();
    disk.fail_syncs("audit.jsonl");
    for _ in 0..5 {
        make(&mut server).unwrap_err();
    }
    disk.heal();
    make(&mut server).unwrap();
    // The first of the five; the others were refused before they changed anything.
    let held = keys(&mut server);
    assert_eq!(held.len(), 3);
    server.kill();
    let trail = fs::read_to_string(disk.data().join("audit.jsonl")).unwrap();
    let lines = trail.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let made: Vec<Value> = lines.filter(|line| line["eventName"] == json!("CreateKey")).collect();
    let withheld: Vec<bool> = made.iter().map(|line| line.get("errorCode").is_some()).collect();
    assert_eq!(withheld, [false, true, false]);
    let arn = |line: &Value| line["responseElements"]["key"]["keyArn"].as_str().unwrap().to_owned();
    let mut recorded: Vec<String> = made.iter().map(arn).collect();
    recorded.sort_unstable();
    assert_eq!(recorded, held);
}
