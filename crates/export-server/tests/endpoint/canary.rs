//! Canary keys: once the program rests, no part of a clear key is in its memory, its files, its
//! log or its answers.

mod scanner;
mod traffic;
mod watched;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;

use export_api::IdentityName;
use export_api::ports::KeyStore;
use export_server::randomness::OsRandomness;
use key_store::SqliteStore;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PrivateKeyParts;
use serde_json::Value;

use self::scanner::{FORMS, Find, Form, Scanner};
use self::traffic::{Traffic, canary};
use self::watched::{Places, Watched, files, scan};
use crate::program::serve;

const EXPORTS: usize = 1_000;
const CLIENTS: usize = 4;
/// Stands in the environment of the program, and so in its memory.
const PLANTED: &str = "planted key";
/// Is held while the server runs, as are store keys.
const ROOT_KEY: &str = "root key";
/// How the names of the numbers begin that make up private RSA keys.
const PRIVATE: &str = "private";

#[tokio::test(flavor = "multi_thread")]
async fn no_clear_key_is_left_anywhere() {
    let directory = tempfile::tempdir().unwrap();
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let planted = Planted::new();
    let mut watched = Watched::start(|| {
        let mut command = serve(&data);
        command.args(["--no-auth", "--log", "trace"]).stderr(File::create(&log).unwrap());
        command.envs(planted.environment());
        command
    });
    let traffic = Traffic::begin(&watched.server).await;
    let answers = exported(&watched, &traffic.exports);
    let memory = watched.memory();
    let numbers = ("metrics".to_owned(), watched.server.ask("/metrics").into_bytes());
    watched.end();
    let mut elsewhere = files(directory.path());
    elsewhere.extend(answers);
    elsewhere.push(numbers);
    assert!(elsewhere.len() > EXPORTS + 4);

    let mut scanner = Scanner::new();
    scanner.add(PLANTED, &planted.key);
    scanner.add(ROOT_KEY, &fs::read(data.join("root.key")).unwrap());
    for (name, key) in &traffic.canaries {
        scanner.add(name, key);
    }
    for (name, part) in private_parts(&data, &traffic.tokens).await {
        scanner.add_long(&name, &part);
    }
    let (in_memory, elsewhere) = (scan(&scanner, &memory), scan(&scanner, &elsewhere));
    let held = |name: &str, form| {
        let is_it = |(_, find): &&(&str, Find<'_>)| find.secret == name && find.form == form;
        in_memory.iter().filter(is_it).count()
    };

    // What is there is found, in each form.
    for &form in FORMS {
        assert!(held(PLANTED, form) > 0, "{form:?} is not found");
    }
    for (place, find) in &in_memory {
        let most = match (find.secret, find.form) {
            (PLANTED, _) => continue,
            // The key schedules of both directions begin and end with the key itself.
            (ROOT_KEY, Form::Raw) => 2,
            // Numbers of private RSA keys that were used: two parsed keys, each with the number
            // and with what AWS-LC has prepared for computing with it.
            (name, Form::Backwards) if name.starts_with(PRIVATE) => 4,
            _ => 0,
        };
        let found = held(find.secret, find.form);
        assert!(found <= most, "{find:?} of {place}, {found} times in memory");
    }
    let (root_key, stray): (Vec<_>, Vec<_>) = elsewhere
        .into_iter()
        .partition(|(place, find)| find.secret == ROOT_KEY && place.ends_with("/root.key"));
    assert_eq!((root_key.len(), stray), (1, Vec::new()));
}

/// A key that stands in the environment of the program, and so in its memory.
struct Planted {
    key: Vec<u8>,
    texts: Vec<(String, Vec<u8>)>,
}

impl Planted {
    fn new() -> Self {
        let key = canary(PLANTED, 24);
        let texts = FORMS.iter().map(|form| (format!("PLANTED_{form:?}"), form.of(&key)));
        Self { texts: texts.collect(), key }
    }

    fn environment(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.texts.iter().map(|(name, text)| (name.as_str(), OsStr::from_bytes(text)))
    }
}

/// Exports keys at once over several connections; answers what was answered.
fn exported(watched: &Watched, exports: &[Value]) -> Places {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let exports = exports.iter().cycle().take(EXPORTS).skip(client).step_by(CLIENTS);
                scope.spawn(move || -> Places {
                    let answers = exports.map(|export| watched.server.done("ExportKey", export));
                    answers.map(|it| ("answer".to_owned(), it.to_string().into_bytes())).collect()
                })
            })
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// The numbers that make up the private keys of the server, from its store.
async fn private_parts(data: &Path, tokens: &[String]) -> Vec<(String, Vec<u8>)> {
    let root_key = data.join("root.key");
    let store = SqliteStore::open_with_key_file(data, &root_key, OsRandomness).unwrap();
    let mut parts = Vec::new();
    for name in tokens.iter().map(String::as_str).chain(["account-authority"]) {
        let name: IdentityName = name.parse().unwrap();
        let found = store.open_identity(&name).await.unwrap().unwrap();
        let der = found.private_key.unwrap();
        let key = rsa::PrivateKey::from_pkcs8_der(der.expose_secret()).unwrap();
        let primes = key.primes().iter().map(|prime| prime.to_be_bytes());
        for (number, part) in primes.chain([key.d().to_be_bytes()]).enumerate() {
            let part = part.to_vec();
            parts.push((format!("{PRIVATE} number {number} of {name}"), part));
        }
    }
    parts
}
