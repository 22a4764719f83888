//! The machine.

use std::fs;
use std::process::Command;

/// Processor, cores, memory, kernel and compiler, in one line.
pub(crate) fn description() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = kibibytes("/proc/meminfo", "MemTotal").unwrap_or(0) / (1024 * 1024);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = kernel.trim();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map_or_else(
        |_| "unknown rustc".into(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    format!("{cpu}, {cores} cores, {memory} GiB, kernel {kernel}, {rustc}, system allocator")
}

/// The resident memory of this process in bytes. 0 if the system does not report it.
pub(crate) fn resident_bytes() -> usize {
    kibibytes("/proc/self/status", "VmRSS").unwrap_or(0) * 1024
}

fn kibibytes(path: &str, key: &str) -> Option<usize> {
    let value = field(path, key)?;
    value.split_whitespace().next()?.parse().ok()
}

/// The value of the first line of the form `key: value`.
fn field(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = pairs.find(|(name, _)| name.trim() == key)?;
    Some(value.trim().to_owned())
}
