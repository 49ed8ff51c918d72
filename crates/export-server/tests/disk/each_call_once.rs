//! Each write and each sync of a run fails once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use export_server::audit::verify;
use serde_json::{Value, json};

use crate::disk::{Disk, Fault};
use crate::server::{Answer, Server};
use crate::steps::{KINDS, Run, Step, create_key};

const OPERATIONS: usize = 200;
/// In one of so many operations, of other kinds each time, the server is killed when a sync failed.
const KILLED_EVERY: usize = 33;

const FAULTS: [Fault; 3] = [Fault::InputOutput, Fault::NoSpace, Fault::Short];

/// What was acknowledged.
#[derive(Default)]
struct Told {
    /// The last answer to each read that shows something of it.
    answers: BTreeMap<(String, String), Answer>,
    keys: Vec<String>,
    /// How often each operation was acknowledged.
    counts: BTreeMap<String, usize>,
}

impl Told {
    fn note(&mut self, server: &mut Server, step: &Step, answer: &Value) {
        *self.counts.entry(step.operation.to_owned()).or_default() += 1;
        let mut reads = step.seen_by.clone();
        if let ("CreateKey" | "ImportKey", Some(arn)) =
            (step.operation, answer["Key"]["KeyArn"].as_str())
        {
            self.keys.push(arn.to_owned());
            self.keys.sort_unstable();
            reads.push(("GetKey", json!({"KeyIdentifier": arn})));
            reads.push(("ListTagsForResource", json!({"ResourceArn": arn})));
        }
        for (operation, body) in reads {
            let answer = server.call(operation, &body);
            self.answers.insert((operation.to_owned(), body.to_string()), answer);
        }
    }

    /// All of it is there, and no key beside it.
    fn check(&self, server: &mut Server) {
        for ((operation, body), answer) in &self.answers {
            let body: Value = serde_json::from_str(body).unwrap();
            assert_eq!(server.call(operation, &body), *answer, "{operation} {body}");
        }
        assert_eq!(keys(server), self.keys);
    }
}

fn keys(server: &mut Server) -> Vec<String> {
    let keys = server.listed("ListKeys", "Keys").into_iter();
    keys.map(|key| key["KeyArn"].as_str().unwrap().to_owned()).collect()
}

/// What shows an operation that was refused: nothing of it may.
fn seen(server: &mut Server, step: &Step) -> (Vec<Answer>, Option<Vec<String>>) {
    let reads = step.seen_by.iter().map(|(operation, body)| server.call(operation, body)).collect();
    let makes_a_key = ["CreateKey", "ImportKey"].contains(&step.operation);
    (reads, makes_a_key.then(|| keys(server)))
}

/// Makes what the run needs, on a disk that is sound.
fn prepare(server: &mut Server, told: &mut Told) -> Run {
    let step = |operation, body| Step { operation, body, seen_by: vec![] };
    let mut make = |server: &mut Server, usage, modes: Value| {
        let step = step("CreateKey", create_key(usage, &modes));
        let answer = server.done(step.operation, &step.body);
        told.note(server, &step, &answer);
        answer["Key"]["KeyArn"].as_str().unwrap().to_owned()
    };
    let wraps = json!({"Encrypt": true, "Decrypt": true, "Wrap": true, "Unwrap": true});
    let kek = make(server, "TR31_K1_KEY_BLOCK_PROTECTION_KEY", wraps);
    let [key, other, exported] = [(); 3].map(|()| {
        make(server, "TR31_P0_PIN_ENCRYPTION_KEY", json!({"Encrypt": true, "Wrap": true}))
    });
    let material = json!({"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}});
    let export =
        step("ExportKey", json!({"ExportKeyIdentifier": exported, "KeyMaterial": material}));
    let answer = server.done(export.operation, &export.body);
    told.note(server, &export, &answer);
    let block = answer["WrappedKey"]["KeyMaterial"].as_str().unwrap().to_owned();
    // The authority of the account, which takes long to make.
    let body = json!({"KeyMaterialType": "TR34_KEY_BLOCK", "SigningKeyAlgorithm": "RSA_3072"});
    let parameters = step("GetParametersForExport", body);
    let answer = server.done(parameters.operation, &parameters.body);
    told.note(server, &parameters, &answer);
    Run::new([key, other], exported, kek, block)
}

#[test]
fn each_write_and_each_sync_of_two_hundred_operations_fails_once() {
    let disk = Disk::new();
    let mut told = Told::default();
    let mut server = Server::start(&disk);
    let mut run = prepare(&mut server, &mut told);
    let (mut refusals, mut survived) = (BTreeMap::<String, usize>::new(), 0);

    for number in 0..OPERATIONS {
        let kind = if number == OPERATIONS / 2 { KINDS } else { number % KINDS };
        let mut step = run.step(kind);
        let mut before = seen(&mut server, &step);
        for call in 1.. {
            let fault = FAULTS[(number + usize::try_from(call).unwrap()) % FAULTS.len()];
            disk.fail(call, fault);
            let answer = server.call(step.operation, &step.body);
            let fired = disk.heal();
            let at = format!("{number}, call {call} of {}: {fault:?} {fired:?}", step.operation);
            match (answer, &fired) {
                (Ok(answer), fired) => {
                    survived += usize::from(fired.is_some());
                    run.carried_out(&step);
                    told.note(&mut server, &step, &answer);
                    if fired.is_none() {
                        break;
                    }
                    // It is done: another one of its kind takes the calls that are left.
                    step = run.step(kind);
                    before = seen(&mut server, &step);
                }
                (Err(error), Some(failed)) => {
                    assert_eq!(error["__type"], json!("ServiceUnavailableException"), "{at}");
                    *refusals.entry(failed.clone()).or_default() += 1;
                    let is_killed = number % KILLED_EVERY == KILLED_EVERY / 2
                        && (failed == "fdatasync" || failed == "fsync");
                    if is_killed {
                        // At once, so that nothing is written that could cover it up.
                        server.kill();
                        server = Server::start(&disk);
                        told.check(&mut server);
                    }
                    assert_eq!(seen(&mut server, &step), before, "{at}");
                }
                (Err(error), None) => panic!("{at}: {error}"),
            }
        }
    }
    told.check(&mut server);
    server.kill();
    let mut server = Server::start(&disk);
    told.check(&mut server);
    server.kill();

    // Each line stands for an operation that was acknowledged, and the other way round.
    let trail = || BufReader::new(File::open(disk.data().join("audit.jsonl")).unwrap());
    verify(trail(), None).unwrap();
    let mut recorded = BTreeMap::<String, usize>::new();
    for line in trail().lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let operation = line["eventName"].as_str().unwrap();
        if told.counts.contains_key(operation) {
            assert_eq!(line.get("errorCode"), None, "{line}");
            *recorded.entry(operation.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(recorded, told.counts);
    println!("{refusals:?} led to refusals, {survived} were got over, of {:?}", told.counts);
}
