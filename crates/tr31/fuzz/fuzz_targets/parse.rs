//! Arbitrary text: no panic, what is read prints the same, and a lenient reader reads it too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tr31::{KeyBlock, OptionalBlock, Profile, lenient};

fuzz_target!(|text: &str| {
    let tolerated = lenient::KeyBlock::parse(text, Profile::LENIENT);
    if let Ok(block) = KeyBlock::parse(text) {
        assert_eq!(block.to_string(), text);
        let blocks = block.unverified_header().optional_blocks();
        assert!(blocks.iter().all(|block| block.content().is_some()));
        let tolerated = tolerated.expect("lenient reading refuses no more than strict reading");
        assert_eq!(tolerated.unverified_header().known().as_ref(), Ok(block.unverified_header()));
    } else if let Ok(block) = tolerated {
        let contents = block.unverified_header().optional_blocks().iter();
        contents.map(OptionalBlock::content).for_each(drop);
        assert!(!block.findings().is_empty());
    }
});
