//! The folder of source files, indexed while they change, then verified.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cst_cache::Grammars;
use cst_cache::index::{self, Options};

use super::protocol::{Assignment, Promise, Said, Voice};
use crate::error::Error;

/// Indexes until it is told to end.
pub(crate) fn run(voice: &Voice, task: &Assignment) -> Result<(), Error> {
    let grammars = Grammars::bundled();
    let mut options = Options::default();
    options.threads = 2;
    options.memory_budget = 32 << 20;
    let stop = AtomicBool::new(false);
    while !voice.is_over() {
        let (writer, _) = index::open_store(&task.store).map_err(Error::during("opening to index"))?;
        let writer = Arc::new(writer);
        voice.say(&Said::Ready);
        let indexed = index::index(&task.sources, &task.store, &writer, &grammars, &options, &(), &stop)
            .map_err(Error::during("indexing"))?;
        let verified = index::verify(None, writer.reader(), &grammars, 1, &(), &stop)
            .map_err(Error::during("verifying"))?;
        if verified.differing > 0 {
            voice.broken(Promise::WrongTree, &format!("an index has wrong trees: {:?}", verified.mismatches));
        }
        let damaged =
            [indexed.damaged, indexed.quarantined_segments, verified.damaged, verified.quarantined_segments];
        if damaged.iter().any(|&count| count > 0) {
            voice.broken(Promise::LostCommit, &format!("records of an index are damaged: {damaged:?}"));
        }
        voice.count(|tally| {
            tally.operations += indexed.files;
            tally.compared += verified.trees;
        });
        voice.tell();
        std::thread::sleep(Duration::from_millis(400));
    }
    Ok(())
}
