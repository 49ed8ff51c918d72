//! What is read and is no secret: key blocks, tokens, certificates.

use std::fs::File;
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Failure, Refusal};
use crate::session::{Session, read_all};

/// The greatest length that is read, in bytes: the hex digits of the longest token, and line ends.
const LONGEST: usize = 256 * 1024;

/// Whether an argument of [`bytes`] and [`text`] is standard input.
pub(crate) fn is_standard_input(argument: &str) -> bool {
    argument == "-"
}

/// Reads an argument that is the text itself, `file:PATH`, or `-` for standard input.
pub(crate) fn bytes(session: &Session, argument: &str) -> Result<Vec<u8>, Failure> {
    if is_standard_input(argument) {
        return Ok(session.read_standard_input(LONGEST)?.to_vec());
    }
    match argument.strip_prefix("file:") {
        Some(path) => file(path),
        None => Ok(argument.as_bytes().to_vec()),
    }
}

/// As [`bytes`], as one line of text. Files and standard input may have space around it, an
/// argument is taken as it is.
pub(crate) fn text(session: &Session, argument: &str) -> Result<String, Failure> {
    as_text(argument, &bytes(session, argument)?)
}

/// As [`text`], for an argument whose bytes were read.
pub(crate) fn as_text(argument: &str, bytes: &[u8]) -> Result<String, Failure> {
    let is_elsewhere = is_standard_input(argument) || argument.starts_with("file:");
    line(if is_elsewhere { bytes.trim_ascii() } else { bytes })
}

/// The bytes as text.
fn line(bytes: &[u8]) -> Result<String, Failure> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let at = error.valid_up_to();
            let message = format!("the character at {at} is not printable ASCII");
            Err(Refusal::new("NonPrintable", message).at(Some(at)).into())
        }
    }
}

/// Reads a file.
pub(crate) fn file(path: impl AsRef<Path>) -> Result<Vec<u8>, Failure> {
    let path = path.as_ref();
    let read = File::open(path).and_then(|file| read_all(file, LONGEST));
    let read = read.map(|bytes: Zeroizing<Vec<u8>>| bytes.to_vec());
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))
}
