//! Text that goes into a page.

use std::fmt;

/// Text as HTML, good for an element and for a quoted attribute.
///
/// Bad key blocks hold what a page cannot show, or what would turn the text around it: control
/// characters and marks of writing direction become their Rust escapes. A line break is shown as
/// an arrow and kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                '\n' => formatter.write_str("\u{21B5}\n")?,
                _ if is_invisible(character) => {
                    write!(formatter, "{}", character.escape_default())?
                }
                _ => formatter.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Control characters, zero-width ones, marks of writing direction, and what is no character.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_page_would_read() {
        let text = Escaped("<b a=\"1\" c='2'>&amp;").to_string();
        assert_eq!(text, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        assert_eq!(Escaped("a\u{0}\t\u{7F}\u{202E}z").to_string(), "a\\u{0}\\t\\u{7f}\\u{202e}z");
        assert_eq!(Escaped("one\ntwo").to_string(), "one\u{21B5}\ntwo");
        assert_eq!(Escaped("é ✓").to_string(), "é ✓");
    }
}
