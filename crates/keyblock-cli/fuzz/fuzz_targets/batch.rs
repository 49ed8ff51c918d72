//! Arbitrary bytes as the lines of a batch: all are read, and each is a request or refused.

#![no_main]

use keyblock_cli::batch_request;
use keyblock_cli::json_lines::{Line, Lines};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut lines = Lines::new(text);
    let mut last = 0;
    while let Some((number, line)) = lines.next_line().expect("memory can be read") {
        assert!(number > last);
        last = number;
        if let Line::Text(line) = line {
            assert!(!line.is_empty() && line.len() <= Lines::<&[u8]>::LONGEST);
            if let Err(error) = batch_request::parse(&line) {
                assert!(error.offset().is_none_or(|at| at <= line.len()));
            }
        }
    }
    assert_eq!(lines.bytes_read(), text.len() as u64);
});
