//! `export-server policy`: what a policy can say, and whether one holds.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use crate::authorize::{SCHEMA, check};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum PolicyCommand {
    /// Print the schema: which credentials, operations, keys and conditions a policy can speak of
    Schema,
    /// Check a policy as the server does when it starts; exit with 1 if it does not hold
    Check {
        /// The file, in Cedar
        file: PathBuf,
    },
}

impl PolicyCommand {
    /// Does it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is no policy that the server takes.
    pub fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Self::Schema => write!(out, "{SCHEMA}")?,
            Self::Check { file } => {
                let text = fs::read_to_string(&file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                let checked = check(&text).with_context(|| file.display().to_string())?;
                for warning in &checked.warnings {
                    writeln!(out, "odd: {warning}")?;
                }
                let policies = checked.policies;
                writeln!(out, "{}: {policies} policies fit the schema", file.display())?;
            }
        }
        Ok(())
    }
}
