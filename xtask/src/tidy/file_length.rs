//! How long source files are.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Findings, Workspace};

/// Lines, tests aside, past which a file is split or says why not.
const LONGEST: usize = 400;

/// What the first line of a longer file must contain, with the reason behind it.
const EXCUSE: &str = "over 400 lines because";

/// How many of the longest files are reported.
const SHOWN: usize = 5;

/// Checks the length of every source file and reports the longest ones.
///
/// # Errors
///
/// When a file or directory cannot be read.
pub fn check(workspace: &Workspace) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let mut lengths = Vec::new();
    for package in &workspace.packages {
        for path in source_files(package.directory())? {
            let text = fs::read_to_string(&path)?;
            let length = length(&text);
            if is_too_long(&text) {
                findings.problems.push(format!(
                    "{} has {length} lines: split it, or let its first line say \"{EXCUSE} ...\"",
                    workspace.shown(&path)
                ));
            }
            lengths.push((length, path));
        }
    }
    lengths.sort_by(|one, other| other.cmp(one));
    for (length, path) in lengths.iter().take(SHOWN) {
        findings.notes.push(format!("{length:5} lines  {}", workspace.shown(path)));
    }
    Ok(findings)
}

fn is_too_long(text: &str) -> bool {
    length(text) > LONGEST && !text.lines().next().unwrap_or_default().contains(EXCUSE)
}

/// The number of lines before the tests.
fn length(text: &str) -> usize {
    code(text).lines().count()
}

/// What stands before the tests, which come last.
pub(crate) fn code(text: &str) -> &str {
    text.split_once("\n#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code)
}

/// The `.rs` files of a directory and those below it, build output and fuzz corpora aside.
pub(crate) fn source_files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            // Build output, and fuzz corpora, may lie inside a crate.
            if !path.ends_with("target") && !path.ends_with("corpus") {
                files.append(&mut source_files(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_too_long() {
        crate::tidy::assert_clean(check);
    }

    #[test]
    fn tests_and_reasons_are_set_apart() {
        let long = "//! Much.\n".to_owned() + &"let a = 1;\n".repeat(LONGEST);
        assert!(is_too_long(&long));
        assert!(!is_too_long(&long.replacen("Much", "Much, over 400 lines because of x", 1)));
        let with_tests =
            "//! Much.\n#[cfg(test)]\nmod tests {\n".to_owned() + &"x\n".repeat(LONGEST);
        assert!(!is_too_long(&with_tests));
    }
}
