//! See `testkit/src/properties/sort_parse.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::sort_parse(data));
