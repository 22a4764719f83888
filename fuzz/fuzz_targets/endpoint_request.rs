//! See `testkit/src/properties/endpoint_request.rs`.

#![no_main]

use livechat_units_testkit::properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::endpoint_request(data));
