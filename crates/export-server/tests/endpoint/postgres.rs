//! Several servers on one PostgreSQL database, as processes of their own.

mod backup;
mod history;
mod rotation;
pub(crate) mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use rustix::process::{Signal, kill_process};
use tempfile::TempDir;

use self::schema::Schema;
use crate::program::{CREATE_KEY, Running, program, refused, serve};

/// A schema of its own, and a data directory for each server.
struct Shared {
    directory: TempDir,
    schema: Schema,
}

impl Shared {
    fn new() -> Option<Self> {
        Some(Self { schema: Schema::new()?, directory: tempfile::tempdir().unwrap() })
    }

    fn url(&self) -> String {
        self.schema.url()
    }

    fn data(&self, number: usize) -> PathBuf {
        self.directory.path().join(format!("data-{number}"))
    }

    fn serve(&self, number: usize) -> Command {
        let mut command = serve(&self.data(number));
        command.args(["--no-auth", "--store", &self.url()]);
        command
    }

    /// A server with the root key of the first one.
    fn start(&self, number: usize) -> Running {
        if number > 1 {
            copy_root_key(&self.data(1), &self.data(number));
        }
        Running::start(self.serve(number))
    }
}

fn copy_root_key(from: &Path, to: &Path) {
    use std::os::unix::fs::DirBuilderExt;

    if !to.exists() {
        fs::DirBuilder::new().mode(0o700).create(to).unwrap();
        fs::copy(from.join("root.key"), to.join("root.key")).unwrap();
    }
}

/// Makes a key; its ARN.
fn create(server: &Running) -> String {
    let answer = server.call("CreateKey", CREATE_KEY);
    let arn = answer.split("\"KeyArn\":\"").nth(1).unwrap_or_else(|| panic!("{answer}"));
    arn.split('"').next().unwrap().to_owned()
}

fn has(server: &Running, arn: &str) -> bool {
    server.call("GetKey", &format!(r#"{{"KeyIdentifier": "{arn}"}}"#)).contains("KeyCheckValue")
}

#[test]
fn what_one_server_makes_the_other_has() {
    let Some(shared) = Shared::new() else { return };
    let [first, second] = [1, 2].map(|number| shared.start(number));
    assert!(first.greeting.contains("store      postgres://"), "{}", first.greeting);
    assert!(first.ask("/ready").contains(r#""status":"ready""#));
    let arn = create(&first);
    assert!(has(&second, &arn));
    let alias = format!(r#"{{"AliasName": "alias/till", "KeyArn": "{arn}"}}"#);
    let created = second.call("CreateAlias", &alias);
    assert!(created.contains("alias/till"), "{created}");
    let taken = first.call("CreateAlias", &alias);
    assert!(taken.contains("ConflictException"), "{taken}");
    first.stop(Signal::TERM);
    second.stop(Signal::TERM);
}

/// Sixteen clients of two servers that call at once; the numbers of those whose calls were carried
/// out, when all others met a conflict.
fn race(
    servers: &[Running; 2],
    operation: &str,
    body: impl Fn(usize) -> String + Sync,
) -> Vec<usize> {
    let start = Barrier::new(16);
    let call = |number: usize| {
        start.wait();
        let answer = servers[number % 2].call(operation, &body(number));
        let is_done = answer.starts_with("HTTP/1.1 200");
        assert!(is_done || answer.contains("ConflictException"), "{answer}");
        is_done.then_some(number)
    };
    thread::scope(|scope| {
        let call = &call;
        let racers: Vec<_> = (0..16).map(|number| scope.spawn(move || call(number))).collect();
        racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
    })
}

#[test]
fn of_sixteen_clients_of_two_servers_one_wins_each_race() {
    let Some(shared) = Shared::new() else { return };
    let servers = [1, 2].map(|number| shared.start(number));
    let arns: Vec<_> = (0..16).map(|number| create(&servers[number % 2])).collect();
    for round in 0..10 {
        let name = format!("alias/race-{round}");
        let claim =
            |number: usize| format!(r#"{{"AliasName": "{name}", "KeyArn": "{}"}}"#, arns[number]);
        let winners = race(&servers, "CreateAlias", claim);
        let [winner] = &*winners else { panic!("{winners:?}") };
        for server in &servers {
            let answer = server.call("GetAlias", &format!(r#"{{"AliasName": "{name}"}}"#));
            assert!(answer.contains(arns[*winner].as_str()), "{answer}");
        }
        for (operation, state) in
            [("DeleteKey", "DELETE_PENDING"), ("RestoreKey", "CREATE_COMPLETE")]
        {
            let key = |_| format!(r#"{{"KeyIdentifier": "{}"}}"#, arns[0]);
            let winners = race(&servers, operation, key);
            assert_eq!(winners.len(), 1, "{operation}: {winners:?}");
            for server in &servers {
                let answer = server.call("GetKey", &key(0));
                assert!(answer.contains(state), "{answer}");
            }
        }
    }
    for server in servers {
        server.stop(Signal::TERM);
    }
}

#[test]
fn one_server_is_killed_and_the_other_goes_on() {
    let Some(shared) = Shared::new() else { return };
    let stays = shared.start(1);
    let mut made = Vec::new();
    for _ in 0..5 {
        let killed = shared.start(2);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..10).map(|_| create(&stays)).collect::<Vec<_>>()))
                .collect();
            made.push(create(&killed));
            kill_process(killed.pid(), Signal::KILL).unwrap();
            made.extend(writers.into_iter().flat_map(|writer| writer.join().unwrap()));
        });
    }
    assert_eq!(made.len(), 5 * 41);
    assert!(made.iter().all(|arn| has(&stays, arn)));
    stays.stop(Signal::TERM);
}

#[test]
fn another_root_key_and_a_missing_one_are_refused() {
    let Some(shared) = Shared::new() else { return };
    shared.start(1).stop(Signal::TERM);
    let missing = refused(shared.serve(2));
    assert!(missing.contains("root key") && missing.contains("is missing"), "{missing}");
    fs::write(shared.data(1).join("root.key"), [7; 32]).unwrap();
    let wrong = refused(shared.serve(1));
    assert!(wrong.contains("the root key is not the one of this store"), "{wrong}");
}

#[test]
fn a_password_in_a_flag_is_refused_and_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let url = "postgres://till:opensesame@localhost:1/keys";
    let mut command = serve(&directory.path().join("data"));
    command.args(["--store", url]);
    let refusal = refused(command);
    assert!(refusal.contains("EXPORT_SERVER_STORE"), "{refusal}");
    assert!(!refusal.contains("opensesame"), "{refusal}");

    let mut command = serve(&directory.path().join("data"));
    command.env("EXPORT_SERVER_STORE", url);
    let refusal = refused(command);
    assert!(refusal.contains("postgres://till@localhost:1/keys"), "{refusal}");
    assert!(!refusal.contains("opensesame"), "{refusal}");
}

/// Copies a store by the program.
fn copy(from: &str, to: &str, root_keys: [&Path; 2]) -> Command {
    let mut command = program();
    command.args(["store", "copy", "--from", from, "--to", to]);
    command.arg("--from-root-key").arg(root_keys[0]).arg("--to-root-key").arg(root_keys[1]);
    command
}

#[test]
fn a_store_moves_into_the_database_and_back() {
    const CREATE_PAIR: &str = r#"{"Exportable": true, "KeyAttributes": {
        "KeyUsage": "TR31_D1_ASYMMETRIC_KEY_FOR_DATA_ENCRYPTION",
        "KeyClass": "ASYMMETRIC_KEY_PAIR", "KeyAlgorithm": "RSA_2048",
        "KeyModesOfUse": {"Encrypt": true, "Decrypt": true, "Wrap": true, "Unwrap": true}}}"#;

    let Some(shared) = Shared::new() else { return };
    let (first, back) = (shared.data(7), shared.data(8));
    let mut command = serve(&first);
    command.arg("--no-auth");
    let server = Running::start(command);
    let mut arns: Vec<_> = (0..5).map(|_| create(&server)).collect();
    let pair = server.call("CreateKey", CREATE_PAIR);
    let arn = pair.split("\"KeyArn\":\"").nth(1).unwrap_or_else(|| panic!("{pair}"));
    arns.push(arn.split('"').next().unwrap().to_owned());
    server.stop(Signal::TERM);

    // Under a root key of its own, made with it.
    let (from, to) = (format!("sqlite:{}", first.display()), shared.url());
    let root_keys = [first.join("root.key"), shared.data(1).join("root.key")];
    let run = |mut command: Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "no bar where there is no terminal");
        String::from_utf8(output.stdout).unwrap()
    };
    let there = || copy(&from, &to, [&root_keys[0], &root_keys[1]]);
    let said = run(there());
    assert!(said.starts_with("6 records are in postgres://"), "{said}");
    assert_ne!(fs::read(&root_keys[0]).unwrap(), fs::read(&root_keys[1]).unwrap());
    run(there());
    let server = shared.start(1);
    assert!(arns.iter().all(|arn| has(&server, arn)));
    create(&server);
    server.stop(Signal::TERM);
    // The target has gone on since.
    let refusal = refused(there());
    assert!(refusal.contains("which the source does not have"), "{refusal}");

    let home = format!("sqlite:{}", back.display());
    run(copy(&to, &home, [&root_keys[1], &back.join("root.key")]));
    let mut command = serve(&back);
    command.arg("--no-auth");
    let server = Running::start(command);
    assert!(arns.iter().all(|arn| has(&server, arn)));
    server.stop(Signal::TERM);

    let nothing = format!("sqlite:{}", shared.data(9).display());
    let refusal = refused(copy(&nothing, &to, [&root_keys[0], &root_keys[1]]));
    assert!(refusal.contains("there is no store here"), "{refusal}");
    assert!(!shared.data(9).exists());
}
