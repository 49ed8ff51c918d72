//! Asking for a key at the terminal, without echo.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// The terminal with echo switched off, until this goes away.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    /// Switches echo off, and the keys that end the program too: they come as characters, so that
    /// the echo is back before the program ends.
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Asks the terminal of the process for a line, which is not shown.
///
/// # Errors
///
/// When there is no terminal, it hangs up, the line is longer than `limit` bytes, or Ctrl-C ends
/// it.
pub(crate) fn ask(what: &str, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let line = {
        let silent = Silent::new(&terminal)?;
        let mut writer = silent.terminal;
        write!(writer, "{what}: ")?;
        read_line(silent.terminal, limit)
    };
    writeln!(terminal)?;
    line
}

/// Reads a line from a terminal that hands over each character at once.
fn read_line(mut terminal: impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    const INTERRUPT: u8 = 0x03;
    const END: u8 = 0x04;
    const BACKSPACE: u8 = 0x08;
    const KILL_LINE: u8 = 0x15;
    const DELETE: u8 = 0x7F;

    // As long as it may ever be, so that no copy is left behind when it grows.
    let mut line = Zeroizing::new(Vec::with_capacity(limit));
    let mut character = Zeroizing::new([0]);
    loop {
        match terminal.read(&mut *character) {
            Ok(0) => return Ok(line),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match *character {
            [b'\n' | b'\r' | END] => return Ok(line),
            [INTERRUPT] => return Err(io::Error::other("it was interrupted")),
            [BACKSPACE | DELETE] => drop(line.pop()),
            [KILL_LINE] => line.clear(),
            [_] if line.len() == limit => return Err(io::Error::other("the line is too long")),
            [byte] => line.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_corrected() {
        let line = |typed: &[u8]| read_line(typed, 8).map(|line| line.to_vec());
        assert_eq!(line(b"ab\x7fc\nd").unwrap(), b"ac");
        assert_eq!(line(b"ab\x15c\r").unwrap(), b"c");
        assert_eq!(line(b"ab").unwrap(), b"ab");
        assert!(line(b"ab\x03").is_err());
        assert!(line(b"123456789\n").is_err());
    }
}
