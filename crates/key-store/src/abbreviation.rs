//! The stored form of a record: its JSON, with what all records say in one character.
//!
//! JSON has no control characters, so each of them can stand for a phrase, and for the name of the
//! record itself. A key's record takes a fifth of its length so. What a code stands for is never
//! changed, because records are stored with it; new phrases get codes that are free.

use crate::record::Broken;

/// Stands for the name of the record, in quotes.
const NAME: char = '\u{1}';

/// What the codes stand for. Tab, line feed and carriage return are left out, so that a record stays
/// one line wherever it is shown.
const PHRASES: &[(char, &str)] = &[
    ('\u{2}', r#"{"arn":"#),
    ('\u{3}', r#","version":"#),
    ('\u{4}', r#","attributes":{"usage":"TR31_"#),
    ('\u{5}', r#"","class":"SYMMETRIC_KEY","algorithm":""#),
    ('\u{6}', r#"","class":"ASYMMETRIC_KEY_PAIR","algorithm":""#),
    ('\u{7}', r#"","class":""#),
    ('\u{8}', r#"","algorithm":""#),
    ('\u{b}', r#"","mode":""#),
    ('\u{c}', r#""},"check_value":{"algorithm":""#),
    ('\u{e}', r#"","digits":""#),
    ('\u{f}', r#""},"exportable":"#),
    ('\u{10}', r#","enabled":"#),
    ('\u{11}', r#","state":"CREATE_COMPLETE","origin":""#),
    ('\u{12}', r#","state":""#),
    ('\u{13}', r#"","origin":""#),
    ('\u{14}', r#"AWS_PAYMENT_CRYPTOGRAPHY","created":"#),
    ('\u{15}', r#"EXTERNAL","created":"#),
    ('\u{16}', r#","usage_started":"#),
    ('\u{17}', r#","usage_stopped":"#),
    ('\u{18}', r#","tags":[{"key":""#),
    ('\u{19}', r#""},{"key":""#),
    ('\u{1a}', r#"","value":""#),
    ('\u{1b}', r#"{"name":"#),
    ('\u{1c}', r#","target":""#),
    ('\u{1d}', "_ENCRYPTION_KEY"),
    ('\u{1e}', r#","created":"#),
];

/// Writes the JSON of a record in its stored form.
pub(crate) fn abbreviate(json: &str, name: &str) -> String {
    let name = quoted(name);
    let mut stored = String::with_capacity(json.len() / 2);
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let phrases = PHRASES.iter().copied().chain([(NAME, name.as_str())]);
        let longest = phrases
            .filter_map(|(code, phrase)| Some((code, rest.strip_prefix(phrase)?)))
            .min_by_key(|(_, after)| after.len());
        let (character, after) =
            longest.unwrap_or_else(|| (first, rest.strip_prefix(first).unwrap_or_default()));
        stored.push(character);
        rest = after;
    }
    stored
}

/// Reads the JSON of a record from its stored form.
pub(crate) fn expand(stored: &str, name: &str) -> Result<String, Broken> {
    let name = quoted(name);
    // Enough for the record of a key, whose phrases are most of it.
    let mut json = String::with_capacity(stored.len().saturating_add(512));
    for part in stored.split_inclusive(|character| character < ' ') {
        let (plain, code) = match part.char_indices().next_back() {
            Some((at, code)) if code < ' ' => (part.get(..at).ok_or(Broken)?, Some(code)),
            _ => (part, None),
        };
        json.push_str(plain);
        json.push_str(match code {
            None => "",
            Some(NAME) => &name,
            Some(code) => PHRASES.iter().find(|it| it.0 == code).ok_or(Broken)?.1,
        });
    }
    Ok(json)
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const ARN: &str = "arn:aws:payment-cryptography:us-east-1:111122223333:key/006cvu7jg6iigcfp";

    /// A stored record and what it says: it must say so for as long as there are such stores.
    const STORED: &str = "\u{2}\u{1}\u{3}1\u{4}P0_PIN\u{1d}\u{5}AES_128\u{b}Encrypt+Wrap\u{c}CMAC\
        \u{e}7D8B91\u{f}true\u{10}true\u{11}\u{14}1795737170450\u{16}1795737170450}";

    #[test]
    fn a_stored_record_says_what_it_said() {
        let json = format!(
            "{{\"arn\":\"{ARN}\",\"version\":1,\"attributes\":\
             {{\"usage\":\"TR31_P0_PIN_ENCRYPTION_KEY\",\"class\":\"SYMMETRIC_KEY\",\
             \"algorithm\":\"AES_128\",\"mode\":\"Encrypt+Wrap\"}},\
             \"check_value\":{{\"algorithm\":\"CMAC\",\"digits\":\"7D8B91\"}},\
             \"exportable\":true,\"enabled\":true,\"state\":\"CREATE_COMPLETE\",\
             \"origin\":\"AWS_PAYMENT_CRYPTOGRAPHY\",\"created\":1795737170450,\
             \"usage_started\":1795737170450}}"
        );
        assert_eq!(abbreviate(&json, ARN), STORED);
        assert_eq!(expand(STORED, ARN).unwrap(), json);
        assert_eq!((STORED.len(), json.len()), (85, 416));
        // What was stored before there were codes.
        assert_eq!(expand(&json, ARN).unwrap(), json);
    }

    #[test]
    fn codes_are_control_characters_and_stand_for_none() {
        let codes: BTreeSet<char> = PHRASES.iter().map(|it| it.0).chain([NAME]).collect();
        assert_eq!(codes.len(), PHRASES.len() + 1, "each code is used once");
        for (code, phrase) in PHRASES {
            assert!(*code < ' ' && !"\0\t\n\r".contains(*code), "{code:?}");
            assert!(phrase.len() > 1 && phrase.chars().all(|it| it >= ' '), "{phrase}");
        }
        for unknown in ["\0", "\t", "\n", "{\r}", "\u{1f}"] {
            assert_eq!(expand(unknown, ARN), Err(Broken));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_abbreviated_comes_back(
            parts in prop::collection::vec(
                prop_oneof![
                    "[ -~]{0,9}",
                    "[^\0-\u{1f}]{0,5}",
                    (0..PHRASES.len()).prop_map(|number| PHRASES[number].1.to_owned()),
                    Just(format!("\"{ARN}\"")),
                ],
                0..12,
            ),
            name in "[ -~]{0,4}",
        ) {
            let json = parts.concat();
            for name in [ARN, &name] {
                let stored = abbreviate(&json, name);
                prop_assert!(stored.len() <= json.len());
                prop_assert_eq!(expand(&stored, name).unwrap(), json.as_str());
            }
        }
    }
}
