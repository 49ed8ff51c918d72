//! A server whose disk fails while it starts.

use std::fs;

use serde_json::json;

use crate::disk::{Disk, Fault};
use crate::server::Server;
use crate::steps::create_key;

/// How many of the calls of a first start are passed over from one that fails to the next.
const STEP: usize = 7;

/// Starts a server while one call fails, and then on a sound disk; says whether the call was made.
fn start(disk: &Disk, call: i32, fault: Fault) -> (bool, Server) {
    disk.fail(call, fault);
    let faulty = Server::try_start(disk);
    let has_failed = disk.heal().is_some();
    assert!(has_failed || faulty.is_some(), "call {call}: it refuses without a reason");
    faulty.into_iter().for_each(Server::kill);
    (has_failed, Server::start(disk))
}

#[test]
fn a_start_whose_disk_fails_leaves_nothing_that_keeps_the_next_one_from_starting() {
    let disk = Disk::new();
    let body = create_key("TR31_P0_PIN_ENCRYPTION_KEY", &json!({"Encrypt": true, "Wrap": true}));
    let mut calls = 0;
    for (call, fault) in (1..).step_by(STEP).zip([Fault::InputOutput, Fault::Short].iter().cycle())
    {
        let _ = fs::remove_dir_all(disk.data());
        let (has_failed, mut server) = start(&disk, call, *fault);
        server.done("CreateKey", &body);
        server.kill();
        calls += usize::from(has_failed);
        if !has_failed {
            break;
        }
    }
    assert!(calls > 3, "{calls}");
    println!("{calls} first starts");

    // What there is now was left by a kill, with a log that is still to be folded in.
    for call in 1.. {
        let (has_failed, mut server) = start(&disk, call, Fault::InputOutput);
        assert_eq!(server.listed("ListKeys", "Keys").len(), usize::try_from(call).unwrap());
        server.done("CreateKey", &body);
        server.kill();
        if !has_failed {
            break;
        }
    }
}
