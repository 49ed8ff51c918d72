//! The program from the outside: start, stop, and what it refuses.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use export_server::audit::verify;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tempfile::TempDir;

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_export-server"));
    command.env_clear().env("RUST_BACKTRACE", "0");
    command
}

pub(crate) fn serve(data: &Path) -> Command {
    let mut command = program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data);
    command
}

/// A file that only its owner may read.
pub(crate) fn private_file(directory: &Path, name: &str, content: &str) -> PathBuf {
    let file = directory.join(name);
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// A server that has printed its greeting.
pub(crate) struct Running {
    child: Child,
    pub(crate) greeting: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        Self::greeted(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits for the greeting of a server whose output can be read.
    pub(crate) fn greeted(mut child: Child) -> Self {
        let mut greeting = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        while !greeting.contains("list-keys") {
            assert!(lines.read_line(&mut greeting).unwrap() > 0, "it ended: {greeting}");
        }
        Self { child, greeting }
    }

    pub(crate) fn address(&self) -> &str {
        self.greeting.split("://").nth(1).unwrap().split_whitespace().next().unwrap()
    }

    pub(crate) fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Calls an operation without a signature.
    pub(crate) fn call(&self, operation: &str, body: &str) -> String {
        self.try_call(operation, body).unwrap()
    }

    /// The same of a server that may be gone.
    pub(crate) fn try_call(&self, operation: &str, body: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address())?;
        let request = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/x-amz-json-1.0\r\n\
             x-amz-target: PaymentCryptographyControlPlane.{operation}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn stop(mut self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only matters when a test fails before it stops its server.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn refused(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

pub(crate) const CREATE_KEY: &str = r#"{"Exportable": true, "KeyAttributes": {
    "KeyUsage": "TR31_K1_KEY_BLOCK_PROTECTION_KEY", "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "AES_256", "KeyModesOfUse": {"Encrypt": true, "Wrap": true}}}"#;

#[test]
fn the_first_start_shows_a_secret_and_later_ones_do_not() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let first = Running::start(serve(&data));
    assert!(first.greeting.contains("export AWS_ACCESS_KEY_ID=AKIA"), "{}", first.greeting);
    assert!(first.greeting.contains("export AWS_SECRET_ACCESS_KEY="), "{}", first.greeting);
    let url = format!("export AWS_ENDPOINT_URL_PAYMENT_CRYPTOGRAPHY=http://{}", first.address());
    assert!(first.greeting.contains(&url), "{}", first.greeting);
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(first.ask("/ready").contains(r#""status":"ready""#));
    assert!(first.call("ListKeys", "{}").contains("MissingAuthenticationTokenException"));
    first.stop(Signal::TERM);

    let second = Running::start(serve(&data));
    assert!(!second.greeting.contains("SECRET"), "{}", second.greeting);
    assert!(second.greeting.contains("access keys: 1"), "{}", second.greeting);
    second.stop(Signal::INT);
}

#[test]
fn an_access_key_of_the_environment_is_not_stored() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = serve(&data);
    command.env("EXPORT_SERVER_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    let error = refused(command);
    assert!(error.contains("EXPORT_SERVER_SECRET_ACCESS_KEY is missing"), "{error}");

    let mut command = serve(&data);
    command.env("EXPORT_SERVER_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    command.env("EXPORT_SERVER_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let server = Running::start(command);
    assert!(!server.greeting.contains("SECRET"), "{}", server.greeting);
    server.stop(Signal::TERM);
    assert!(Running::start(serve(&data)).greeting.contains("An access key was made"));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("settings.toml");
    fs::write(&file, "region = \"eu-west-1\"\naccount = \"000000000001\"\n").unwrap();
    let start = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = serve(&directory.path().join("data"));
        command.arg("--config").arg(&file).args(flags).envs(variables.iter().copied());
        let server = Running::start(command);
        let greeting = server.greeting.clone();
        server.stop(Signal::TERM);
        greeting
    };
    let variable = ("EXPORT_SERVER_REGION", "eu-west-2");
    assert!(start(&[], &[]).contains("eu-west-1, account 000000000001"));
    assert!(start(&[], &[variable]).contains("eu-west-2, account 000000000001"));
    assert!(start(&["--region", "eu-west-3"], &[variable]).contains("eu-west-3, account"));
}

#[test]
fn settings_that_endanger_keys_are_refused() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = program();
    command.args(["serve", "--listen", "0.0.0.0:0", "--data-dir"]).arg(&data);
    assert!(refused(command).contains("give tls-cert and tls-key"));
    assert!(!data.exists());

    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(refused(serve(&data)).contains("chmod 700"));
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let first = Running::start(serve(&data));
    assert!(refused(serve(&data)).contains("another server writes the audit file"));
    first.stop(Signal::TERM);
}

#[test]
fn it_tells_in_numbers_what_it_did() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = serve(&data);
    command.arg("--no-auth");
    let server = Running::start(command);
    assert!(server.call("CreateKey", CREATE_KEY).contains("KeyArn"));
    assert!(server.call("GetKey", "{}").contains("ValidationException"));
    assert!(server.call("Anything", "{}").contains("UnknownOperationException"));
    let numbers = server.ask("/metrics");
    for line in [
        r#"requests_total{operation="CreateKey",code="OK"} 1"#,
        r#"requests_total{operation="GetKey",code="ValidationException"} 1"#,
        r#"requests_total{operation="none",code="UnknownOperationException"} 1"#,
        "store_batches_total 1",
        "audit_lines_total 1",
    ] {
        assert!(numbers.contains(&format!("\nexport_server_{line}\n")), "{line} {numbers}");
    }
    server.stop(Signal::TERM);

    let mut command = serve(&data);
    command.arg("--no-auth");
    let again = Running::start(command);
    let counted = r#"export_server_keys{state="CREATE_COMPLETE"} 1"#;
    let mut numbers = (0..100).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        again.ask("/metrics")
    });
    assert!(numbers.any(|numbers| numbers.contains(counted)));
}

#[test]
fn without_signatures_it_says_so() {
    let directory = TempDir::new().unwrap();
    let mut command = serve(&directory.path().join("data"));
    command.arg("--no-auth");
    let server = Running::start(command);
    assert!(server.greeting.contains("NO SIGNATURES"), "{}", server.greeting);
    assert!(server.call("CreateKey", CREATE_KEY).contains("CREATE_COMPLETE"));
    server.stop(Signal::TERM);
}

#[test]
fn the_audit_trail_is_verified() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = serve(&data);
    command.arg("--no-auth");
    let server = Running::start(command);
    for _ in 0..3 {
        assert!(server.call("CreateKey", CREATE_KEY).contains("CREATE_COMPLETE"));
    }
    server.stop(Signal::TERM);

    let command_to_verify = |more: &[&str]| {
        let mut command = program();
        command.args(["audit", "verify", "--data-dir"]).arg(&data).args(more);
        command
    };
    let Output { status, stdout, .. } = command_to_verify(&[]).output().unwrap();
    let said = String::from_utf8(stdout).unwrap();
    assert!(status.success() && said.contains("chain of 3 lines holds"), "{said}");
    let head = said.split("head ").nth(1).unwrap().trim();
    assert!(command_to_verify(&["--expect-head", head]).status().unwrap().success());

    let trail = data.join("audit.jsonl");
    let text = fs::read_to_string(&trail).unwrap();
    fs::write(&trail, text.replacen("AES_256", "AES_128", 1)).unwrap();
    assert!(refused(command_to_verify(&[])).contains("line 2"));
    let cut: String = text.split_inclusive('\n').take(2).collect();
    fs::write(&trail, cut).unwrap();
    assert!(command_to_verify(&[]).status().unwrap().success());
    assert!(refused(command_to_verify(&["--expect-head", head])).contains("cut off"));
}

#[test]
fn a_disk_without_room_for_the_trail_refuses_until_there_is() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let mut command = Command::new("sh");
    // Beyond the limit of its files the server is to get an error and not a signal.
    command.env_clear().args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_export-server"));
    command.args(["serve", "--no-auth", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
    let server = Running::start(command);
    // Null members count as absent, but the trail shows them: so it outgrows the store.
    let long = format!(r#"{{"{}": null}}"#, "x".repeat(200_000));
    for _ in 0..10 {
        assert!(server.call("ListKeys", &long).contains("200 OK"));
    }
    let trail = data.join("audit.jsonl");
    let length = fs::metadata(&trail).unwrap().len();

    limit_files(server.pid(), Some(length + 100));
    for operation in ["ListKeys", "CreateKey", "ListKeys"] {
        let body = if operation == "CreateKey" { CREATE_KEY } else { "{}" };
        let answer = server.call(operation, body);
        assert!(answer.contains("ServiceUnavailableException"), "{answer}");
    }
    assert!(server.ask("/health").contains("200 OK"));
    assert!(server.ask("/ready").contains(r#""store":true,"audit":false"#));

    limit_files(server.pid(), None);
    assert!(server.call("ListKeys", "{}").contains("200 OK"));
    assert!(server.call("CreateKey", CREATE_KEY).contains("CREATE_COMPLETE"));
    assert!(server.ask("/ready").contains("200 OK"));
    server.stop(Signal::TERM);
    let text = fs::read_to_string(&trail).unwrap();
    verify(text.as_bytes(), None).unwrap();
    // The first refused operation had been carried out, so it is recorded as what it was.
    let withheld: Vec<&str> = text.lines().filter(|line| line.contains("errorCode")).collect();
    assert_eq!((withheld.len(), text.lines().count()), (1, 13));
}

fn limit_files(pid: Pid, bytes: Option<u64>) {
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn the_demo_ends_well() {
    let output = program().arg("demo").output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("8 exports opened by their receiver, 0 of them with a fault."));
}
