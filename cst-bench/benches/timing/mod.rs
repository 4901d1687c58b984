//! How files are timed.
#![allow(dead_code, unreachable_pub, reason = "not every bench uses all of it")]

use std::time::Duration;

use criterion::{BatchSize, Bencher, Criterion};

/// Times each run by itself and frees what it made before the next: many live trees at once would
/// measure the operating system's pages.
pub fn alone<T>(b: &mut Bencher<'_>, mut run: impl FnMut() -> T) {
    b.iter_batched(|| (), |()| run(), BatchSize::PerIteration);
}

/// Half a second for each: many a run over all files fits into it.
pub fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .sample_size(10)
}
