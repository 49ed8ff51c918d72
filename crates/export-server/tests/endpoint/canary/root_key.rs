//! Where the root key of a round is, what is secret about it, and how often that may be in memory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding};

use super::scanner::{Find, Form};
#[cfg(feature = "pkcs11")]
use super::traffic::canary;
use super::traffic::distinctive_text;
use crate::program::private_file;
#[cfg(feature = "pkcs11")]
use crate::soft_token;

/// How often a sealing key is in memory: the key schedules of both directions, one of which begins
/// with the key itself and the other ends with it.
pub(super) const KEY_SCHEDULES: usize = 2;

const ROOT_KEY: &str = "root key";
const PASSPHRASE: &str = "passphrase";
#[cfg(feature = "pkcs11")]
const PIN: &str = "PIN";

/// Where the root key is.
pub(super) enum RootKey {
    /// In the data directory.
    Usual,
    /// In somebody's head.
    Passphrase(Given),
    /// In a token.
    #[cfg(feature = "pkcs11")]
    Token(Token),
}

/// A text that nobody else has, in a private file.
pub(super) struct Given {
    text: String,
    file: PathBuf,
}

#[cfg(feature = "pkcs11")]
pub(super) struct Token {
    uri: String,
    settings: PathBuf,
    pin: Given,
    pin_from: PinFrom,
    key: Vec<u8>,
}

/// How the program comes by the PIN.
#[cfg(feature = "pkcs11")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PinFrom {
    File,
    Environment,
}

impl Given {
    fn new(name: &str, directory: &Path) -> Self {
        let text = distinctive_text(name);
        Self { file: private_file(directory, name, &text), text }
    }

    fn secret(&self) -> Vec<u8> {
        self.text.clone().into_bytes()
    }
}

impl RootKey {
    /// A passphrase, given by a file.
    pub(super) fn of_passphrase(given: &Path) -> Self {
        Self::Passphrase(Given::new(PASSPHRASE, given))
    }

    /// A known key in a token, with what belongs to the token in one directory and what opens it
    /// in another.
    #[cfg(feature = "pkcs11")]
    pub(super) fn in_token(place: &Path, given: &Path, pin_from: PinFrom) -> Self {
        let pin = Given::new(PIN, given);
        let settings = soft_token::make_token(place, &pin.text);
        let key = canary(ROOT_KEY, 32);
        let file = given.join("imported.key");
        fs::write(&file, &key).unwrap();
        soft_token::import_root_key(&settings, &pin.text, &file);
        let module = soft_token::module();
        let mut uri = format!("pkcs11:token=keys;object=root?module-path={}", module.display());
        if pin_from == PinFrom::File {
            uri += &format!("&pin-source=file:{}", pin.file.display());
        }
        Self::Token(Token { uri, settings, pin, pin_from, key })
    }

    /// Tells a command where the root key is.
    pub(super) fn settle(&self, command: &mut Command) {
        match self {
            Self::Usual => (),
            Self::Passphrase(given) => {
                command.args(["--root-key", "passphrase", "--root-key-passphrase-fd", "0"]);
                command.stdin(File::open(&given.file).unwrap());
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(token) => {
                command.args(["--root-key", &token.uri]).env("SOFTHSM2_CONF", &token.settings);
                if token.pin_from == PinFrom::Environment {
                    command.env("EXPORT_SERVER_PKCS11_PIN", &token.pin.text);
                }
            }
        }
    }

    /// What is secret, from the data directory of a server and the id of the key in its store.
    pub(super) fn secrets(&self, data: &Path, id: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        match self {
            Self::Usual => vec![(ROOT_KEY, fs::read(data.join("root.key")).unwrap())],
            Self::Passphrase(given) => {
                let passphrase = given.secret();
                vec![(ROOT_KEY, derived(&passphrase, id)), (PASSPHRASE, passphrase)]
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(token) => vec![(ROOT_KEY, token.key.clone()), (PIN, token.pin.secret())],
        }
    }

    /// How often something secret may be in memory.
    pub(super) fn most_held(&self, name: &str, form: Form) -> usize {
        match (self, name, form) {
            (Self::Usual | Self::Passphrase(_), ROOT_KEY, Form::Raw) => KEY_SCHEDULES,
            // The environment, which a program cannot wipe, and what the next use logs in with.
            #[cfg(feature = "pkcs11")]
            (Self::Token(token), PIN, Form::Raw) if token.pin_from == PinFrom::Environment => 2,
            // A token keeps its key to itself, but SoftHSM does so in the memory of the program.
            // After each use it is told that this was the last, and then it wipes key and PIN.
            _ => 0,
        }
    }

    /// Whether a file is where the program is to keep what was found there.
    pub(super) fn is_kept_in(&self, find: &Find<'_>, place: &str) -> bool {
        matches!(self, Self::Usual)
            && (find.secret, find.form) == (ROOT_KEY, Form::Raw)
            && place.ends_with("/root.key")
    }
}

/// The key of a passphrase, by what the id of the key says.
fn derived(passphrase: &[u8], id: &[u8]) -> Vec<u8> {
    let id = str::from_utf8(id).unwrap();
    let salt = id.strip_prefix("$argon2id$v=19$m=65536,t=3,p=4$").unwrap();
    let salt = Base64Unpadded::decode_vec(salt.split('$').next().unwrap()).unwrap();
    let params = Params::new(65536, 3, 4, None).unwrap();
    let mut key = vec![0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase, &salt, &mut key)
        .unwrap();
    key
}
