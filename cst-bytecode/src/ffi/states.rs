//! Parse states from places, without a tree.
#![allow(unsafe_code)]

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::Memo;
use super::memo::RawMemo;

#[repr(C)]
struct RawStates(c_void);

unsafe extern "C" {
    fn cst_states_new(memo: *mut RawMemo) -> *mut RawStates;
    fn cst_states_next(
        states: *mut RawStates,
        symbol: u16,
        child_count: u32,
        flags: u16,
        own: i32,
        state: *mut u16,
    ) -> bool;
    fn cst_states_delete(states: *mut RawStates);
}

/// Says parse states of subtrees in pre-order, without a tree.
pub(crate) struct States<'language> {
    // SAFETY INVARIANT: from `cst_states_new` with a memo that is borrowed for `'language`, not yet deleted.
    raw: NonNull<RawStates>,
    language: PhantomData<&'language mut Memo>,
}

impl<'language> States<'language> {
    /// Starts before the root; `None` when out of memory.
    pub(crate) fn new(memo: &'language mut Memo) -> Option<Self> {
        // SAFETY: the memo is live, and `'language` keeps it so, and nobody else's, for the life of this.
        let raw = unsafe { cst_states_new(memo.raw()) };
        Some(Self { raw: NonNull::new(raw)?, language: PhantomData })
    }

    /// The state of the next subtree: what follows from its place, or its own. `None` when out of memory.
    pub(crate) fn next(
        &mut self,
        symbol: u16,
        child_count: u32,
        flags: u16,
        own: Option<u16>,
    ) -> Option<u16> {
        let own = own.map_or(-1, i32::from);
        let mut state = 0;
        // SAFETY: live by the invariant; `state` is a valid place. Any values will do.
        let is_there =
            unsafe { cst_states_next(self.raw.as_ptr(), symbol, child_count, flags, own, &raw mut state) };
        is_there.then_some(state)
    }
}

impl Drop for States<'_> {
    fn drop(&mut self) {
        // SAFETY: live by the invariant, and gone after this.
        unsafe { cst_states_delete(self.raw.as_ptr()) };
    }
}
