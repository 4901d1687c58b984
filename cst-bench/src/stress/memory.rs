//! What a process has resident, as the operating system counts it.

/// Resident bytes of a process just now; `None` where that cannot be had.
#[cfg(target_os = "linux")]
pub(crate) fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Elsewhere the series has no memory in it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn resident(_: u32) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_takes_some_memory() {
        assert!(super::resident(std::process::id()).is_some_and(|bytes| bytes > 100_000));
        assert_eq!(super::resident(u32::MAX), None);
    }
}
