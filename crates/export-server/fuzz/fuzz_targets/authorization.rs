//! Arbitrary text as an `Authorization` header: it is taken apart or refused.

#![no_main]

use export_server::clock::CalendarTime;
use export_server::sigv4::Authorization;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(authorization) = Authorization::parse(text) {
        assert!(text.contains(authorization.access_key_id()));
    }
    if let Some(time) = CalendarTime::parse_basic(text) {
        assert_eq!(time.basic(), text);
    }
});
