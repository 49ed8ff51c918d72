//! A case that failed: what was asked, what was expected, what came.

use std::fmt::{self, Write};

use serde_json::Value;

use super::super::{CaseReport, Outcome};
use super::escape::Escaped;

/// Writes a case down if it failed.
pub(super) fn append(case: &CaseReport, page: &mut String) -> fmt::Result {
    let Outcome::Failed(mismatch) = &case.outcome else { return Ok(()) };
    let place = case.clause.as_ref().map(|clause| format!(", {clause}")).unwrap_or_default();
    writeln!(
        page,
        "<article>\n<h3><code>{}</code></h3>\n<p>{} <span class=\"soft\">({}{})</span></p>\n<ul>",
        Escaped(&case.id),
        Escaped(&case.comment),
        Escaped(&case.standard),
        Escaped(&place),
    )?;
    for flag in &case.flags {
        let note = flag.description.as_deref().unwrap_or("(no note)");
        writeln!(page, "<li><b>{}</b>: {}</li>", Escaped(&flag.name), Escaped(note))?;
    }
    writeln!(page, "</ul>\n<table><tbody>")?;
    append_row("expected", "expected", &mismatch.expected, page)?;
    append_row("got", "got", &mismatch.got, page)?;
    for (name, value) in &case.inputs {
        match value {
            Value::String(text) => append_row("", name, text, page)?,
            other => append_row("", name, &other.to_string(), page)?,
        }
    }
    writeln!(page, "</tbody></table>\n</article>")
}

/// What was expected and what came may have several lines; what was asked is one value.
fn append_row(class: &str, name: &str, value: &str, page: &mut String) -> fmt::Result {
    write!(page, "<tr class=\"{class}\"><th>{}</th><td class=\"value\">", Escaped(name))?;
    if class.is_empty() {
        write!(page, "{}", Escaped(value))?;
    } else {
        for (number, line) in value.lines().enumerate() {
            write!(page, "{}{}", if number > 0 { "\n" } else { "" }, Escaped(line))?;
        }
    }
    writeln!(page, "</td></tr>")
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn a_failure_says_all_there_is() {
        let report = sample();
        let mut page = String::new();
        for case in &report.files[0].cases {
            append(case, &mut page).unwrap();
        }
        assert_eq!(page.matches("<article>").count(), 1);
        for part in [
            "<h3><code>two</code></h3>",
            "(X9.0, 1.2)",
            "<li><b>Basic</b>: Ordinary case.</li>",
            "<th>key</th><td class=\"value\">&lt;AA&gt;</td>",
            "<tr class=\"expected\"><th>expected</th><td class=\"value\">refusal &quot;A&quot;</td>",
            "<tr class=\"got\"><th>got</th><td class=\"value\">no refusal</td>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
