//! The clauses as text and as JSON.

use std::io::{self, Write};

use super::standards::STANDARDS;
use super::table::Coverage;

/// Prints the clauses by standard, each with its items and its vectors.
///
/// # Errors
///
/// When the output cannot be written.
pub fn write_text<'a>(
    rows: impl Iterator<Item = &'a Coverage>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (mut clauses, mut covered, mut current) = (0_usize, 0_usize, "");
    for row in rows {
        let of_row = STANDARDS.iter().find(|standard| {
            let rest = row.clause.strip_prefix(standard.name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
        });
        if let Some(standard) = of_row.filter(|standard| standard.name != current) {
            current = standard.name;
            writeln!(out, "{} ({}): {}", standard.name, standard.edition, standard.title)?;
        }
        let number = row.clause.strip_prefix(current).unwrap_or(&row.clause);
        let number = number.trim_start_matches(", ");
        writeln!(out, "  {}", if number.is_empty() { "as a whole" } else { number })?;
        for item in &row.items {
            writeln!(out, "    code     {item}")?;
        }
        for group in &row.vectors {
            let (operation, first, cases) = (&group.operation, &group.first_case, group.cases);
            writeln!(out, "    vectors  {operation}: {cases} from {first} on")?;
        }
        if row.vectors.is_empty() {
            writeln!(out, "    vectors  none")?;
        }
        clauses += 1;
        covered += usize::from(!row.vectors.is_empty());
    }
    writeln!(out, "clauses: {clauses}, with vectors: {covered}")
}

/// Prints the clauses as one JSON list.
///
/// # Errors
///
/// When the output cannot be written.
pub fn write_json<'a>(
    rows: impl Iterator<Item = &'a Coverage>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string_pretty(&rows.collect::<Vec<_>>())?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clauses::VectorGroup;

    fn rows() -> [Coverage; 2] {
        let group = VectorGroup { operation: "kcv/kcv".into(), first_case: "one".into(), cases: 3 };
        let row = |clause: &str, vectors| Coverage {
            clause: clause.into(),
            items: vec!["a.rs:7 compute".into()],
            vectors,
        };
        [row("NIST SP 800-38B", vec![group]), row("RFC 8017, 7.1", Vec::new())]
    }

    #[test]
    fn clauses_stand_below_their_standard() {
        let mut out = Vec::new();
        write_text(rows().iter(), &mut out).unwrap();
        let expected = "\
NIST SP 800-38B (2016): CMAC
  as a whole
    code     a.rs:7 compute
    vectors  kcv/kcv: 3 from one on
RFC 8017 (2016): RSA
  7.1
    code     a.rs:7 compute
    vectors  none
clauses: 2, with vectors: 1
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn programs_get_a_list() {
        let mut out = Vec::new();
        write_json(rows().iter(), &mut out).unwrap();
        let list: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(list[0]["vectors"][0]["firstCase"], "one");
        assert_eq!(list[1]["clause"], "RFC 8017, 7.1");
    }
}
