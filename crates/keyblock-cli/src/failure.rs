//! Why a command did not do what was asked.

use serde::Serialize;

use crate::arguments::could_be_key;
use crate::encoded::EncodingError;
use crate::page::Page;

/// How many hex digits symmetric keys have: from single DES to HMAC with SHA-512.
const KEY_DIGITS: [usize; 7] = [16, 32, 48, 56, 64, 96, 128];

/// A failure: of what was given (refused), or of how it was given (usage).
///
/// Neither holds a character of a key.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input was read and is refused: exit code 1.
    Refused(Refusal),
    /// Some lines of a batch are refused, and said so themselves: exit code 1.
    LinesRefused,
    /// The command line, or a source that it names, cannot be used: exit code 2.
    Usage {
        /// What is wrong, as a sentence without its full stop.
        message: String,
    },
}

/// Why an input is refused.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    /// The stable name of the reason.
    code: String,
    /// The reason in words.
    message: String,
    /// Where in the input, as a count of characters or bytes from its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    /// The text around the place, for people.
    #[serde(skip)]
    place: Option<Place>,
}

/// A line of text and the column of the character that is wrong.
#[derive(Clone, Debug)]
struct Place {
    line: String,
    column: usize,
}

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), offset: None, place: None }
    }

    /// The same refusal with its place in bytes that are not shown.
    pub(crate) fn at(self, offset: Option<usize>) -> Self {
        Self { offset, ..self }
    }

    /// The same refusal, pointing at a character of a text that is no secret.
    ///
    /// A text that could be a key, because somebody took one place for the other, is not shown.
    pub(crate) fn pointing_into(self, text: &str, offset: Option<usize>) -> Self {
        let is_shown = !(could_be_key(text) && KEY_DIGITS.contains(&text.len()));
        let place = offset.filter(|_| is_shown).map(|offset| Place::in_text(text, offset));
        Self { offset, place, ..self }
    }

    /// The same refusal, pointing into the hex digits of bytes. The offset that is told counts bytes.
    pub(crate) fn pointing_into_bytes(self, bytes: &[u8], at: Option<usize>) -> Self {
        let digits = base16ct::upper::encode_string(bytes);
        self.pointing_into(&digits, at.map(|at| at.saturating_mul(2))).at(at)
    }

    /// The refusal as people read it.
    pub(crate) fn write(&self, page: &mut Page) {
        page.failure(&self.message, Some(&self.code));
        if let Some(Place { line, column }) = &self.place {
            page.pointer(line, *column);
        }
    }
}

impl Place {
    /// How many characters are shown on either side.
    const AROUND: usize = 32;

    fn in_text(text: &str, offset: usize) -> Self {
        let start = offset.saturating_sub(Self::AROUND);
        let shown = text.bytes().skip(start).take(2 * Self::AROUND + 1);
        let mut line = String::new();
        if start > 0 {
            line.push_str("...");
        }
        let before = line.len();
        for byte in shown {
            // What is not printable is wrong wherever it stands, and may drive the terminal.
            line.push(if matches!(byte, 0x20..=0x7E) { char::from(byte) } else { '?' });
        }
        if text.len() > start.saturating_add(2 * Self::AROUND + 1) {
            line.push_str("...");
        }
        Self { line, column: before + (offset - start) }
    }
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into() }
    }

    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Refusal::new(code, message).into()
    }

    /// The failure as an object for programs.
    pub(crate) fn json(&self) -> String {
        #[derive(Serialize)]
        struct Object<'a> {
            error: &'a Refusal,
        }

        let refusal = self.refusal();
        serde_json::to_string(&Object { error: &refusal }).unwrap_or_default()
    }

    /// The failure as a refusal; usage has a code of its own.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Usage { message } => Refusal::new("Usage", message),
            Self::LinesRefused => Refusal::new("LinesRefused", "some lines were refused"),
        }
    }

    pub(crate) fn write(&self, page: &mut Page) {
        match self {
            Self::Refused(refusal) => refusal.write(page),
            Self::Usage { message } => page.failure(message, None),
            Self::LinesRefused => {}
        }
    }

    /// The exit code: 1 or 2.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::LinesRefused => 1,
            Self::Usage { .. } => 2,
        }
    }

    /// The same failure, with what it is about in front.
    pub(crate) fn about(mut self, what: &str) -> Self {
        if let Self::Refused(Refusal { message, .. }) | Self::Usage { message } = &mut self {
            *message = format!("{what}: {message}");
        }
        self
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<EncodingError> for Failure {
    fn from(error: EncodingError) -> Self {
        Refusal::new(error.code(), error.to_string()).at(error.offset()).into()
    }
}

/// Errors of the crates below that have a code and a place in a text.
pub(crate) fn of_key_block(error: &tr31::Error, text: &str) -> Failure {
    Refusal::new(error.code(), error.to_string()).pointing_into(text, error.offset()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_with_its_surroundings() {
        let text = "x".repeat(40) + "!" + &"y".repeat(40);
        let place = Place::in_text(&text, 40);
        assert_eq!(place.line.as_bytes()[place.column], b'!');
        assert!(place.line.starts_with("...x") && place.line.ends_with("y..."));
        let place = Place::in_text("A\u{1b}[31m", 1);
        assert_eq!((place.line.as_str(), place.column), ("A?[31m", 1));
        let place = Place::in_text("AB", 2);
        assert_eq!((place.line.as_str(), place.column), ("AB", 2));
    }
}
