//! A disk without space.

use serde_json::json;

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
    let mut server = Server::start(&disk);
    let mut keys: Vec<_> = server.listed("ListKeys", "Keys").into_iter().collect();
    keys.sort_by_key(|key| key["KeyArn"].to_string());
    told.sort_unstable();
    let keys: Vec<&str> = keys.iter().map(|key| key["KeyArn"].as_str().unwrap()).collect();
    assert_eq!(keys, told);
    server.kill();
}
