//! See `testkit/src/properties/documents_read.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::documents_read(data));
