//! See `testkit/src/properties/unit_decode.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::unit_decode(data));
