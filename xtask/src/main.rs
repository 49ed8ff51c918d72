//! The verbs of `cargo xtask`, dispatched.

use std::io::{self, Write};
use std::process::ExitCode;

use xtask::{
    USAGE, Verdict, bench, ci, clauses, conformance, fuzz, public_api, release, tidy, vectors,
};

fn main() -> ExitCode {
    if let Some(code) = public_api::as_rustdoc() {
        return code;
    }
    let mut arguments = lexopt::Parser::from_env();
    let mut out = io::stdout();
    match dispatch(&mut arguments, &mut out) {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to be done when the standard error itself is closed.
            if error.is::<lexopt::Error>() {
                _ = write!(io::stderr(), "error: {error}\n\n{USAGE}");
                ExitCode::from(2)
            } else {
                _ = writeln!(io::stderr(), "error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

fn dispatch(arguments: &mut lexopt::Parser, out: &mut impl Write) -> anyhow::Result<Verdict> {
    let verb = match arguments.next()? {
        Some(lexopt::Arg::Value(verb)) => verb.to_string_lossy().into_owned(),
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) => "help".into(),
        Some(other) => return Err(other.unexpected().into()),
        None => return Err(lexopt::Error::from("a verb is needed").into()),
    };
    match verb.as_str() {
        "bench" => bench::main(arguments, out),
        "ci" => ci::main(arguments, out),
        "clauses" => clauses::main(arguments, out),
        "conformance" => conformance::main(arguments, out),
        "fuzz" => fuzz::main(arguments, out),
        "public-api" => public_api::main(arguments, out),
        "release" => release::main(arguments, out),
        "tidy" => tidy::main(arguments, out),
        "vectors" => vectors::main(arguments, out),
        "help" => {
            write!(out, "{USAGE}")?;
            Ok(Verdict::Passed)
        }
        _ => Err(lexopt::Error::from(format!("no such verb: {verb}")).into()),
    }
}
