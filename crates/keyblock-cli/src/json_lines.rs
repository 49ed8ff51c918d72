//! Lines of JSON from outside, with a limit to their length.

use std::io::{self, BufRead, BufReader, Read};

/// A line that was read.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a line is within the limit or it is not")]
pub enum Line {
    /// The line without its end.
    Text(Vec<u8>),
    /// A line above the limit; it was read past and not kept.
    TooLong,
}

/// Reads lines from a buffer in front of anything that can be read.
///
/// ```
/// use keyblock_cli::json_lines::{Line, Lines};
///
/// let mut lines = Lines::new(&b"{}\r\n\n[]"[..]);
/// assert_eq!(lines.next_line()?, Some((1, Line::Text(b"{}".to_vec()))));
/// assert_eq!(lines.next_line()?, Some((3, Line::Text(b"[]".to_vec()))));
/// assert_eq!(lines.next_line()?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
    bytes: u64,
}

impl<R: Read> Lines<R> {
    /// The greatest length of a line in bytes, its end not counted: a key block of 9,999
    /// characters and what goes with it.
    pub const LONGEST: usize = 64 * 1024;

    const BUFFER: usize = 1024 * 1024;

    /// Begins with the first line.
    pub fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(Self::BUFFER, reader), number: 0, bytes: 0 }
    }

    /// The next line that is not empty, with its number, from 1; or `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line)>> {
        loop {
            let Some(line) = self.next_of_any_kind()? else { return Ok(None) };
            self.number = self.number.saturating_add(1);
            if line != Line::Text(Vec::new()) {
                return Ok(Some((self.number, line)));
            }
        }
    }

    /// Whether a whole line is there already, so that reading it waits for nobody.
    #[must_use]
    pub fn has_line_at_hand(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }

    /// How many bytes were read so far.
    #[must_use]
    pub const fn bytes_read(&self) -> u64 {
        self.bytes
    }

    fn next_of_any_kind(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut is_too_long = false;
        let mut is_at_end = true;
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                break;
            }
            is_at_end = false;
            let (part, end) = match buffer.iter().position(|&byte| byte == b'\n') {
                Some(at) => (buffer.split_at(at).0, 1),
                None => (buffer, 0),
            };
            // The end of a line may have two bytes, of which one does not count yet.
            is_too_long |= line.len().saturating_add(part.len()) > Self::LONGEST + 1;
            if !is_too_long {
                line.extend_from_slice(part);
            }
            let used = part.len().saturating_add(end);
            self.bytes = self.bytes.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
            self.reader.consume(used);
            if end == 1 {
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(match line.len() {
            _ if is_at_end => None,
            length if is_too_long || length > Self::LONGEST => Some(Line::TooLong),
            _ => Some(Line::Text(line)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_are_those_of_the_text(text in "[a-c\\n]{0,40}") {
            let expected = (1..).zip(text.split('\n')).filter(|(_, line)| !line.is_empty());
            let expected = expected.map(|(number, line)| (number, Line::Text(line.into())));
            prop_assert_eq!(all(text.as_bytes()), expected.collect::<Vec<_>>());
        }
    }

    const LONGEST: usize = Lines::<&[u8]>::LONGEST;

    fn all(text: &[u8]) -> Vec<(u64, Line)> {
        let mut lines = Lines::new(text);
        let read: Vec<_> = std::iter::from_fn(|| lines.next_line().unwrap()).collect();
        assert_eq!(lines.bytes_read(), u64::try_from(text.len()).unwrap());
        read
    }

    #[test]
    fn a_line_has_a_longest_length() {
        let longest = vec![b'x'; LONGEST];
        let with_end = |line: &[u8], end: &[u8]| [line, end].concat();
        for end in [&b""[..], b"\n", b"\r\n"] {
            assert_eq!(all(&with_end(&longest, end)), [(1, Line::Text(longest.clone()))]);
            let longer = with_end(&[&longest[..], b"x"].concat(), end);
            assert_eq!(all(&longer), [(1, Line::TooLong)]);
        }
        let text = [&vec![b'x'; 3 * LONGEST][..], b"\nnext"].concat();
        assert_eq!(all(&text), [(1, Line::TooLong), (2, Line::Text(b"next".to_vec()))]);
    }

    #[test]
    fn empty_lines_count_and_are_passed_over() {
        assert_eq!(all(b""), []);
        assert_eq!(all(b"\n\r\n"), []);
        assert_eq!(all(b"\na\n\n"), [(2, Line::Text(b"a".to_vec()))]);
    }
}
