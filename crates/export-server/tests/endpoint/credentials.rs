//! Credentials from the outside: added, disabled, exchanged and listed while a server runs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use export_api::Timestamp;
use rustix::process::{Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Running, program, refused, serve};
use crate::signer::Signer;

/// An access key as the program shows it.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Shown {
    pub(crate) fn of(said: &str) -> Self {
        let after = |name: &str| {
            let (_, rest) = said.split_once(name).unwrap_or_else(|| panic!("{said}"));
            rest.split_whitespace().next().unwrap().to_owned()
        };
        Self { id: after("AWS_ACCESS_KEY_ID="), secret: after("AWS_SECRET_ACCESS_KEY=") }
    }

    /// Calls an operation, signed with the access key.
    pub(crate) fn call(&self, server: &Running, operation: &str, body: &str) -> String {
        self.call_with(server, operation, body, "")
    }

    /// As [`call`](Self::call), with header lines that are not signed.
    pub(crate) fn call_with(
        &self,
        server: &Running,
        operation: &str,
        body: &str,
        unsigned: &str,
    ) -> String {
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let time = Timestamp::from_milliseconds(since_1970.as_millis().try_into().unwrap());
        let signer =
            Signer { access_key_id: &self.id, secret_access_key: &self.secret, ..Signer::at(time) };
        let request = signer.request(operation, body);
        let mut text = format!("POST / HTTP/1.1\r\nconnection: close\r\n{unsigned}");
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Whether the access key is known to the server.
    fn is_accepted(&self, server: &Running) -> bool {
        !self.call(server, "ListKeys", "{}").contains("UnrecognizedClientException")
    }
}

/// Runs a sub-command that must succeed, and answers what it says.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> String {
    let mut command = program();
    command.args(arguments).arg("--data-dir").arg(data);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refusal(data: &Path, arguments: &[&str]) -> String {
    let mut command = program();
    command.args(arguments).arg("--data-dir").arg(data);
    refused(command)
}

/// The lines of a trail that no operation made.
pub(crate) fn changes(trail: &str) -> Vec<Value> {
    let lines = trail.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["eventSource"] == "export-server").collect()
}

/// Waits for what a running server is to learn.
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    (0..200).any(|_| {
        sleep(Duration::from_millis(50));
        holds()
    })
}

#[test]
fn a_running_server_learns_of_credentials() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let server = Running::start(serve(&data));
    let first = Shown::of(&server.greeting);
    assert!(first.is_accepted(&server));

    // At SIGHUP at once, and without it after some seconds.
    let said = run(&data, &["credential", "add", "till", "--administrator"]);
    let till = Shown::of(&said);
    kill_process(server.pid(), Signal::HUP).unwrap();
    assert!(eventually(|| till.is_accepted(&server)));

    let said = run(&data, &["credential", "rotate", "till"]);
    let second = Shown::of(&said);
    assert!(said.contains("accepted until"), "{said}");
    assert!(eventually(|| second.is_accepted(&server)));
    assert!(till.is_accepted(&server), "the former access key goes on");
    let third = Shown::of(&run(&data, &["credential", "rotate", "till", "--overlap", "0"]));
    assert!(eventually(|| third.is_accepted(&server)));
    assert!(!till.is_accepted(&server) && !second.is_accepted(&server));

    let listed = run(&data, &["credential", "list"]);
    assert_eq!(listed.lines().count(), 4, "{listed}");
    for shown in [&first, &till, &second, &third] {
        assert!(listed.contains(&shown.id) && !listed.contains(&shown.secret), "{listed}");
    }
    assert_eq!(listed.matches("ended").count(), 2, "{listed}");

    assert!(run(&data, &["credential", "disable", "till"]).contains("disabled"));
    assert!(eventually(|| !third.is_accepted(&server)));
    assert!(first.is_accepted(&server));
    assert!(refusal(&data, &["credential", "disable", "till"]).contains("disabled already"));
    assert!(refusal(&data, &["credential", "rotate", "till"]).contains("is disabled"));
    server.stop(Signal::TERM);

    // The trail names the credential beside the access key, and tells who changed what: also after
    // the server has ended.
    run(&data, &["credential", "add", "later"]);
    let trail = std::fs::read_to_string(data.join("audit.jsonl")).unwrap();
    assert!(trail.contains(r#""userName":"till""#) && !trail.contains(&third.secret), "{trail}");
    let changes = changes(&trail);
    let told = |change: &Value| {
        let name = change["requestParameters"]["name"].as_str().unwrap();
        format!("{} {name}", change["eventName"].as_str().unwrap())
    };
    let expected = [
        "AddCredential administrator",
        "AddCredential till",
        "RotateCredential till",
        "RotateCredential till",
        "DisableCredential till",
        "AddCredential later",
    ];
    assert_eq!(changes.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(changes[0]["userIdentity"]["type"], "Server");
    assert_eq!(changes[1]["userIdentity"]["userId"], rustix::process::getuid().as_raw());
    assert_eq!(changes[3]["requestParameters"]["accessKeyId"], third.id.as_str());
    assert!(run(&data, &["audit", "verify"]).contains("holds"));
    assert_eq!(std::fs::read_dir(data.join("audit-queue")).unwrap().count(), 0);
}

#[test]
fn names_are_taken_once_and_the_first_is_an_administrators() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    assert!(refusal(&data, &["credential", "list"]).contains("there is no store in"));
    assert!(!data.exists());
    let mut command = serve(&data);
    command.arg("--no-auth");
    Running::start(command).stop(Signal::TERM);

    let add = |name| ["credential", "add", name];
    assert!(refusal(&data, &add("till")).contains("add --administrator"));
    run(&data, &["credential", "add", "chief", "--administrator"]);
    run(&data, &add("till"));
    assert!(refusal(&data, &add("till")).contains("already"));
    for bad in ["two words", "environment", ""] {
        assert!(refusal(&data, &add(bad)).contains("a name has 1 to 64 characters"), "{bad}");
    }
    for command in ["disable", "rotate"] {
        assert!(refusal(&data, &["credential", command, "nobody"]).contains("no credential"));
    }
}

#[test]
fn a_store_whose_credentials_are_all_disabled_stays_closed() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let server = Running::start(serve(&data));
    let first = Shown::of(&server.greeting);
    server.stop(Signal::TERM);
    run(&data, &["credential", "disable", "administrator"]);
    let server = Running::start(serve(&data));
    assert!(!server.greeting.contains("SECRET"), "{}", server.greeting);
    assert!(!first.is_accepted(&server));
    server.stop(Signal::TERM);
}
