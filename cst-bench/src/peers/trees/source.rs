//! Source in a store, then parse: what survives a restart is the text.

use super::parse::Parsing;
use super::{Answer, Peer, Request, Setting, TreeCache};
use crate::error::Error;
use crate::peers::store::{self, Record, RecordStore, Room};

/// redb.
pub const REDB: Peer = Peer {
    name: "redb",
    about: "source in redb, its cache as large as the budget, then parse",
    open: |setting| open(&store::redb::PEER, setting),
};

/// LMDB.
pub const HEED: Peer = Peer {
    name: "heed",
    about: "source in LMDB, then parse",
    open: |setting| open(&store::heed::PEER, setting),
};

/// fjall.
pub const FJALL: Peer = Peer {
    name: "fjall",
    about: "source in fjall, its cache as large as the budget, then parse",
    open: |setting| open(&store::fjall::PEER, setting),
};

struct Source {
    texts: Box<dyn RecordStore>,
    parsing: Parsing,
}

fn open(peer: &store::Peer, setting: Setting<'_>) -> Result<Box<dyn TreeCache>, Error> {
    let texts = (peer.open)(setting.folder, Room { records: setting.source, cache: setting.budget })?;
    Ok(Box::new(Source { texts, parsing: Parsing::default() }))
}

impl TreeCache for Source {
    fn fill(&mut self, requests: &[Request<'_>]) -> Result<(), Error> {
        let documents = requests.iter().map(|request| &request.document);
        let texts: Vec<Record<'_>> =
            documents.map(|document| (document.key().0, document.source())).collect();
        self.texts.insert(&texts)
    }

    fn get(&mut self, request: &Request<'_>) -> Result<Answer, Error> {
        let Self { texts, parsing } = self;
        let mut tree = None;
        texts.read(&mut |get| {
            get(&request.document.key().0, &mut |text| {
                tree = Some(parsing.parse(request.document.grammar(), text));
            })
        })?;
        let tree = tree.ok_or_else(|| Error::new("the store showed no text"))?;
        Ok(Answer { tree: tree?, parsed: true })
    }
}
