//! The check of a chain.

use std::io::{self, BufRead};

use super::chain::{Head, Link};

/// A chain that does not hold.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct Broken {
    /// The first line that does not fit, from 1.
    pub line: u64,
    /// What does not fit.
    pub problem: Problem,
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Not a JSON object with `sequenceNumber` and `previousHash`.
    #[error("is not a line of an audit trail")]
    NotALine,
    /// The last line has no line feed.
    #[error(
        "is not terminated: the server stopped while writing it and will cut it off when it \
         starts again"
    )]
    Unterminated,
    /// The number is not one more than that of the line before.
    #[error("has the sequence number {found} and not {expected}: lines are missing or moved")]
    SequenceNumber {
        /// The number it has.
        found: u64,
        /// The number it must have.
        expected: u64,
    },
    /// The hash is not that of the line before.
    #[error("does not carry the hash of the line before: that line or this one was changed")]
    PreviousHash,
    /// The chain holds, but the head that was noted elsewhere is not in it.
    #[error("is the last one, and no line has the expected head: lines were cut off or replaced")]
    HeadNotFound,
}

/// Walks a chain from its first line to its last and answers its head.
///
/// With `expected_head`, the hex digits of a head that was noted earlier, some line must have
/// that hash. Only so a chain that was cut at its end, or computed anew, can be told from a
/// genuine one.
///
/// ```
/// use export_server::audit::verify;
///
/// let line = br#"{"sequenceNumber":1,"previousHash":"0000000000000000000000000000000000000000000000000000000000000000"}"#;
/// let mut file = line.to_vec();
/// file.push(b'\n');
/// let head = verify(file.as_slice(), None).expect("an intact chain");
/// assert_eq!(head.sequence_number, 1);
/// assert!(verify(file.as_slice(), Some(&head.digits())).is_ok());
/// assert!(verify(file.as_slice(), Some("00")).is_err());
/// ```
///
/// # Errors
///
/// [`Broken`] names the first line that does not fit.
pub fn verify(mut trail: impl BufRead, expected_head: Option<&str>) -> Result<Head, Broken> {
    let mut head = Head::EMPTY;
    let mut found = expected_head.is_none_or(|digits| digits == head.digits());
    let mut line = Vec::new();
    loop {
        let number = head.sequence_number.saturating_add(1);
        let broken = |problem| Broken { line: number, problem };
        line.clear();
        trail.read_until(b'\n', &mut line).map_err(|error| broken(error.into()))?;
        if line.is_empty() {
            break;
        }
        let line = line.strip_suffix(b"\n").ok_or_else(|| broken(Problem::Unterminated))?;
        let link: Link = serde_json::from_slice(line).map_err(|_| broken(Problem::NotALine))?;
        if link.sequence_number != number {
            let problem = Problem::SequenceNumber { found: link.sequence_number, expected: number };
            return Err(broken(problem));
        }
        if link.previous_hash != head.digits() {
            return Err(broken(Problem::PreviousHash));
        }
        head = Head::of_line(number, line);
        found |= expected_head.is_some_and(|digits| digits == head.digits());
    }
    if found {
        Ok(head)
    } else {
        Err(Broken { line: head.sequence_number, problem: Problem::HeadNotFound })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trail(lines: u64) -> (String, Head) {
        let (mut text, mut head) = (String::new(), Head::EMPTY);
        for number in 0..lines {
            head.append(
                &mut text,
                &format!(r#"{{"eventName":"CreateKey","number":{number}}}"#),
                None,
            );
        }
        (text, head)
    }

    fn check(text: &str, head: Option<&Head>) -> Result<Head, Broken> {
        verify(text.as_bytes(), head.map(Head::digits).as_deref())
    }

    #[test]
    fn an_intact_chain_holds_against_every_earlier_head() {
        let (text, head) = trail(12);
        assert_eq!(check(&text, None).unwrap(), head);
        for earlier in 0..=12 {
            assert_eq!(check(&text, Some(&trail(earlier).1)).unwrap(), head);
        }
        assert_eq!(check("", None).unwrap(), Head::EMPTY);
    }

    #[test]
    fn the_first_bad_line_is_named() {
        let (text, head) = trail(9);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let without = |gone: usize| [&lines[..gone], &lines[gone + 1..]].concat().concat();
        let broken = check(&without(3), None).unwrap_err();
        assert!(matches!(broken, Broken { line: 4, problem: Problem::SequenceNumber { .. } }));
        let broken = check(&text.replace("\"number\":4", "\"number\":5"), None).unwrap_err();
        assert!(matches!(broken, Broken { line: 6, problem: Problem::PreviousHash }));
        let broken = check(text.trim_end(), None).unwrap_err();
        assert!(matches!(broken, Broken { line: 9, problem: Problem::Unterminated }));
        let broken = check(&format!("{text}\n"), None).unwrap_err();
        assert!(matches!(broken, Broken { line: 10, problem: Problem::NotALine }));
        // A missing end is found by a head that was noted elsewhere, and by nothing else.
        assert!(check(&without(8), None).is_ok());
        let broken = check(&without(8), Some(&head)).unwrap_err();
        assert!(matches!(broken, Broken { line: 8, problem: Problem::HeadNotFound }));
    }

    #[derive(Clone, Debug)]
    enum Tampering {
        Edit(prop::sample::Index, u8),
        Drop(prop::sample::Index),
        Swap(prop::sample::Index, prop::sample::Index),
        Repeat(prop::sample::Index),
        Truncate(prop::sample::Index),
    }

    fn tampering() -> impl Strategy<Value = Tampering> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            (index(), any::<u8>()).prop_map(|(at, byte)| Tampering::Edit(at, byte)),
            index().prop_map(Tampering::Drop),
            (index(), index()).prop_map(|(first, second)| Tampering::Swap(first, second)),
            index().prop_map(Tampering::Repeat),
            index().prop_map(Tampering::Truncate),
        ]
    }

    fn tampered(text: &str, tampering: &Tampering) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        let mut lines: Vec<&[u8]> = text.as_bytes().split_inclusive(|&b| b == b'\n').collect();
        match tampering {
            Tampering::Edit(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
                return bytes;
            }
            Tampering::Truncate(at) => {
                bytes.truncate(at.index(bytes.len()));
                return bytes;
            }
            Tampering::Drop(at) => {
                lines.remove(at.index(lines.len()));
            }
            Tampering::Swap(first, second) => {
                let count = lines.len();
                lines.swap(first.index(count), second.index(count));
            }
            Tampering::Repeat(at) => {
                let at = at.index(lines.len());
                lines.insert(at, lines[at]);
            }
        }
        lines.concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn whatever_is_changed_is_found(tampering in tampering()) {
            let (text, head) = trail(20);
            let changed = tampered(&text, &tampering);
            let holds = verify(changed.as_slice(), Some(&head.digits())).is_ok();
            prop_assert_eq!(holds, changed == text.as_bytes());
        }
    }
}
