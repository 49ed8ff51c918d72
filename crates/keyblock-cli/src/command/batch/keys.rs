//! The keys of a batch, by the names that the command line gives them.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use clap::builder::{TypedValueParser, ValueParserFactory};
use key_types::{AlgorithmFamily, SecretKey};
use tr31::{Kbpk, Version};

use crate::arguments::could_be_key;
use crate::failure::Failure;
use crate::key_source::{KeySource, refused};
use crate::session::Session;

/// A name for a key and where the key is: `NAME=SOURCE`.
#[derive(Clone, Debug)]
pub(crate) struct NamedSource {
    pub(super) name: String,
    pub(super) source: KeySource,
}

impl NamedSource {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (name, source) = text.split_once('=').ok_or(
            "a key is NAME=SOURCE, where a SOURCE is file:PATH, env:NAME, - or prompt and is \
             never the key itself",
        )?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if name.is_empty() || !name.bytes().all(fits) || could_be_key(name) {
            return Err(
                "a name has letters, digits, `_`, `-` and `.`, and does not look like a key",
            );
        }
        Ok(Self { name: name.to_owned(), source: KeySource::parse(source)? })
    }
}

/// Refuses what is no source without repeating it, as `clap` would.
#[derive(Clone)]
pub(crate) struct NamedSourceParser;

impl TypedValueParser for NamedSourceParser {
    type Value = NamedSource;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let parsed = value.to_str().ok_or("a name is text").and_then(NamedSource::parse);
        parsed.map_err(|message| refused(command, argument, message))
    }
}

impl ValueParserFactory for NamedSource {
    type Parser = NamedSourceParser;

    fn value_parser() -> Self::Parser {
        NamedSourceParser
    }
}

/// Keys that were read, prepared for everything that they could be used for.
#[derive(Debug)]
pub(super) struct Keys {
    by_name: BTreeMap<String, Key>,
}

/// A key, and as what it could protect key blocks.
#[derive(Debug)]
struct Key {
    key: SecretKey,
    tdes: Result<Kbpk, tr31::Error>,
    aes: Result<Kbpk, tr31::Error>,
}

impl Keys {
    /// Reads every key once.
    pub(super) fn read(session: &Session, sources: &[NamedSource]) -> Result<Self, Failure> {
        let mut by_name = BTreeMap::new();
        for NamedSource { name, source } in sources {
            let key = source.read_key(session, &format!("key {name}"))?;
            let key = Key { tdes: Kbpk::tdes(&key), aes: Kbpk::aes(&key), key };
            if by_name.insert(name.clone(), key).is_some() {
                return Err(Failure::usage(format!("two keys have the name {name}")));
            }
        }
        Ok(Self { by_name })
    }

    /// The key of a name.
    pub(super) fn key(&self, name: &str) -> Result<&SecretKey, Failure> {
        self.named(name).map(|key| &key.key)
    }

    /// The key of a name as the KBPK of blocks of a version.
    pub(super) fn kbpk(&self, name: &str, version: Version) -> Result<&Kbpk, Failure> {
        let key = self.named(name)?;
        let kbpk = match version.kbpk_family() {
            AlgorithmFamily::Aes => &key.aes,
            _ => &key.tdes,
        };
        kbpk.as_ref().map_err(|error| Failure::refused(error.code(), error.to_string()))
    }

    fn named(&self, name: &str) -> Result<&Key, Failure> {
        let unknown = || Failure::refused("KeyUnknown", "no key of this name was given with --key");
        self.by_name.get(name).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_source_is_a_name_and_a_source() {
        let named = NamedSource::parse("old.kbpk=file:a=b").unwrap();
        assert_eq!(
            (named.name.as_str(), named.source),
            ("old.kbpk", KeySource::File("a=b".into()))
        );
        for text in ["", "old", "=-", "a b=-", "old=8888888888888888", "8888888888888888=-"] {
            let error = NamedSource::parse(text).unwrap_err();
            assert!(!error.contains("8888"));
        }
    }
}
