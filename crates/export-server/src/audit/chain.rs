//! The chain of lines.

use core::fmt;

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The number and the hash of the last line of a trail; 0 and zeros before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The line's number, from 1.
    pub sequence_number: u64,
    /// SHA-256 of the line, without its line feed.
    pub hash: [u8; 32],
}

/// The members by which a line is chained to the one before.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    pub(super) sequence_number: u64,
    pub(super) previous_hash: String,
    /// The last commit of the store that was durable before the line was written.
    pub(super) store_commit: Option<u64>,
}

impl Head {
    /// The head of an empty trail.
    pub const EMPTY: Self = Self { sequence_number: 0, hash: [0; 32] };

    /// The hash in lower-case hex digits.
    #[must_use]
    pub fn digits(&self) -> String {
        base16ct::lower::encode_string(&self.hash)
    }

    /// Appends a line with the members of `record`, a JSON object, and moves on to it.
    ///
    /// `store_commit` is the last commit of the store that is durable by now.
    pub(super) fn append(&mut self, lines: &mut String, record: &str, store_commit: Option<u64>) {
        let start = lines.len();
        let number = self.sequence_number.saturating_add(1);
        let members = record.strip_prefix('{').unwrap_or(record);
        lines.push_str(&format!(
            r#"{{"sequenceNumber":{number},"previousHash":"{}","#,
            self.digits()
        ));
        if let Some(commit) = store_commit {
            lines.push_str(&format!(r#""storeCommit":{commit},"#));
        }
        lines.push_str(members);
        let line = lines.get(start..).unwrap_or_default();
        *self = Self::of_line(number, line.as_bytes());
        lines.push('\n');
    }

    /// The head of a trail that ends with this line.
    pub(super) fn of_line(sequence_number: u64, line: &[u8]) -> Self {
        Self { sequence_number, hash: Sha256::digest(line).into() }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.sequence_number, self.digits())
    }
}
