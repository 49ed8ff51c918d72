#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod bench;
pub mod ci;
pub mod conformance;
pub mod tidy;
pub mod vectors;
pub mod workspace;

/// How a verb ends when nothing kept it from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "main turns each of the two into an exit code")]
pub enum Verdict {
    /// All is well: exit code 0.
    Passed,
    /// Something was found: exit code 1.
    Failed,
}

impl Verdict {
    /// [`Verdict::Passed`] if nothing failed.
    #[must_use]
    pub const fn from_failures(failed: usize) -> Self {
        if failed == 0 { Self::Passed } else { Self::Failed }
    }
}

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
Usage: cargo xtask VERB

  ci [--list] [--only STEP]...      all checks; this is what CI runs
  conformance [--vectors DIR]... [--filter GLOB] [--report html|json|junit PATH]...
              [--against COMMAND [--expect FILE] [--timeout SECONDS]]
                                    run the vectors and report per file
  conformance --serve               answer cases, as another runner asks them
  vectors lint [DIR]...             check the vector files themselves
  vectors fmt [--check] [PATH]...   put them into their one form
  vectors add OPERATION FILE [--beside ID]
                                    add cases from a file, or from - for the input
  vectors stats [--write]           count the cases, for the README
  tidy                              check layering, manifests, documents and file lengths
  bench [-- ARGUMENT...]            run the benches and compare each with its floor
  help                              this text
";
