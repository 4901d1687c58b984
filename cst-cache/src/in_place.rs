//! Trees that are read where their bytes lie, and never become live.

use std::sync::Arc;

use cst_bytecode::{Bytecode, DecodeErrorKind};

use crate::cache::Cache;
use crate::document::Document;
use crate::table::{Body, Found};

impl Cache {
    /// The bytecode of the document's tree, from whichever tier has it; `None` where none has. Never parses, and
    /// builds no tree: [`Bytecode::view`] reads it in place.
    ///
    /// A tree that was edited and not parsed again has no view, so that here it is a miss; [`Cache::get`] has it.
    ///
    /// Warm or hot, it costs a lock, and opening a view; cold or frozen, it is expanded, a tenth of the parse or less,
    /// and brought up to warm. Several that ask for the same at once each do so.
    #[must_use]
    pub fn get_bytecode(&self, document: &Document<'_>) -> Option<Arc<Bytecode>> {
        let found = self.table.lock().find(document.key(), self.clock.now());
        let bytecode = match found {
            Found::Entry(_, Body::Hot(_, bytecode)) => {
                let own = self.own(document, bytecode);
                self.counters.hot_hits.add(own.is_some().into());
                own
            }
            Found::Entry(slot, Body::Warm(bytecode)) => {
                self.table.lock().tiers.unpin(slot);
                let own = self.own(document, bytecode);
                self.counters.warm_hits.add(own.is_some().into());
                own
            }
            Found::Entry(slot, Body::Cold(payload)) => {
                let own = self.open_bytecode(document, &payload);
                self.counters.cold_hits.add(own.is_some().into());
                let warm = own.clone().map(Body::Warm);
                let old = self.table.lock().settle_warm(document.key(), slot, warm, self.clock.now());
                drop(old);
                own
            }
            Found::Spilled(payload) => {
                let own = self.open_bytecode(document, &payload);
                self.counters.cold_hits.add(own.is_some().into());
                own
            }
            Found::Nothing => {
                let open = |payload: &[u8]| self.open_bytecode(document, payload);
                self.read_frozen(document.key(), open, |table, bytecode| {
                    let warm = Body::Warm(Arc::clone(bytecode));
                    if table.tiers.fits_warm(warm.weight()) {
                        table.thaw(document.key(), warm, self.clock.now());
                    }
                })
            }
        };
        if bytecode.is_none() {
            self.counters.misses.add(1);
        }
        // What came up may have pushed others over a budget. Failures show in the counters.
        let _ = self.relieve();
        bytecode
    }

    fn open_bytecode(&self, document: &Document<'_>, payload: &[u8]) -> Option<Arc<Bytecode>> {
        self.own(document, self.unpack(payload)?)
    }

    /// The bytecode, if it is this document's and can be viewed.
    fn own(&self, document: &Document<'_>, bytecode: Arc<Bytecode>) -> Option<Arc<Bytecode>> {
        if !document.owns(bytecode.header()) {
            self.counters.mismatched.add(1);
            return None;
        }
        match bytecode.view(document.grammar()) {
            Ok(view) if document.has_ranges(&view.included_ranges()) => return Some(bytecode),
            Ok(_) => self.counters.mismatched.add(1),
            // Nothing is wrong with it: it is there as a tree.
            Err(error) if error.kind() == DecodeErrorKind::Edited => {}
            Err(_) => self.counters.corrupt.add(1),
        }
        None
    }
}
