//! Which bytes count as source text, and in what order files are taken of which there are too many.

/// Larger files are generated, as a rule.
pub(super) const MOST_BYTES: u64 = 1_000_000;

/// How many bytes to look at for a NUL, as git does.
const BINARY_PROBE: usize = 8192;

/// Whether this is text of some length, in UTF-8.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let is_binary = bytes.iter().take(BINARY_PROBE).any(|&byte| byte == 0);
    !is_binary && !bytes.is_empty() && str::from_utf8(bytes).is_ok()
}

/// A place in an order that is the same on every machine and has no regard for folders: FNV-1a of the
/// path. Any hash would do that is the same everywhere.
pub(super) fn scatter(path: &str) -> u64 {
    path.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
