//! The program `keyblock`.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyblock_cli::run(std::env::args_os())
}
