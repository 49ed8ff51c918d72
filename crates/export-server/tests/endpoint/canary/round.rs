//! One round: keys go in and out, and then they are looked for.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::thread;

use export_api::IdentityName;
use export_api::ports::KeyStore;
use key_store::Store;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PrivateKeyParts;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::scanner::{FORMS, Find, Form, Scanner};
use super::setting::{PRIVATE, Setting};
use super::traffic::{Traffic, canary};
use super::watched::{Places, Watched, scan};

const CLIENTS: usize = 4;
/// Stands in the environment of the program, and so in its memory.
const PLANTED: &str = "planted key";

/// Exports keys and looks for all that is secret, everywhere.
pub(super) fn round(setting: &Setting) {
    let runtime = Runtime::new().unwrap();
    let planted = Planted::new();
    let log = setting.place().join("log");
    let mut watched = Watched::start(|| {
        let mut command = setting.serve();
        command.args(["--no-auth", "--log", "trace"]).stderr(File::create(&log).unwrap());
        command.envs(planted.environment());
        command
    });
    let at_the_start = watched.memory();
    let traffic = runtime.block_on(Traffic::begin(&watched.server));
    let mut elsewhere = exported(&watched, &traffic.exports, setting.exports);
    let at_the_end = watched.memory();
    elsewhere.push(("metrics".to_owned(), watched.server.ask("/metrics").into_bytes()));
    watched.end();
    setting.plant(&planted.everything());
    elsewhere.extend(setting.content());

    let mut scanner = Scanner::new();
    scanner.add(PLANTED, &planted.key);
    let (store, secrets) = setting.opened();
    let canaries = traffic.canaries.iter().map(|(name, key)| (*name, key));
    for (name, secret) in secrets.iter().map(|(name, secret)| (*name, secret)).chain(canaries) {
        scanner.add(name, secret);
    }
    for (name, part) in runtime.block_on(private_parts(&store, &traffic.tokens)) {
        scanner.add_long(&name, &part);
    }
    for memory in [at_the_start, at_the_end] {
        judge_memory(setting, &scanner, &scan(&scanner, &memory));
    }
    judge_elsewhere(setting, scan(&scanner, &elsewhere));
}

/// What is planted must be found in memory, in each form, and what is held; of all else nothing.
fn judge_memory(setting: &Setting, scanner: &Scanner, found: &[(&str, Find<'_>)]) {
    let held = |name: &str, form| {
        found.iter().filter(|(_, find)| find.secret == name && find.form == form).count()
    };
    for &form in FORMS {
        assert!(held(PLANTED, form) > 0, "{form:?} is not found");
    }
    for name in scanner.names().filter(|name| setting.most_held(name, Form::Raw) > 0) {
        assert!(held(name, Form::Raw) > 0, "{name} is not found");
    }
    for (place, find) in found.iter().filter(|(_, find)| find.secret != PLANTED) {
        let held = held(find.secret, find.form);
        let most = setting.most_held(find.secret, find.form);
        assert!(held <= most, "{find:?} of {place}, {held} times in memory");
    }
}

/// What is planted must be found where it is, in each form, and of all else what is kept there.
fn judge_elsewhere(setting: &Setting, found: Vec<(&str, Find<'_>)>) {
    for place in setting.planted() {
        for &form in FORMS {
            let is_it = |(at, find): &(&str, Find<'_>)| {
                at.ends_with(place) && (find.secret, find.form) == (PLANTED, form)
            };
            assert!(found.iter().any(is_it), "{form:?} is not found in {place}");
        }
    }
    let is_expected = |(place, find): &(&str, Find<'_>)| {
        find.secret == PLANTED || setting.is_kept_in(find, place)
    };
    let stray: Vec<_> = found.into_iter().filter(|find| !is_expected(find)).collect();
    assert_eq!(stray, Vec::new());
}

/// A key that must be found.
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

    /// All forms, one after the other.
    fn everything(&self) -> Vec<u8> {
        self.texts.iter().map(|(_, text)| text.as_slice()).collect::<Vec<_>>().join(&0)
    }

    fn environment(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.texts.iter().map(|(name, text)| (name.as_str(), OsStr::from_bytes(text)))
    }
}

/// Exports keys at once over several connections, so many in all; answers what was answered.
fn exported(watched: &Watched, exports: &[Value], number: usize) -> Places {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let exports = exports.iter().cycle().take(number).skip(client).step_by(CLIENTS);
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
async fn private_parts(store: &Store, tokens: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut parts = Vec::new();
    for name in tokens.iter().map(String::as_str).chain(["account-authority"]) {
        let name: IdentityName = name.parse().unwrap();
        let found = store.open_identity(&name).await.unwrap().unwrap();
        let der = found.private_key.unwrap();
        let key = rsa::PrivateKey::from_pkcs8_der(der.expose_secret()).unwrap();
        let exponents = [Some(key.d()), key.dp(), key.dq()].map(Option::unwrap);
        let coefficient = key.qinv().unwrap().retrieve();
        let primes = key.primes().iter().map(AsRef::as_ref);
        let numbers = primes.chain(exponents).chain([&coefficient]);
        for (number, part) in numbers.enumerate() {
            parts.push((format!("{PRIVATE} number {number} of {name}"), part.to_be_bytes().into()));
        }
    }
    parts
}
