//! What a figure depends on besides the code: the machine, and how the code was built.

use std::fmt;
use std::thread;

use cst_bytecode::{FORMAT_VERSION, TREE_SITTER_RELEASE};
use serde::{Deserialize, Serialize};

/// A machine, as far as times depend on it. Two are the same where this is equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name, as the operating system tells it.
    pub processor: String,
    /// How many threads run at once.
    pub cores: usize,
    /// Architecture and operating system.
    pub platform: String,
}

impl Machine {
    /// This one.
    #[must_use]
    pub fn here() -> Self {
        Self {
            processor: processor().unwrap_or_else(|| "unknown".to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            platform: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores, {}", self.processor, self.cores, self.platform)
    }
}

#[cfg(target_os = "linux")]
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name") || line.starts_with("CPU part"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(target_os = "macos")]
fn processor() -> Option<String> {
    let output =
        std::process::Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn processor() -> Option<String> {
    std::env::var("PROCESSOR_IDENTIFIER").ok()
}

/// What was built, in a line for people. Not compared: two builds are what a baseline is for.
#[must_use]
pub fn build() -> String {
    let (major, minor, patch) = release();
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    format!(
        "cst {} ({profile}), tree-sitter {major}.{minor}.{patch}, bytecode format {FORMAT_VERSION}",
        env!("CARGO_PKG_VERSION")
    )
}

/// The release of tree-sitter: major, minor, patch.
#[must_use]
pub fn release() -> (u32, u32, u32) {
    (TREE_SITTER_RELEASE >> 20, TREE_SITTER_RELEASE >> 10 & 0x3ff, TREE_SITTER_RELEASE & 0x3ff)
}
