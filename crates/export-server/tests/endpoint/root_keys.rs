//! Root keys of each kind, and rotation while the server runs.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use export_server::randomness::OsRandomness;
use key_store::{Resealing, RootKeySource, SqliteStore};
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::credentials::changes;
use crate::program::{CREATE_KEY, Running, private_file, program, refused, serve};

/// A data directory and what lies beside it.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// A server with a root key that is not in the usual place.
    fn serve(&self, root_key: &str) -> Command {
        let mut command = serve(&self.data());
        command.args(["--no-auth", "--root-key", root_key]);
        command
    }

    fn private_file(&self, name: &str, content: &str) -> PathBuf {
        private_file(self.directory.path(), name, content)
    }

    /// A command on the store, such as `root-key rotate`.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = program();
        command.args(words).arg("--data-dir").arg(self.data());
        command
    }

    fn database(&self) -> Vec<u8> {
        fs::read(self.data().join("keys.sqlite3")).unwrap()
    }
}

fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn make_key(server: &Running) {
    let answer = server.call("CreateKey", CREATE_KEY);
    assert!(answer.contains("CREATE_COMPLETE"), "{answer}");
}

fn count_keys(server: &Running) -> usize {
    let answer = server.call("ListKeys", "{}");
    assert!(answer.contains("200 OK"), "{answer}");
    answer.matches("KeyArn").count()
}

fn file(path: &Path) -> String {
    format!("file:{}", path.display())
}

#[test]
fn a_root_key_may_lie_apart_from_the_data() {
    let place = Place::new();
    let elsewhere = file(&place.path("elsewhere.key"));
    let server = Running::start(place.serve(&elsewhere));
    make_key(&server);
    server.stop(Signal::TERM);
    assert!(!place.data().join("root.key").exists());

    let before = place.database();
    let said = refused(serve(&place.data()));
    assert!(said.contains("its root key") && said.contains("is missing"), "{said}");
    fs::write(place.path("wrong.key"), [7; 32]).unwrap();
    fs::set_permissions(place.path("wrong.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let said = refused(place.serve(&file(&place.path("wrong.key"))));
    assert!(
        said.contains("the root key is not the one of this store; nothing was changed"),
        "{said}"
    );
    assert_eq!(place.database(), before);
    let server = Running::start(place.serve(&elsewhere));
    assert_eq!(count_keys(&server), 1);
    server.stop(Signal::TERM);
}

#[test]
fn a_passphrase_comes_from_a_descriptor_and_stays_out_of_sight() {
    let place = Place::new();
    let right = place.private_file("right", "correct horse battery\n");
    let wrong = place.private_file("wrong", "correct horse batterz\n");
    let with = |passphrase: &Path| {
        let mut command = place.serve("passphrase");
        command.args(["--root-key-passphrase-fd", "0"]).stdin(File::open(passphrase).unwrap());
        command
    };
    let server = Running::start(with(&right));
    make_key(&server);
    server.stop(Signal::TERM);

    let before = place.database();
    let said = refused(with(&wrong));
    assert!(
        said.contains("the root key is not the one of this store; nothing was changed"),
        "{said}"
    );
    assert!(!said.contains("batter"), "{said}");
    assert_eq!(place.database(), before);
    let server = Running::start(with(&right));
    assert_eq!(count_keys(&server), 1);
    server.stop(Signal::TERM);

    let on_stdin = |words: &[&str], data: &Path, passphrase: &Path| {
        let mut command = program();
        command.args(words).arg("--data-dir").arg(data).args(["--root-key", "passphrase"]);
        command.args(["--root-key-passphrase-fd", "0"]).stdin(File::open(passphrase).unwrap());
        command
    };
    let (backup, restored) = (place.path("backup"), place.path("restored"));
    let restore = ["restore", "--from", backup.to_str().unwrap()];
    let mut back_up = program();
    back_up.arg("backup").arg("--data-dir").arg(place.data()).arg("--to").arg(&backup);
    done(back_up);
    assert!(refused(on_stdin(&restore, &restored, &wrong)).contains("not the one of this store"));
    done(on_stdin(&restore, &restored, &right));
    assert!(done(on_stdin(&["doctor"], &restored, &right)).contains("each of them opens"));
    assert!(!restored.join("root.key").exists());

    let said = refused(place.serve("passphrase:correct horse battery"));
    assert!(said.contains("root-key") && !said.contains("horse"), "{said}");
}

#[test]
fn keys_are_rotated_while_the_server_answers() {
    let place = Place::new();
    let usual = place.data().join("root.key");
    let server = Running::start(place.serve(&file(&usual)));
    (0..30).for_each(|_| make_key(&server));

    // Another root key, put where the server finds it.
    let mut rotate = place.command(&["root-key", "rotate"]);
    rotate.arg("--to").arg(file(&place.path("new.key")));
    assert!(done(rotate).contains("is under the new root key"));
    make_key(&server);
    fs::rename(place.path("new.key"), &usual).unwrap();

    // Another store key, while keys are made.
    let is_done = AtomicBool::new(false);
    let made = thread::scope(|scope| {
        let maker = scope.spawn(|| {
            let mut made = 0;
            while !is_done.load(Ordering::Relaxed) || made == 0 {
                make_key(&server);
                made += 1;
            }
            made
        });
        let said = done(place.command(&["store-key", "rotate"]));
        assert!(said.contains("Store key 2 seals"), "{said}");
        assert!(said.contains("store key 1 is deleted"), "{said}");
        let said = done(place.command(&["store-key", "rotate"]));
        assert!(said.contains("store key 2 is deleted"), "{said}");
        is_done.store(true, Ordering::Relaxed);
        maker.join().unwrap()
    });
    make_key(&server);
    let all = 32 + made;
    server.stop(Signal::TERM);
    let said = done(place.command(&["doctor"]));
    assert!(said.contains(&format!("{all} keys")), "{said}");
    let changes = changes(&fs::read_to_string(place.data().join("audit.jsonl")).unwrap());
    let told: Vec<_> =
        changes.iter().map(|it| (&it["eventName"], &it["requestParameters"])).collect();
    let rotated = |key: u32| json!({"storeKey": key, "allRecords": true});
    let expected = [
        (&json!("RotateRootKey"), &json!({"from": "file", "to": "file"})),
        (&json!("RotateStoreKey"), &rotated(2)),
        (&json!("RotateStoreKey"), &rotated(3)),
    ];
    assert_eq!(told, expected);

    let server = Running::start(place.serve(&file(&usual)));
    assert_eq!(count_keys(&server), all.min(50));
    server.stop(Signal::TERM);
}

#[tokio::test]
async fn an_interrupted_rotation_is_taken_on_and_a_damaged_record_stops_one() {
    let place = Place::new();
    let server = Running::start(place.serve(&file(&place.path("root.key"))));
    (0..3).for_each(|_| make_key(&server));
    let source = RootKeySource::File(place.path("root.key"));
    let store = SqliteStore::open_from(&place.data(), source, OsRandomness).unwrap();
    store.add_store_key().await.unwrap();
    let mut walk = Resealing::default();
    assert!(store.reseal_next(&mut walk, 1).await.unwrap());
    drop(store);

    let rotate = || {
        let mut rotate = place.command(&["store-key", "rotate"]);
        rotate.arg("--root-key").arg(file(&place.path("root.key")));
        rotate
    };
    let said = done(rotate());
    assert!(said.contains("was interrupted and is taken on"), "{said}");
    assert!(
        said.contains("Store key 2 seals") && said.contains("store key 1 is deleted"),
        "{said}"
    );

    let database = rusqlite::Connection::open(place.data().join("keys.sqlite3")).unwrap();
    let damage = "UPDATE keys SET sealed = zeroblob(60) WHERE arn = (SELECT min(arn) FROM keys)";
    assert_eq!(database.execute(damage, ()).unwrap(), 1);
    let said = refused(rotate());
    assert!(said.contains("1 records are damaged") && said.contains("arn:aws"), "{said}");
    server.stop(Signal::TERM);
}

#[test]
fn commands_name_what_is_wrong() {
    let place = Place::new();
    let said = refused(place.command(&["store-key", "rotate"]));
    assert!(said.contains("there is no store in"), "{said}");
    assert!(!place.data().exists());
    let mut rotate = place.command(&["root-key", "rotate"]);
    rotate.args(["--to", "hunter2"]);
    let said = refused(rotate);
    assert!(said.contains("the setting to") && !said.contains("hunter2"), "{said}");
}

#[cfg(feature = "pkcs11")]
mod token {
    use super::*;
    use crate::soft_token::{make_token, module};

    #[test]
    fn a_token_is_made_use_of_lost_and_found_again() {
        let place = Place::new();
        let settings = make_token(place.directory.path(), "123456");
        let uri = format!("pkcs11:token=keys;object=root?module-path={}", module().display());
        let with_token = |mut command: Command, pin: &str| {
            command.env("SOFTHSM2_CONF", &settings).env("EXPORT_SERVER_PKCS11_PIN", pin);
            command
        };
        let start = || Running::start(with_token(place.serve(&uri), "123456"));
        let said = refused(with_token(place.serve(&uri), "654321"));
        assert!(said.contains("\"keys\" refuses the PIN") && !said.contains("654321"), "{said}");
        let server = start();
        make_key(&server);
        server.stop(Signal::TERM);
        let server = start();
        make_key(&server);

        // Rotated within the token, while the server runs; its key has another name then.
        let second = uri.replace("object=root", "object=second");
        let mut rotate = place.command(&["root-key", "rotate"]);
        rotate.args(["--root-key", &uri, "--to", &second]);
        done(with_token(rotate, "123456"));
        assert_eq!(count_keys(&server), 2);
        server.stop(Signal::TERM);
        let said = refused(with_token(place.serve(&uri), "123456"));
        assert!(said.contains("the root key is not the one of this store"), "{said}");

        let before = place.database();
        fs::rename(place.path("tokens"), place.path("away")).unwrap();
        fs::create_dir(place.path("tokens")).unwrap();
        let said = refused(with_token(place.serve(&second), "123456"));
        assert!(said.contains("there are 0 tokens called \"keys\""), "{said}");
        assert_eq!(place.database(), before);
        fs::remove_dir(place.path("tokens")).unwrap();
        fs::rename(place.path("away"), place.path("tokens")).unwrap();

        let server = Running::start(with_token(place.serve(&second), "123456"));
        assert_eq!(count_keys(&server), 2);
        // The server asks the token for the new store key.
        let mut rotate = place.command(&["store-key", "rotate"]);
        rotate.args(["--root-key", &second]);
        assert!(done(with_token(rotate, "123456")).contains("store key 1 is deleted"));
        make_key(&server);
        assert_eq!(count_keys(&server), 3);
        server.stop(Signal::TERM);
    }
}
