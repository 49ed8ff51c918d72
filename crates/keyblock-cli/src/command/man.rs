//! `man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;
use serde::Serialize;

use crate::arguments::program;
use crate::failure::Failure;
use crate::page::Page;
use crate::session::{Report, Session};

/// Write the manual pages, one for each command, into a directory
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The directory; it is made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        let shown = self.directory.display().to_string();
        let refuse = |error: std::io::Error| {
            Failure::usage(format!("the pages cannot be written to {shown}: {error}"))
        };
        fs::create_dir_all(&self.directory).map_err(refuse)?;
        let mut pages = Vec::new();
        let mut program = program().disable_help_subcommand(true);
        program.build();
        collect(&program, &mut pages);
        let mut files = Vec::new();
        for command in pages {
            let man = Man::new(command);
            let name = man.get_filename();
            let mut text = Vec::new();
            man.render(&mut text).map_err(refuse)?;
            fs::write(self.directory.join(&name), text).map_err(refuse)?;
            files.push(name);
        }
        session.show(&Pages { directory: shown, files })
    }
}

/// A command and all below it, in their order.
fn collect(command: &clap::Command, pages: &mut Vec<clap::Command>) {
    pages.push(command.clone());
    for below in command.get_subcommands() {
        collect(below, pages);
    }
}

/// The pages that were written.
#[derive(Debug, Serialize)]
struct Pages {
    directory: String,
    files: Vec<String>,
}

impl Report for Pages {
    fn write(&self, page: &mut Page) {
        page.plain(&format!("{} pages in {}", self.files.len(), self.directory));
    }
}
