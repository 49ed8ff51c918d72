//! Text for people: rows of a label, a value and what it means.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

const LABEL: Style = Style::new().dimmed();
const VALUE: Style = Style::new().bold();
const HEADING: Style = Style::new().bold().underline();
const NOTE: Style = AnsiColor::Yellow.on_default();
const FAILURE: Style = AnsiColor::Red.on_default().bold();

/// The usual width of the column of labels.
const LABEL_WIDTH: usize = 18;

/// A text with styles, which the stream it is written to keeps or takes away.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    label_width: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { text: String::new(), label_width: LABEL_WIDTH }
    }
}

impl Page {
    /// The text, with styles.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Makes room for longer labels in the rows that follow.
    pub(crate) const fn widen_labels(&mut self, width: usize) {
        self.label_width = width;
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.line(format_args!("{HEADING}{}{HEADING:#}", Shown(text)));
    }

    /// A text alone, for pipes.
    pub(crate) fn plain(&mut self, text: &str) {
        self.line(format_args!("{}", Shown(text)));
    }

    /// A label and a value.
    pub(crate) fn row(&mut self, label: &str, value: &str) {
        let (label, value, width) = (Shown(label), Shown(value), self.label_width);
        self.line(format_args!("{LABEL}{label:width$}{LABEL:#} {VALUE}{value}{VALUE:#}"));
    }

    /// A label, a value and what it means.
    pub(crate) fn row_in_words(&mut self, label: &str, value: &str, words: &str) {
        let (label, value, words) = (Shown(label), Shown(value), Shown(words));
        let width = self.label_width;
        self.line(format_args!("{LABEL}{label:width$}{LABEL:#} {VALUE}{value}{VALUE:#}  {words}"));
    }

    /// A row of a table that begins with an offset.
    pub(crate) fn row_at(&mut self, offset: usize, label: &str, value: &str, words: &str) {
        let (label, value) = (Shown(label), Shown(value));
        // Without words behind it, a value needs no room up to them.
        let width = if words.is_empty() { 0 } else { 6 };
        let words = Shown(words);
        self.line(format_args!(
            "{LABEL}{offset:>5}  {label:LABEL_WIDTH$}{LABEL:#} {VALUE}{value:width$}{VALUE:#} {words}"
        ));
    }

    /// Something worth knowing.
    pub(crate) fn note(&mut self, text: &str) {
        self.line(format_args!("{NOTE}note{NOTE:#}: {}", Shown(text)));
    }

    pub(crate) fn failure(&mut self, text: &str, code: Option<&str>) {
        let text = Shown(text);
        match code {
            Some(code) => {
                self.line(format_args!("{FAILURE}keyblock{FAILURE:#}: {text} ({code})"));
            }
            None => self.line(format_args!("{FAILURE}keyblock{FAILURE:#}: {text}")),
        }
    }

    /// A line of input with a caret under one of its characters.
    pub(crate) fn pointer(&mut self, line: &str, column: usize) {
        self.line(format_args!("  {}", Shown(line)));
        self.line(format_args!("  {:column$}{FAILURE}^{FAILURE:#}", ""));
    }

    fn line(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a `String` does not fail.
        let _ = self.text.write_fmt(arguments);
        let length = self.text.trim_end_matches(' ').len();
        self.text.truncate(length);
        self.text.push('\n');
    }
}

/// Text from outside, without the characters that would drive a terminal.
struct Shown<'a>(&'a str);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.chars().any(char::is_control) {
            let shown: String =
                self.0.chars().map(|it| if it.is_control() { '?' } else { it }).collect();
            formatter.pad(&shown)
        } else {
            formatter.pad(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_drives_the_terminal() {
        let mut page = Page::default();
        page.heading("a\u{1b}[2Jb\nc");
        let plain = anstream::adapter::strip_str(page.as_str()).to_string();
        assert_eq!(plain, "a?[2Jb?c\n");
    }

    #[test]
    fn the_caret_stands_under_its_character() {
        let mut page = Page::default();
        page.pointer("abc", 2);
        let plain = anstream::adapter::strip_str(page.as_str()).to_string();
        assert_eq!(plain, "  abc\n    ^\n");
    }
}
