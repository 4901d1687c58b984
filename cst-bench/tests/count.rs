//! The counting allocator counts what it should. Alone in its process: the counts are of all threads.

use cst_bench::count::{Counting, RustHeap, count};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn allocations_and_the_peak_are_counted() {
    let before = vec![0_u8; 1 << 20];
    let (kept, heap) = count(|| {
        drop(before);
        Vec::<u8>::with_capacity(100)
    });
    assert_eq!(heap, RustHeap { allocations: 1, peak_bytes: 0 }, "what was given back makes room");
    drop(kept);

    let (kept, heap) = count(|| {
        let mut bytes = Vec::<u8>::with_capacity(1000);
        bytes.reserve_exact(3000);
        drop(bytes);
        Box::new([0_u64; 4])
    });
    assert_eq!(heap, RustHeap { allocations: 3, peak_bytes: 4000 });
    drop(kept);

    let ((), heap) = count(|| ());
    assert_eq!(heap, RustHeap::default());
}
