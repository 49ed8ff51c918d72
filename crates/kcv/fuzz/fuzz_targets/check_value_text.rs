//! Texts that claim to be check values or optional blocks with one: none panics, and what is
//! accepted is written the same.

#![no_main]

use kcv::KeyBlockField;
use key_types::KcvMethod;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(field) = text.parse::<KeyBlockField>() {
        assert_eq!(field.to_string(), text);
    }
    for method in [KcvMethod::AnsiX924, KcvMethod::Cmac] {
        if let Ok(value) = kcv::parse(method, text) {
            assert_eq!(value.to_string(), text.to_uppercase());
            assert_eq!(kcv::compare(&value, &value), Ok(()));
        }
    }
});
