//! Root keys and store keys of a shared store, rotated while two servers write.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::Signal;

use super::{Shared, create, has};
use crate::program::{Running, program, refused};

fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A command on the store, with the root key of a server.
fn command(shared: &Shared, number: usize, words: &[&str]) -> Command {
    let mut command = program();
    command.args(words).arg("--data-dir").arg(shared.data(number));
    command.args(["--store", &shared.url()]);
    command
}

/// Lets both servers make keys while something else is done.
fn while_both_write(servers: &[Running; 2], work: impl FnOnce()) -> Vec<String> {
    let is_done = AtomicBool::new(false);
    let make = |server| {
        let mut made = Vec::new();
        while made.len() < 2 || !is_done.load(Ordering::Relaxed) {
            made.push(create(server));
        }
        made
    };
    thread::scope(|scope| {
        let make = &make;
        let makers = servers.each_ref().map(|server| scope.spawn(move || make(server)));
        work();
        is_done.store(true, Ordering::Relaxed);
        makers.into_iter().flat_map(|maker| maker.join().unwrap()).collect()
    })
}

#[test]
fn keys_are_rotated_while_two_servers_write() {
    let Some(shared) = Shared::new() else { return };
    let servers = [1, 2].map(|number| shared.start(number));
    let mut made: Vec<_> = (0..30).map(|number| create(&servers[number % 2])).collect();

    let new = shared.data(1).join("new.key");
    made.extend(while_both_write(&servers, || {
        let mut rotate = command(&shared, 1, &["root-key", "rotate"]);
        rotate.arg("--to").arg(format!("file:{}", new.display()));
        let said = done(rotate);
        assert!(said.contains("The store postgres://") && said.contains("new root key"), "{said}");
    }));
    let old = refused(command(&shared, 2, &["store-key", "rotate"]));
    assert!(old.contains("the root key is not the one of this store"), "{old}");

    // Each server finds the new root key where it had the old one.
    for number in [1, 2] {
        fs::copy(&new, shared.data(number).join("root.key")).unwrap();
    }
    made.extend(while_both_write(&servers, || {
        for (number, newest) in [(1, "2"), (2, "3")] {
            let said = done(command(&shared, number, &["store-key", "rotate"]));
            assert!(said.contains(&format!("Store key {newest} seals from now on")), "{said}");
            assert!(said.contains("is deleted"), "{said}");
        }
    }));
    for server in &servers {
        assert!(made.iter().all(|arn| has(server, arn)));
    }
    for server in servers {
        server.stop(Signal::TERM);
    }
}
