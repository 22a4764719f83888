//! See `testkit/src/properties/text_match.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::text_match(data));
