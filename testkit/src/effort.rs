//! How much work a test does: little in a plain `cargo test`, all of it in the gate.
//!
//! The environment variable `LIVECHAT_UNITS_FULL=1` asks for all of it. The gate sets it, and
//! optimises the tests: `LIVECHAT_UNITS_FULL=1 cargo test --profile checked`.

use std::fmt::Display;

/// `full` if `LIVECHAT_UNITS_FULL` is set, and `quick` otherwise. A quick test prints what
/// it leaves out; `cargo test -- --nocapture` shows it.
pub fn choose<T: Display>(what: &str, quick: T, full: T) -> T {
    if std::env::var_os("LIVECHAT_UNITS_FULL").is_some_and(|value| !value.is_empty()) {
        return full;
    }
    println!("{what}: {quick}, and {full} with LIVECHAT_UNITS_FULL=1");
    quick
}
