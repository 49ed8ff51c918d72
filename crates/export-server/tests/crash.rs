//! A server that is killed again and again while sixteen clients write: what was acknowledged is
//! there after each start, what was not is whole or absent, and the audit trail holds.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests may do what tests may"
)]

#[path = "crash/postgres.rs"]
mod postgres;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use export_server::audit::verify;
use serde_json::{Value, json};

const CYCLES: usize = 200;
const WRITERS: usize = 16;

/// A server that answers whoever asks.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn command(data: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_export-server"));
        command.args(["serve", "--no-auth", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
        command.env_clear();
        command
    }

    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        while !greeting.contains("list-keys") {
            assert!(lines.read_line(&mut greeting).unwrap() > 0, "it ended: {greeting}");
        }
        let address = greeting.split("://").nth(1).unwrap().split_whitespace().next().unwrap();
        Self { address: address.to_owned(), child }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A connection that is kept; it answers `None` from when the server is gone.
struct Client(TcpStream);

impl Client {
    fn of(address: &str) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(stream))
    }

    fn call(&mut self, operation: &str, body: &Value) -> Option<Value> {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amz-json-1.0\r\n\
             x-amz-target: PaymentCryptographyControlPlane.{operation}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = self.0.read(&mut part).ok().filter(|&read| read > 0)?;
            answer.extend(&part[..read]);
            let text = std::str::from_utf8(&answer).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.unwrap().parse() == Ok(body.len()) {
                assert!(head.starts_with("HTTP/1.1 200"), "{operation}: {body}");
                return Some(serde_json::from_str(body).unwrap());
            }
        }
    }
}

/// What a writer was told.
#[derive(Default)]
struct Acknowledged {
    /// The check value of each key, and the number in its label.
    keys: BTreeMap<String, (String, String)>,
    /// The key of each alias.
    aliases: BTreeMap<String, String>,
    /// Keys that got a second label.
    labelled: BTreeSet<String>,
}

impl Acknowledged {
    fn add(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.aliases.extend(other.aliases);
        self.labelled.extend(other.labelled);
    }
}

/// Makes keys, names and labels until the server is gone, and counts what is acknowledged.
fn write(address: &str, cycle: usize, writer: usize, count: &AtomicUsize) -> Acknowledged {
    let mut told = Acknowledged::default();
    let Some(mut client) = Client::of(address) else { return told };
    for turn in 0.. {
        let number = format!("{cycle}-{writer}-{turn}");
        let request = json!({
            "KeyAttributes": {
                "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY", "KeyClass": "SYMMETRIC_KEY",
                "KeyAlgorithm": "AES_128", "KeyModesOfUse": {"Encrypt": true, "Wrap": true},
            },
            "Exportable": true,
            "Tags": [{"Key": "number", "Value": number}],
        });
        let Some(made) = client.call("CreateKey", &request) else { return told };
        let arn = made["Key"]["KeyArn"].as_str().unwrap().to_owned();
        let check_value = made["Key"]["KeyCheckValue"].as_str().unwrap().to_owned();
        told.keys.insert(arn.clone(), (check_value, number.clone()));
        count.fetch_add(1, Ordering::Relaxed);
        let alias = format!("alias/{number}");
        let request = json!({"AliasName": alias, "KeyArn": arn});
        if client.call("CreateAlias", &request).is_none() {
            return told;
        }
        told.aliases.insert(alias, arn.clone());
        count.fetch_add(1, Ordering::Relaxed);
        let request = json!({"ResourceArn": arn, "Tags": [{"Key": "second", "Value": "x"}]});
        if client.call("TagResource", &request).is_none() {
            return told;
        }
        told.labelled.insert(arn);
        count.fetch_add(1, Ordering::Relaxed);
    }
    told
}

/// All pages of a listing.
fn listed(client: &mut Client, operation: &str, member: &str, request: Value) -> Vec<Value> {
    let (mut found, mut request) = (Vec::new(), request);
    request["MaxResults"] = json!(100);
    loop {
        let answer = client.call(operation, &request).unwrap();
        found.extend(answer[member].as_array().unwrap().iter().cloned());
        match answer.get("NextToken") {
            Some(Value::String(next)) => request["NextToken"] = json!(next),
            _ => return found,
        }
    }
}

/// Everything that each writer was told is there, and so is a sound audit trail.
fn check_all(server: &Server, data: &Path, told: &[Acknowledged]) {
    // Looking is recorded too, so what is verified is a copy from before.
    let trail = fs::read(data.join("audit.jsonl")).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| verify(&*trail, None).unwrap());
        for told in told {
            scope.spawn(|| check(&mut Client::of(&server.address).unwrap(), told));
        }
    });
}

fn check(client: &mut Client, told: &Acknowledged) {
    for (arn, (check_value, number)) in &told.keys {
        let found = client.call("GetKey", &json!({"KeyIdentifier": arn})).unwrap();
        assert_eq!(found["Key"]["KeyCheckValue"], json!(check_value), "{arn}");
        let labels = listed(client, "ListTagsForResource", "Tags", json!({"ResourceArn": arn}));
        let has = |key: &str, value: &str| {
            labels.iter().any(|it| it["Key"] == json!(key) && it["Value"] == json!(value))
        };
        assert!(has("number", number), "{arn} {labels:?}");
        assert!(!told.labelled.contains(arn) || has("second", "x"), "{arn} {labels:?}");
    }
    for (alias, arn) in &told.aliases {
        let found = client.call("GetAlias", &json!({"AliasName": alias})).unwrap();
        assert_eq!(found["Alias"]["KeyArn"], json!(arn), "{alias}");
    }
}

/// Numbers that follow from one another.
fn next(random: &mut u64) -> u64 {
    *random =
        random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *random >> 33
}

#[test]
fn what_was_acknowledged_survives_two_hundred_kills() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let (mut all, mut random) = (Acknowledged::default(), 2026);
    let mut server = Server::start(Server::command(&data));
    for cycle in 0..CYCLES {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let address = server.address.clone();
                thread::spawn(move || write(&address, cycle, writer, &AtomicUsize::new(0)))
            })
            .collect();
        thread::sleep(Duration::from_millis(5 + next(&mut random) % 195));
        server.kill();
        let told: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();

        server = Server::start(Server::command(&data));
        check_all(&server, &data, &told);
        told.into_iter().for_each(|told| all.add(told));
    }

    check_everything(&server, &data, &all);
    server.kill();
}

/// Everything that was told is listed, little else is, and each acknowledged operation has its line
/// in the audit trail.
fn check_everything(server: &Server, data: &Path, all: &Acknowledged) {
    let mut client = Client::of(&server.address).unwrap();
    let keys = listed(&mut client, "ListKeys", "Keys", json!({}));
    let arns: BTreeSet<&str> = keys.iter().map(|key| key["KeyArn"].as_str().unwrap()).collect();
    assert!(all.keys.keys().all(|arn| arns.contains(arn.as_str())));
    // At most one key a writer was made and not told of, and one name likewise.
    assert!(arns.len() - all.keys.len() <= CYCLES * WRITERS);
    let aliases = listed(&mut client, "ListAliases", "Aliases", json!({}));
    assert!(aliases.len() - all.aliases.len() <= CYCLES * WRITERS);

    let trail = BufReader::new(File::open(data.join("audit.jsonl")).unwrap());
    let mut recorded: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in trail.lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let subject = match line["eventName"].as_str().unwrap() {
            "CreateKey" => &line["responseElements"]["key"]["keyArn"],
            "CreateAlias" => &line["requestParameters"]["aliasName"],
            "TagResource" => &line["requestParameters"]["resourceArn"],
            _ => continue,
        };
        let operation = line["eventName"].as_str().unwrap().to_owned();
        recorded.entry(operation).or_default().insert(subject.as_str().unwrap().to_owned());
    }
    assert!(all.keys.keys().all(|arn| recorded["CreateKey"].contains(arn)));
    assert!(all.aliases.keys().all(|name| recorded["CreateAlias"].contains(name)));
    assert!(all.labelled.is_subset(&recorded["TagResource"]));
    assert!(all.keys.len() > CYCLES, "{}", all.keys.len());
    println!(
        "{} keys, {} aliases and {} labels survived {CYCLES} kills",
        all.keys.len(),
        all.aliases.len(),
        all.labelled.len()
    );
}
