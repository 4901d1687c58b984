//! What the operating system says of this process's memory.

use std::fs;

/// Memory of this process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// All that is resident, pages of mapped files included.
    pub all: u64,
    /// What no file stands behind, and so cannot be dropped.
    pub anonymous: u64,
}

/// What is resident now; `None` where the system does not tell in `/proc`.
#[must_use]
pub fn resident() -> Option<Resident> {
    read(&fs::read_to_string("/proc/self/status").ok()?)
}

fn read(status: &str) -> Option<Resident> {
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
    };
    Some(Resident { all: bytes("VmRSS:")?, anonymous: bytes("RssAnon:")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_kilobytes() {
        let status =
            "VmHWM:\t     900 kB\nVmRSS:\t     800 kB\nRssAnon:\t     300 kB\nRssFile:\t     500 kB\n";
        assert_eq!(read(status), Some(Resident { all: 800 * 1024, anonymous: 300 * 1024 }));
        assert_eq!(read("Name:\tpeers\n"), None);
    }
}
