//! The report for build servers: JUnit's XML, of which there is no standard but much practice.

use std::fmt::Write;

use super::{CaseReport, FileReport, Outcome, Report};

/// One `testsuite` for each file, one `testcase` for each case; gaps and unsupported ones are
/// `skipped`, and so is one
/// `testcase` that stands for all cases of an operation that is not covered.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    _ = append(report, &mut text);
    text
}

/// Counts of elements as they are written, which is what the attributes are checked against.
#[derive(Clone, Copy)]
struct Counted {
    tests: usize,
    failures: usize,
    skipped: usize,
}

impl Counted {
    fn of(file: &FileReport) -> Self {
        let counts = file.counts();
        let not_covered = usize::from(counts.not_covered > 0);
        let skipped = counts.gaps + counts.unsupported + not_covered;
        Self { tests: counts.passed + counts.failed + skipped, failures: counts.failed, skipped }
    }

    fn append(self, element: &str, name: &str, text: &mut String) -> std::fmt::Result {
        let Self { tests, failures, skipped } = self;
        write!(text, "<{element} name=\"{}\" tests=\"{tests}\"", escaped(name))?;
        writeln!(text, " failures=\"{failures}\" skipped=\"{skipped}\">")
    }
}

fn append(report: &Report, text: &mut String) -> std::fmt::Result {
    let faults = report.faults.len();
    let faults = Counted { tests: faults, failures: faults, skipped: 0 };
    let mut all = faults;
    for counted in report.files.iter().map(Counted::of) {
        all.tests += counted.tests;
        all.failures += counted.failures;
        all.skipped += counted.skipped;
    }
    all.append("testsuites", "conformance", text)?;
    for file in &report.files {
        append_file(file, text)?;
    }
    if !report.faults.is_empty() {
        faults.append("testsuite", "files", text)?;
        for fault in &report.faults {
            append_failed_file("file", fault, text)?;
        }
        writeln!(text, "</testsuite>")?;
    }
    writeln!(text, "</testsuites>")
}

fn append_file(file: &FileReport, text: &mut String) -> std::fmt::Result {
    let name = escaped(&file.name);
    Counted::of(file).append("testsuite", &file.name, text)?;
    match (file.remark(), file.counts().failed) {
        (Some(remark), 0) => writeln!(
            text,
            "<testcase classname=\"{name}\" name=\"all cases\"><skipped message=\"{}\"/></testcase>",
            escaped(&remark)
        )?,
        (Some(remark), _) => append_failed_file(&file.name, &remark, text)?,
        (None, _) => {}
    }
    for case in &file.cases {
        append_case(&file.name, case, text)?;
    }
    writeln!(text, "</testsuite>")
}

fn append_case(file: &str, case: &CaseReport, text: &mut String) -> std::fmt::Result {
    let (file, id) = (escaped(file), escaped(&case.id));
    write!(text, "<testcase classname=\"{file}\" name=\"{id}\"")?;
    match &case.outcome {
        Outcome::Passed => writeln!(text, "/>"),
        Outcome::Gap(reason) | Outcome::Unsupported(reason) => {
            writeln!(text, "><skipped message=\"{}\"/></testcase>", escaped(reason))
        }
        Outcome::Failed(mismatch) => {
            let message = format!("expected {}, got {}", mismatch.expected, mismatch.got);
            let message = message.replace('\n', ", ");
            let flags: Vec<_> = case.flags.iter().map(|flag| flag.name.as_str()).collect();
            let body = format!("{} ({})", case.comment, flags.join(", "));
            let (message, body) = (escaped(&message), escaped(&body));
            writeln!(text, "><failure message=\"{message}\">{body}</failure></testcase>")
        }
    }
}

fn append_failed_file(file: &str, message: &str, text: &mut String) -> std::fmt::Result {
    let (file, message) = (escaped(file), escaped(message));
    write!(text, "<testcase classname=\"{file}\" name=\"all cases\">")?;
    writeln!(text, "<failure message=\"{message}\"/></testcase>")
}

/// Text for an attribute or an element. XML 1.0 has no way to write most control characters, not
/// even as a reference; they become their Rust escapes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => escaped.extend(character.escape_default()),
            '\u{FFFE}' | '\u{FFFF}' => escaped.extend(character.escape_unicode()),
            _ if character.is_control() => escaped.extend(character.escape_unicode()),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped() {
        assert_eq!(escaped("a<&>\"'\n\u{1}é"), "a&lt;&amp;&gt;&quot;&apos;\\n\\u{1}é");
    }

    #[test]
    fn suites_count_their_cases() {
        let text = write(&super::super::sample());
        for part in [
            "<testsuites name=\"conformance\" tests=\"7\" failures=\"3\" skipped=\"3\">",
            "<testsuite name=\"a/covered\" tests=\"4\" failures=\"1\" skipped=\"2\">",
            "<testcase classname=\"a/covered\" name=\"one\"/>",
            "<failure message=\"expected refusal &quot;A&quot;, got no refusal\">",
            "a &lt;comment&gt; &amp; \\u{1} (Basic)</failure>",
            "<failure message=\"x.json cannot be read\"/>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert_eq!(text.matches("<testcase").count(), 7);
        assert_eq!(text.matches("<failure").count(), 3);
        assert_eq!(text.matches("<skipped").count(), 3);
    }
}
