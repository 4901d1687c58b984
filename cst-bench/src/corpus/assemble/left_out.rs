//! A package that is not in the corpus, and why.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::hash::ContentHash;
use super::pins::Pin;

/// A package that was left out.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Which one.
    pub pin: Pin,
    /// Why.
    pub cause: Cause,
}

/// Why a package was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The registry's client is not there.
    NoClient {
        /// What could not be started.
        program: &'static str,
        /// Where to get it.
        install: &'static str,
    },
    /// The client failed.
    Failed {
        /// What it said.
        said: String,
        /// What may help.
        advice: &'static str,
    },
    /// Several before it failed in a row, so it was not tried.
    NotTried,
    /// It was not downloaded earlier, and now nothing may be.
    Offline,
    /// Its pin has no hash.
    Unblessed,
    /// What the registry gives is not what was pinned.
    Mismatch {
        /// The hash that was pinned.
        expected: ContentHash,
        /// The hash of what is there.
        found: ContentHash,
    },
    /// Its archive cannot be read.
    Damaged(String),
    /// It could not be written.
    Disk(String),
}

impl Cause {
    /// Whether the next package of the same registry will meet with it too.
    pub(super) fn ends_registry(&self) -> bool {
        matches!(self, Self::NoClient { .. })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClient { program, install } => {
                write!(f, "there is no `{program}` on the PATH; {install}")
            }
            Self::Failed { said, advice } => write!(f, "not downloaded: {said}\n    {advice}"),
            Self::NotTried => f.write_str("not tried, because those before it failed; run the command again"),
            Self::Offline => f.write_str("not downloaded yet; run the command without --offline"),
            Self::Unblessed => f.write_str("its pin has no hash; look at what it is, then run with --bless"),
            Self::Mismatch { expected, found } => write!(
                f,
                "what the registry gives is not what was pinned\n    expected {expected}\n    found    {found}\n    \
                 Do not use it before you know why it changed. If the change is meant, run with --bless; \
                 if the download is at fault, run again"
            ),
            Self::Damaged(error) => write!(f, "its archive cannot be read ({error}); run the command again"),
            Self::Disk(error) => write!(f, "cannot be written to disk: {error}"),
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pin, self.cause)
    }
}

impl Serialize for LeftOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LeftOut", 4)?;
        object.serialize_field("registry", &self.pin.registry.to_string())?;
        object.serialize_field("name", &self.pin.name)?;
        object.serialize_field("version", &self.pin.version)?;
        object.serialize_field("cause", &self.cause.to_string())?;
        object.end()
    }
}
