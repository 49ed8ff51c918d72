//! The report for people: one page that needs nothing else, on a screen and on paper.

mod escape;
mod failure;
mod totals;

use std::fmt::{self, Write};

use super::{CaseReport, Counts, FileReport, Outcome, Report};
use escape::Escaped;
use totals::Totals;

/// A page with the totals, the totals of each standard and clause, and each file with its flags,
/// its failures and its cases.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    _ = append(report, &mut page);
    page
}

fn append(report: &Report, page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Conformance: {}</title>\n<style>\n{}</style>\n</head>\n<body>",
        Escaped(&report.subject),
        include_str!("html/page.css"),
    )?;
    append_head(report, page)?;
    append_faults(report, page)?;
    totals::append_standards(&report.files, page)?;
    totals::append_files(&report.files, page)?;
    for file in &report.files {
        append_file(file, page)?;
    }
    writeln!(
        page,
        "<footer>A case passes when the implementation gives exactly the outputs of the vector, or \
         refuses an input that has to be refused, for the right reason. All keys in the cases are \
         public test data.</footer>\n</body>\n</html>"
    )
}

fn append_head(report: &Report, page: &mut String) -> fmt::Result {
    let Counts { passed, failed, gaps, unsupported, not_covered } = report.counts();
    let total = report.files.iter().map(|file| file.tests).sum::<usize>();
    let (word, class) = match (failed, passed == total) {
        (0, true) => ("All passed", ""),
        (0, _) => ("None failed, not all passed", " mixed"),
        _ => ("Failed", " bad"),
    };
    writeln!(
        page,
        "<header>\n<h1>Conformance of payment key operations</h1>\n\
         <p class=\"soft\">{passed} of {total} cases passed, answered by {}.</p>\n<p class=\"verdict{class}\">{word}</p>\n\
         <dl class=\"totals\">",
        Escaped(&report.subject)
    )?;
    for (class, name, number) in [
        ("passed", "passed", passed),
        ("failed", "failed", failed),
        ("gaps", "known gaps", gaps),
        ("", "unsupported", unsupported),
        ("", "not covered", not_covered),
    ] {
        writeln!(page, "<div class=\"{class}\"><dt>{name}</dt><dd>{number}</dd></div>")?;
    }
    writeln!(page, "</dl>\n</header>")
}

fn append_faults(report: &Report, page: &mut String) -> fmt::Result {
    if report.faults.is_empty() && report.missing.is_empty() {
        return Ok(());
    }
    writeln!(page, "<h2>The files</h2>\n<ul>")?;
    for fault in &report.faults {
        writeln!(page, "<li class=\"fault\">{}</li>", Escaped(fault))?;
    }
    if !report.missing.is_empty() {
        writeln!(page, "<li>There is no file for {}.</li>", Escaped(&report.missing.join(", ")))?;
    }
    writeln!(page, "</ul>")
}

fn append_file(file: &FileReport, page: &mut String) -> fmt::Result {
    writeln!(page, "<section>\n<h2 id=\"{0}\">{0}</h2>", Escaped(&file.name))?;
    if let Some(remark) = file.remark() {
        writeln!(page, "<p>{}</p>", Escaped(&remark))?;
    }
    if !file.cases.is_empty() {
        append_flags(file, page)?;
    }
    for case in &file.cases {
        failure::append(case, page)?;
    }
    append_reasons(file, page)?;
    if !file.cases.is_empty() {
        append_cases(file, page)?;
    }
    writeln!(page, "</section>")
}

/// What the cases of a file test. One with several flags counts for each.
fn append_flags(file: &FileReport, page: &mut String) -> fmt::Result {
    let mut flags = Totals::default();
    for case in &file.cases {
        for flag in &case.flags {
            let note = flag.description.as_deref().unwrap_or("(no note)");
            flags.add([flag.name.as_str(), note], case.outcome.counts());
        }
    }
    flags.append(["flag", "what its cases are about"], None, page)
}

/// The reasons why cases were not held against the vectors, or are known to differ.
fn append_reasons(file: &FileReport, page: &mut String) -> fmt::Result {
    let mut reasons = Totals::default();
    for case in &file.cases {
        let (word, reason) = match &case.outcome {
            Outcome::Gap(reason) => ("known gap", reason),
            Outcome::Unsupported(reason) => ("unsupported", reason),
            Outcome::Passed | Outcome::Failed(_) => continue,
        };
        reasons.add([word, reason.as_str()], case.outcome.counts());
    }
    if reasons.is_empty() {
        return Ok(());
    }
    reasons.append(["not passed", "why"], None, page)
}

fn append_cases(file: &FileReport, page: &mut String) -> fmt::Result {
    writeln!(
        page,
        "<details><summary>All {} cases</summary>\n<table><thead><tr><th>case</th>\
         <th>what it tests</th><th>outcome</th></tr></thead>\n<tbody>",
        file.cases.len()
    )?;
    for CaseReport { id, comment, outcome, .. } in &file.cases {
        let word = match outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::Gap(_) => "gap",
            Outcome::Unsupported(_) => "unsupported",
        };
        writeln!(
            page,
            "<tr><th><code>{}</code></th><td>{}</td><td class=\"tag {word}\">{word}</td></tr>",
            Escaped(id),
            Escaped(comment)
        )?;
    }
    writeln!(page, "</tbody></table></details>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::expectations::Expectations;
    use crate::conformance::operation::{Answer, Members, Operation};
    use crate::conformance::run::{Selection, run_against};
    use crate::conformance::subject::{Reply, Subject};

    /// Fails every case, so that all of them are shown.
    struct Nobody;

    impl Subject for Nobody {
        fn name(&self) -> &str {
            "<nobody>"
        }

        fn ask(&mut self, _: &Operation, _: &str, inputs: Members) -> anyhow::Result<Reply> {
            Ok(match inputs.len() % 2 {
                0 => Reply::Nothing("<em>\u{7}</em>".into()),
                _ => Reply::Answered(Answer::Gave(Members::new())),
            })
        }
    }

    #[test]
    fn no_case_of_any_file_breaks_out_of_the_page() {
        let selection = Selection::default();
        let report = run_against(&selection, &mut Nobody, &Expectations::default()).unwrap();
        let page = write(&report);
        let (_, body) = page.split_once("</style>").unwrap();
        assert!(body.matches("<article>").count() > 900);
        assert!(!body.contains("<em>") && !body.contains("<nobody>"));
        assert!(!body.contains(|it: char| it.is_control() && it != '\n'));
        let words = body.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap());
        let elements: std::collections::BTreeSet<_> =
            words.map(|word| word.trim_start_matches('/')).collect();
        let known = "article b body code dd details div dl dt footer h1 h2 h3 head header html li p \
                     section span summary table tbody td tfoot th thead tr ul";
        let known = known.split_whitespace().collect();
        assert!(elements.is_subset(&known), "{elements:?}");
    }

    #[test]
    fn the_page_is_whole_and_alone() {
        let page = write(&super::super::sample());
        assert!(page.starts_with("<!DOCTYPE html>"));
        assert!(page.ends_with("</html>\n"));
        for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        for element in ["table", "thead", "tbody", "tr", "td", "th", "section", "article", "dl"] {
            let opened = page.matches(&format!("<{element}>")).count()
                + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }

    #[test]
    fn all_that_was_found_is_there() {
        let page = write(&super::super::sample());
        for part in [
            "<p class=\"verdict bad\">Failed</p>",
            "<div class=\"passed\"><dt>passed</dt><dd>1</dd></div>",
            "<li class=\"fault\">x.json cannot be read</li>",
            "There is no file for a/missing.",
            "<h2 id=\"a/covered\">a/covered</h2>",
            "<th>known gap</th><td>needs a</td>",
            "<th>unsupported</th><td>has no b</td>",
            "3 not covered: needs b",
            "<td>a &lt;comment&gt; &amp; \\u{1}</td><td class=\"tag passed\">passed</td>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
