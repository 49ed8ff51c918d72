//! Password files of any content: a password found is one that stands there, for this server, and
//! one that is written for it is found.

#![no_main]

use key_store::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, [&str; 4], &str)| {
    let (text, wanted, password) = input;
    if let Some(found) = fuzzing::password_of(text, wanted) {
        // Backslashes only take characters away.
        assert!(found.len() <= text.len());
    }
    if let Some(line) = fuzzing::password_line(wanted, password) {
        assert_eq!(fuzzing::password_of(&line, wanted).as_deref(), Some(password));
    }
});
