//! What can go wrong while measuring: always the end of the run, with one line that says why.

use std::fmt;

/// Why there are no figures.
#[derive(Debug)]
pub struct Error {
    message: String,
    is_interrupt: bool,
}

impl Error {
    /// An error with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_interrupt: false }
    }

    /// The user asked for the end of the run.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { message: "interrupted; nothing was written".to_owned(), is_interrupt: true }
    }

    /// For `map_err`: what was being done, followed by what came of it.
    pub fn during<E: fmt::Display>(doing: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self::new(format!("{doing}: {error}"))
    }

    /// Whether the user ended the run.
    #[must_use]
    pub fn is_interrupt(&self) -> bool {
        self.is_interrupt
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
