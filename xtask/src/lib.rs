#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod bench;
pub mod ci;
pub mod clauses;
pub mod conformance;
pub mod fuzz;
pub mod public_api;
pub mod release;
pub mod tidy;
pub mod vectors;
pub mod workspace;

/// The code in ARCHITECTURE.md, which compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../ARCHITECTURE.md")]
struct Architecture;

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
  clauses [--json] [WORD]...        each clause with its items and its vectors
  fuzz seeds [CRATE]...             write the inputs of the vectors where fuzz targets find them
  fuzz run [--seconds N] [CRATE]... let the fuzz targets run
  public-api [--fix]                compare what each library offers with its list, or write it
  release TAG                       check that versions and changelogs are those of a tag
  tidy [--fix]                      check layering, manifests, documents, clauses and lengths;
                                    --fix first writes the tables that follow from others
  bench [-- ARGUMENT...]            run the benches and compare each with its floor
  help                              this text
";
