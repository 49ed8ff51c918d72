//! Where a key is: the only thing that the command line says of it.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;

use clap::builder::{TypedValueParser, ValueParserFactory};
use clap::error::ErrorKind;
use key_types::SecretKey;
use zeroize::Zeroizing;

use crate::arguments::could_be_key;
use crate::failure::{Failure, Refusal};
use crate::session::{Session, read_all};
use crate::{key_text, prompt};

/// The place of a key, never the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// `file:PATH`.
    File(PathBuf),
    /// `env:NAME`.
    Environment(String),
    /// `-` or `stdin`.
    StandardInput,
    /// `prompt`.
    Prompt,
}

/// What is said to one who gives something else; the something is not repeated.
const USAGE: &str =
    "a SOURCE is file:PATH, env:NAME, - or prompt: it says where the key is and is never the key";

/// The greatest length of what is read, in bytes: a private RSA key in PEM has about 3,300, the
/// hex digits of the longest key are these.
const LONGEST: usize = 2 * SecretKey::LONGEST + 1024;

impl KeySource {
    /// Reads the text of a source; nothing is opened yet.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let is_name = |name: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !name.is_empty() && name.bytes().all(fits) && !could_be_key(name)
        };
        match text.split_once(':') {
            None if matches!(text, "-" | "stdin") => Ok(Self::StandardInput),
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if is_name(name) => Ok(Self::Environment(name.to_owned())),
            _ => Err(USAGE),
        }
    }

    /// Whether this reads standard input.
    pub(crate) const fn reads_standard_input(&self) -> bool {
        matches!(self, Self::StandardInput)
    }

    /// Reads a key in hex; `what` names it to people.
    pub(crate) fn read_key(&self, session: &Session, what: &str) -> Result<SecretKey, Failure> {
        let text = self.read(session, what)?;
        key_text::read(&text).map_err(|error| {
            let refusal = Refusal::new(error.code(), format!("{what}: {error}"));
            refusal.at(error.offset()).into()
        })
    }

    /// Reads what is there; `what` names it to people.
    pub(crate) fn read(
        &self,
        session: &Session,
        what: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Failure> {
        match self {
            Self::File(path) => {
                // A path that looks like a key may be one, and is not repeated.
                let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
                let shown =
                    if could_be_key(name) { "its file".into() } else { path.to_string_lossy() };
                let file = File::open(path);
                let file = file.map_err(|error| unreadable(what, &shown, &error))?;
                warn_of_readers(session, &file, &shown);
                read_all(file, LONGEST).map_err(|error| unreadable(what, &shown, &error))
            }
            Self::Environment(name) => match env::var_os(name) {
                Some(value) => Ok(Zeroizing::new(value.into_encoded_bytes())),
                None => Err(Failure::usage(format!("{what}: there is no variable {name}"))),
            },
            Self::StandardInput => session
                .read_secret_from_standard_input(LONGEST)
                .map_err(|failure| failure.about(what)),
            Self::Prompt => prompt::ask(what, LONGEST).map_err(|error| {
                Failure::usage(format!("{what}: the terminal gave nothing: {error}"))
            }),
        }
    }
}

fn unreadable(what: &str, shown: &str, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{what}: cannot read {shown}: {error}"))
}

/// Says so if others than its owner may read a file with a key.
fn warn_of_readers(session: &Session, file: &File, shown: &str) {
    use std::os::unix::fs::MetadataExt;

    const OTHERS_READ: u32 = 0o044;

    let Ok(metadata) = file.metadata() else { return };
    if metadata.is_file() && metadata.mode() & OTHERS_READ != 0 {
        session.warn(&format!("{shown} can be read by others than its owner"));
    }
}

/// Refuses what is no source without repeating it, as `clap` would.
#[derive(Clone)]
pub(crate) struct KeySourceParser;

impl TypedValueParser for KeySourceParser {
    type Value = KeySource;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let parsed = value.to_str().ok_or(USAGE).and_then(KeySource::parse);
        parsed.map_err(|message| refused(command, argument, message))
    }
}

impl ValueParserFactory for KeySource {
    type Parser = KeySourceParser;

    fn value_parser() -> Self::Parser {
        KeySourceParser
    }
}

/// The error of an argument whose value is not shown.
pub(crate) fn refused(
    command: &clap::Command,
    argument: Option<&clap::Arg>,
    message: &str,
) -> clap::Error {
    let name = argument.map(|argument| format!("{argument}: ")).unwrap_or_default();
    clap::Error::raw(ErrorKind::ValueValidation, format!("{name}{message}\n")).with_cmd(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_keys_refused() {
        let parse = KeySource::parse;
        assert_eq!(parse("-"), Ok(KeySource::StandardInput));
        assert_eq!(parse("stdin"), Ok(KeySource::StandardInput));
        assert_eq!(parse("prompt"), Ok(KeySource::Prompt));
        assert_eq!(parse("file:a:b"), Ok(KeySource::File("a:b".into())));
        assert_eq!(parse("env:KBPK"), Ok(KeySource::Environment("KBPK".into())));
        for text in ["", "file:", "env:", "env:A B", "8888888888888888", "hex:88", "Prompt"] {
            assert_eq!(parse(text), Err(USAGE));
        }
        assert_eq!(parse("env:0123456789ABCDEF"), Err(USAGE), "a key for a name");
    }
}
