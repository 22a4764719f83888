//! See `testkit/src/properties/store_vs_reference.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::store_vs_reference(data));
