//! Root keys in a token of SoftHSM: made, used again, lost, found, and refused.
//!
//! SoftHSM must be there: `softhsm2-util` in the path, and its module where `SOFTHSM2_MODULE` says
//! or in one of the usual places.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the helpers of tests may do what tests may"
)]

#[path = "store/postgres.rs"]
#[allow(dead_code, reason = "this test needs some of the helpers only")]
mod postgres;
#[path = "store/support.rs"]
#[allow(dead_code, reason = "this test needs some of the helpers only")]
mod support;

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU64, Ordering};

use key_store::{Error, RootKeyError, RootKeySource, SqliteStore, TokenError, TokenUri};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::support::*;

const USUAL_PLACES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];

/// Set for the process that works with tokens: the directory of all.
const WORLD: &str = "KEY_STORE_PKCS11_WORLD";
const SETTINGS: &str = "SOFTHSM2_CONF";

fn main() -> ExitCode {
    if env::var_os(WORLD).is_none() {
        // SoftHSM finds its settings by the environment, which is set for a new process only.
        let directory = tempfile::tempdir().unwrap();
        let settings = directory.path().join("softhsm2.conf");
        let tokens = directory.path().join("tokens");
        fs::create_dir(&tokens).unwrap();
        fs::write(&settings, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
        let mut again = Command::new(env::current_exe().unwrap());
        again.args(env::args_os().skip(1)).env(WORLD, directory.path()).env(SETTINGS, settings);
        let status = again.status().unwrap();
        return if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let trials = vec![
        Trial::test("a_key_in_a_token_opens_its_store", opens_its_store),
        Trial::test("a_token_that_is_away_is_named_and_found_again", lost_and_found),
        Trial::test("another_key_or_token_is_the_wrong_root_key", wrong_keys),
        Trial::test("a_pin_is_read_from_a_private_file_and_checked", pins),
        Trial::test("root_keys_are_rotated_into_a_token_and_out_of_it", rotated),
        Trial::test("a_wrapped_key_that_was_altered_is_damage", altered),
    ];
    let mut arguments = Arguments::from_args();
    // One of them takes a token away, which the others would stumble over.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn module() -> PathBuf {
    if let Some(module) = env::var_os("SOFTHSM2_MODULE") {
        return module.into();
    }
    let found = USUAL_PLACES.map(PathBuf::from).into_iter().find(|path| path.exists());
    found.expect("SoftHSM is not installed, or SOFTHSM2_MODULE must say where its module is")
}

fn world() -> PathBuf {
    env::var_os(WORLD).unwrap().into()
}

fn token_directory() -> PathBuf {
    world().join("tokens")
}

fn make_token(label: &str) {
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--so-pin", "87654321", "--pin", "123456"])
        .args(["--label", label])
        .output()
        .expect("softhsm2-util is not installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn pin_file(pin: &str) -> PathBuf {
    let path = world().join(format!("pin-{pin}"));
    fs::write(&path, format!("{pin}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn uri(token: &str, object: &str, pin_file: &Path) -> TokenUri {
    let text = format!(
        "pkcs11:token={token};object={object}?module-path={}&pin-source=file:{}",
        module().display(),
        pin_file.display()
    );
    text.parse().unwrap()
}

fn open(place: &Place, uri: TokenUri) -> Result<SqliteStore, Error> {
    SqliteStore::open_from(&place.data(), RootKeySource::Token(uri), randomness())
}

/// The ids of keys in tokens are random, and must not be the same twice.
fn randomness() -> Seeded {
    static SEED: AtomicU64 = AtomicU64::new(1);
    Seeded::new(SEED.fetch_add(1, Ordering::Relaxed) << 32)
}

fn token_error(error: &Error) -> &TokenError {
    match error {
        Error::RootKey(RootKeyError::Token(error)) => error,
        error => panic!("{error:?}"),
    }
}

fn opens_its_store() -> Result<(), Failed> {
    make_token("usual");
    let uri = uri("usual", "root", &pin_file("123456"));
    let place = Place::new();
    open(&place, uri.clone())?.write(vec![create(1)])?;
    assert_eq!(fs::read_dir(place.data())?.count(), 1, "there is no file with a root key");
    let store = open(&place, uri.clone())?;
    assert!(is_material(&store.open_one(&arn(1))?.unwrap().material, 1));
    // Another store under the same key of the same token.
    let other = Place::new();
    open(&other, uri.clone())?.write(vec![create(2)])?;
    assert!(open(&other, uri)?.open_one(&arn(2))?.is_some());
    Ok(())
}

fn lost_and_found() -> Result<(), Failed> {
    // One that stays, so that the token is missed by its name.
    make_token("stays");
    let before: Vec<_> = fs::read_dir(token_directory())?.map(|it| it.unwrap().path()).collect();
    make_token("goes");
    let uri = uri("goes", "root", &pin_file("123456"));
    let place = Place::new();
    let running = open(&place, uri.clone())?;
    running.write(vec![create(1)])?;

    let mut tokens = fs::read_dir(token_directory())?.map(|it| it.unwrap().path());
    let token = tokens.find(|path| !before.contains(path)).unwrap();
    let away = world().join("away");
    fs::rename(&token, &away)?;
    let content = read(&place.database());
    let refused = open(&place, uri.clone()).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::Token { found: 0, .. }), "{refused:?}");
    assert!(refused.to_string().contains("\"goes\""), "{refused}");
    assert_eq!(read(&place.database()), content);
    // Who has the store open does not need the token.
    running.write(vec![create(2)])?;
    assert!(running.open_one(&arn(1))?.is_some());
    drop(running);

    fs::rename(&away, &token)?;
    let store = open(&place, uri)?;
    assert!(store.open_one(&arn(1))?.is_some() && store.open_one(&arn(2))?.is_some());
    Ok(())
}

fn wrong_keys() -> Result<(), Failed> {
    make_token("one");
    make_token("two");
    let pin = pin_file("123456");
    let place = Place::new();
    drop(open(&place, uri("one", "root", &pin))?);
    let refused = open(&place, uri("one", "nothing", &pin)).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::NoKey { .. }), "{refused:?}");
    let other = Place::new();
    drop(open(&other, uri("two", "root", &pin))?);
    let content = read(&place.database());
    let refused = open(&place, uri("two", "root", &pin)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    // A file, where a token is the right place.
    let refused = SqliteStore::open(&place.data(), &root_key(1), Seeded::new(1)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    // A token, where a file is.
    let filed = Place::new();
    drop(filed.open());
    let refused = open(&filed, uri("one", "root", &pin)).unwrap_err();
    assert!(matches!(refused, Error::WrongRootKey), "{refused:?}");
    assert_eq!(read(&place.database()), content);
    Ok(())
}

fn pins() -> Result<(), Failed> {
    make_token("pins");
    let place = Place::new();
    let refused = open(&place, uri("pins", "root", &pin_file("000000"))).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::Login { .. }), "{refused:?}");
    let open_to_all = world().join("open");
    fs::write(&open_to_all, "123456")?;
    fs::set_permissions(&open_to_all, fs::Permissions::from_mode(0o644))?;
    let refused = open(&place, uri("pins", "root", &open_to_all)).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::PinFile { .. }), "{refused:?}");
    let without = format!("pkcs11:token=pins;object=root?module-path={}", module().display());
    let without: TokenUri = without.parse()?;
    let refused = open(&place, without.clone()).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::NoPin { .. }), "{refused:?}");
    let nowhere = "pkcs11:token=pins;object=root?module-path=/nowhere.so".parse()?;
    let refused = open(&place, nowhere).unwrap_err();
    assert!(matches!(token_error(&refused), TokenError::Module { .. }), "{refused:?}");
    assert!(!place.database().exists());
    let pin = key_types::SecretKey::copied_from(b"123456")?;
    drop(open(&place, without.with_pin(pin))?);
    Ok(())
}

fn rotated() -> Result<(), Failed> {
    make_token("rotated");
    let pin = pin_file("123456");
    let (first, second) = (uri("rotated", "first", &pin), uri("rotated", "second", &pin));
    let place = Place::new();
    let running = place.open();
    running.write(vec![create(1)])?;
    let file = || RootKeySource::File(place.root_key());
    let token = |uri: &TokenUri| RootKeySource::Token(uri.clone());
    let rotate = |old: RootKeySource, new: RootKeySource| {
        SqliteStore::rotate_root_key(&place.data(), &old, &new, randomness())
    };
    rotate(file(), token(&first))?;
    assert!(matches!(place.try_open().unwrap_err(), Error::WrongRootKey));
    assert!(open(&place, first.clone())?.open_one(&arn(1))?.is_some());
    rotate(token(&first), token(&second))?;
    assert!(matches!(open(&place, first).unwrap_err(), Error::WrongRootKey));
    // A store key made in between is wrapped by the token.
    let store = open(&place, second.clone())?;
    wait(store.add_store_key())?;
    drop(store);
    rotate(token(&second), file())?;
    let store = place.open();
    assert_eq!(wait(store.store_keys())?, [1, 2]);
    running.write(vec![create(2)])?;
    assert!(store.open_one(&arn(1))?.is_some() && store.open_one(&arn(2))?.is_some());
    Ok(())
}

fn altered() -> Result<(), Failed> {
    make_token("altered");
    let uri = uri("altered", "root", &pin_file("123456"));
    let place = Place::new();
    drop(open(&place, uri.clone())?);
    let wrapped: Vec<u8> =
        place.raw().query_row("SELECT wrapped FROM store_keys", (), |row| row.get(0))?;
    for byte in [0, 12, 43, 44, 59] {
        let mut altered = wrapped.clone();
        altered[byte] ^= 1;
        place.raw().execute("UPDATE store_keys SET wrapped = ?1", [altered])?;
        let refused = open(&place, uri.clone()).unwrap_err();
        assert!(matches!(refused, Error::Damaged), "byte {byte}: {refused:?}");
    }
    place.raw().execute("UPDATE store_keys SET wrapped = ?1", [&wrapped[..20]])?;
    assert!(matches!(open(&place, uri.clone()).unwrap_err(), Error::Damaged));
    place.raw().execute("UPDATE store_keys SET wrapped = ?1", [wrapped])?;
    open(&place, uri)?;
    Ok(())
}
