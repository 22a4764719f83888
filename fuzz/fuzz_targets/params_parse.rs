//! See `testkit/src/properties/params_parse.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::params_parse(data));
