//! The lines by which an implementation in another process answers cases.
//!
//! `xtask/adapters/README.md` tells the protocol; here are its messages and their limits.

use std::io::{self, BufRead, Read};

use serde::{Deserialize, Serialize};

use super::operation::{Answer, Members};
use super::subject::Reply;

/// The version of the protocol, which both sides name.
pub const VERSION: u32 = 1;

/// The longest line, in bytes, without its end.
pub const LONGEST_LINE: usize = 1 << 20;

/// What is said first, so that both sides know with whom they speak.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Hello {
    pub(super) protocol: u32,
}

/// What the implementation says of itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Introduction {
    pub(super) protocol: u32,
    /// Its name and version.
    pub(super) implementation: String,
    #[serde(default)]
    pub(super) error_kinds: ErrorKinds,
}

/// In whose words an implementation refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ErrorKinds {
    /// In its own, so that a refusal is a refusal.
    #[default]
    Own,
    /// In those of the vectors, so that the kinds are compared.
    Vectors,
}

/// One case.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) operation: String,
    pub(super) inputs: Members,
}

/// What the implementation says to it: one of the four.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outputs: Option<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unsupported: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Refusal {
    kind: String,
}

impl Response {
    pub(super) fn new(id: String, reply: Reply) -> Self {
        let mut response = Self { id, ..Self::default() };
        match reply {
            Reply::Answered(Answer::Gave(outputs)) => response.outputs = Some(outputs),
            Reply::Answered(Answer::Refused(kind)) => {
                response.error = Some(Refusal { kind: kind.into_owned() });
            }
            Reply::Answered(Answer::RefusedInOwnWords(kind)) => {
                response.error = Some(Refusal { kind });
            }
            Reply::Unsupported(reason) => response.unsupported = Some(reason),
            Reply::Nothing(reason) => response.failure = Some(reason),
        }
        response
    }

    /// The reply, or `None` when it says nothing, or two things at once.
    pub(super) fn into_reply(self, kinds: ErrorKinds) -> Option<Reply> {
        match (self.outputs, self.error, self.unsupported, self.failure) {
            (Some(outputs), None, None, None) => Some(Reply::Answered(Answer::Gave(outputs))),
            (None, Some(Refusal { kind }), None, None) => Some(Reply::Answered(match kinds {
                ErrorKinds::Own => Answer::RefusedInOwnWords(kind),
                ErrorKinds::Vectors => Answer::Refused(kind.into()),
            })),
            (None, None, Some(reason), None) => Some(Reply::Unsupported(reason)),
            (None, None, None, Some(reason)) => Some(Reply::Nothing(reason)),
            _ => None,
        }
    }
}

/// Reads one line without its end, or `None` where no other line begins.
///
/// # Errors
///
/// What reading says, and `InvalidData` for a line that is too long, as soon as it is.
pub(super) fn read_line(source: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = u64::try_from(LONGEST_LINE + 1).unwrap_or(u64::MAX);
    source.by_ref().take(limit).read_until(b'\n', &mut line)?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(Some(line));
    }
    if line.len() > LONGEST_LINE {
        let reason = format!("a line of more than {LONGEST_LINE} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    // A line that breaks off is read as one: it is not whole JSON, or it is as good.
    Ok(Some(line).filter(|line| !line.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded() {
        let mut source = &b"one\n\nlast"[..];
        let lines = std::iter::from_fn(|| read_line(&mut source).unwrap());
        assert_eq!(lines.collect::<Vec<_>>(), [&b"one"[..], b"", b"last"]);
        let mut line = vec![b'x'; LONGEST_LINE];
        line.push(b'\n');
        assert_eq!(read_line(&mut &line[..]).unwrap().unwrap().len(), LONGEST_LINE);
        line.insert(0, b'x');
        assert!(read_line(&mut &line[..]).is_err());
    }

    #[test]
    fn replies_come_back_as_they_went() {
        for reply in [
            Reply::Answered(Answer::gave([("key", "AA".into())])),
            Reply::Answered(Answer::Refused("TooShort".into())),
            Reply::Unsupported("why".into()),
            Reply::Nothing("a panic".into()),
        ] {
            let line = serde_json::to_string(&Response::new("a".into(), reply.clone())).unwrap();
            let response: Response = serde_json::from_str(&line).unwrap();
            assert_eq!(response.into_reply(ErrorKinds::Vectors), Some(reply), "{line}");
        }
    }

    #[test]
    fn own_words_stay_own_words() {
        let read =
            |text| serde_json::from_str::<Response>(text).unwrap().into_reply(ErrorKinds::Own);
        let refusal = read(r#"{"id": "a", "error": {"kind": "HeaderError", "message": "m"}}"#);
        let answer = Answer::RefusedInOwnWords("HeaderError".into());
        assert_eq!(refusal, Some(Reply::Answered(answer)));
        assert_eq!(read(r#"{"id": "a"}"#), None);
        assert_eq!(read(r#"{"id": "a", "outputs": {}, "unsupported": "why"}"#), None);
    }
}
