//! Passphrases: from a descriptor, or asked for on the terminal without showing them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use key_store::Occasion;
use key_types::SecretKey;
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The greatest length in bytes.
const LONGEST: usize = 1024;

/// Reads a passphrase: the first line of a descriptor, or what is typed on the terminal, twice when
/// it is set.
///
/// # Errors
///
/// If there is no such descriptor or no terminal, if the line is empty or longer than 1,024 bytes,
/// and if what is typed is not the same twice.
pub fn read(descriptor: Option<u32>, occasion: Occasion) -> io::Result<SecretKey> {
    match descriptor {
        None => (),
        // Standard input is read as it is, whoever opened it, and without a buffer that stays.
        Some(0) => return line(&mut Input),
        // Others are opened again, so they must be open to this user.
        Some(number) => return line(&mut File::open(format!("/dev/fd/{number}"))?),
    }
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| {
        io::Error::other("there is no terminal to ask on; give a descriptor to read it from")
    })?;
    match occasion {
        Occasion::Set => {
            let passphrase = asked(&terminal, "New passphrase of the root key: ")?;
            let again = asked(&terminal, "The same passphrase again: ")?;
            if bool::from(passphrase.ct_eq(&again)) {
                return Ok(passphrase);
            }
            Err(io::Error::other("the two passphrases are not the same"))
        }
        _ => asked(&terminal, "Passphrase of the root key: "),
    }
}

/// Standard input, byte by byte.
struct Input;

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(stdin(), bytes)?)
    }
}

fn asked(mut terminal: &File, question: &str) -> io::Result<SecretKey> {
    let silent = Silent::begin(terminal)?;
    terminal.write_all(question.as_bytes())?;
    let passphrase = line(&mut terminal);
    drop(silent);
    terminal.write_all(b"\n")?;
    passphrase
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // What was typed ahead was shown, so it is not taken.
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // Nothing is left to be done if this fails.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// The first line, byte by byte, because what follows is not ours.
fn line(source: &mut impl Read) -> io::Result<SecretKey> {
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = Zeroizing::new([0]);
    while source.read(&mut *byte)? == 1 && *byte != *b"\n" {
        if text.len() == LONGEST {
            return Err(io::Error::other("it is longer than 1,024 bytes"));
        }
        text.extend_from_slice(&*byte);
    }
    let text = text.strip_suffix(b"\r").unwrap_or(&text);
    SecretKey::copied_from(text).map_err(|_| io::Error::other("it is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_nothing_after_it() {
        let mut source = &b"correct horse\r\nbattery\n"[..];
        assert_eq!(line(&mut source).unwrap().expose_secret(), b"correct horse");
        assert_eq!(line(&mut source).unwrap().expose_secret(), b"battery");
        assert!(line(&mut source).is_err());
        assert_eq!(line(&mut &b"no end"[..]).unwrap().expose_secret(), b"no end");
        assert!(line(&mut &[b'a'; LONGEST + 1][..]).is_err());
        assert_eq!(line(&mut &[b'a'; LONGEST][..]).unwrap().length(), LONGEST);
    }

    #[test]
    fn a_descriptor_that_is_not_there_is_an_error() {
        assert!(read(Some(987_654), Occasion::Open).is_err());
    }
}
