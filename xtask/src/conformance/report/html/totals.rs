//! Tables of how many cases ended how.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::super::{Counts, FileReport};
use super::escape::Escaped;

/// Rows of counts, each under two words.
#[derive(Default)]
pub(super) struct Totals<'a> {
    rows: BTreeMap<[&'a str; 2], Counts>,
}

impl<'a> Totals<'a> {
    pub(super) fn add(&mut self, words: [&'a str; 2], counts: Counts) {
        let row = self.rows.entry(words).or_default();
        *row = row.plus(counts);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A table whose columns of numbers are those in which something stands, and the first two.
    pub(super) fn append(
        &self,
        heads: [&str; 2],
        sum: Option<Counts>,
        page: &mut String,
    ) -> fmt::Result {
        let all = self.rows.values().fold(Counts::default(), |all, row| all.plus(*row));
        let all = sum.map_or(all, |sum| sum.plus(all));
        let columns: Vec<_> = COLUMNS
            .iter()
            .enumerate()
            .filter(|(index, column)| *index < 2 || (column.1)(&all) > 0)
            .map(|(_, column)| column)
            .collect();
        let [first, second] = heads;
        write!(page, "<table><thead><tr><th>{first}</th><th>{second}</th>")?;
        for (name, _) in &columns {
            write!(page, "<th class=\"number\">{name}</th>")?;
        }
        writeln!(page, "</tr></thead>\n<tbody>")?;
        for ([first, second], counts) in &self.rows {
            write!(page, "<tr><th>{}</th><td>{}</td>", Escaped(first), Escaped(second))?;
            append_numbers(&columns, counts, page)?;
        }
        write!(page, "</tbody>")?;
        if let Some(sum) = sum {
            write!(page, "<tfoot><tr><th>all</th><td></td>")?;
            append_numbers(&columns, &sum, page)?;
            write!(page, "</tfoot>")?;
        }
        writeln!(page, "</table>")
    }
}

type Column = (&'static str, fn(&Counts) -> usize);

const COLUMNS: [Column; 5] = [
    ("passed", |counts| counts.passed),
    ("failed", |counts| counts.failed),
    ("known gaps", |counts| counts.gaps),
    ("unsupported", |counts| counts.unsupported),
    ("not covered", |counts| counts.not_covered),
];

fn append_numbers(columns: &[&Column], counts: &Counts, page: &mut String) -> fmt::Result {
    for (name, number) in columns {
        let class = match (*name, number(counts)) {
            (_, 0) => " zero",
            ("failed", _) => " bad",
            _ => "",
        };
        write!(page, "<td class=\"number{class}\">{}</td>", number(counts))?;
    }
    writeln!(page, "</tr>")
}

/// The totals of each standard and clause.
pub(super) fn append_standards(files: &[FileReport], page: &mut String) -> fmt::Result {
    let (mut totals, mut sum) = (Totals::default(), Counts::default());
    for case in files.iter().flat_map(|file| &file.cases) {
        let clause = case.clause.as_deref().unwrap_or("\u{2013}");
        totals.add([case.standard.as_str(), clause], case.outcome.counts());
        sum = sum.plus(case.outcome.counts());
    }
    if totals.is_empty() {
        return Ok(());
    }
    writeln!(
        page,
        "<h2>By standard and clause</h2>\n<p class=\"soft\">A case with values that a standard \
         prints counts for that standard and clause; any other counts for all the standards that its \
         operation comes from.</p>"
    )?;
    totals.append(["standard", "clause"], Some(sum), page)
}

/// The totals of each file.
pub(super) fn append_files(files: &[FileReport], page: &mut String) -> fmt::Result {
    let (mut totals, mut sum) = (Totals::default(), Counts::default());
    for file in files {
        totals.add([file.name.as_str(), file.operation.as_str()], file.counts());
        sum = sum.plus(file.counts());
    }
    writeln!(page, "<h2>By file</h2>")?;
    totals.append(["file", "operation"], Some(sum), page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_a_number_are_left_out() {
        let mut totals = Totals::default();
        totals.add(["b", "<c>"], Counts { passed: 2, ..Counts::default() });
        totals.add(["a", "d"], Counts { failed: 1, ..Counts::default() });
        totals.add(["b", "<c>"], Counts { passed: 3, ..Counts::default() });
        let mut page = String::new();
        totals.append(["one", "two"], None, &mut page).unwrap();
        assert!(page.contains(
            "<tr><th>a</th><td>d</td><td class=\"number zero\">0</td><td class=\"number bad\">1</td>"
        ));
        assert!(page.contains("<th>b</th><td>&lt;c&gt;</td><td class=\"number\">5</td>"));
        assert!(!page.contains("unsupported"));
    }
}
