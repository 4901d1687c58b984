//! The programs that are compared: the one that runs, and the one that measured the baseline, kept beside its figures.

use std::env::{consts, current_exe};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::args::Options;
use crate::error::Error;
use crate::figure::Figure;
use crate::results::Results;
use crate::stop;

/// One of them, ready to measure again in a process of its own: what this one has done so far is in nobody's way then.
#[derive(Clone, Debug)]
pub struct Program(PathBuf);

impl Program {
    /// The one that is running.
    ///
    /// # Errors
    ///
    /// Where the operating system does not tell.
    pub fn running() -> Result<Self, Error> {
        current_exe().map(Self).map_err(Error::during("finding this program"))
    }

    /// Keeps the one that is running under this name: a copy of about 50 MB.
    ///
    /// # Errors
    ///
    /// Where it cannot be copied.
    pub fn keep(name: &str) -> Result<Self, Error> {
        let path = path(name);
        let during = || format!("copying this program to {}", path.display());
        let Self(own) = Self::running()?;
        let temporary = path.with_extension("tmp");
        let copied = fs::create_dir_all(path.with_file_name(""))
            .and_then(|()| fs::copy(own, &temporary))
            .and_then(|_| fs::rename(&temporary, &path));
        copied.map_err(Error::during(during()))?;
        Ok(Self(path))
    }

    /// The one that was kept under this name.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn of(name: &str) -> Result<Self, Error> {
        let path = path(name);
        if path.is_file() {
            return Ok(Self(path));
        }
        Err(Error::new(format!(
            "the program that measured the baseline {name} is not there ({}); make both with: \
             cargo xtask bench --save {name}",
            path.display()
        )))
    }

    /// Measures a concern on the corpus of these options, and prints nothing. Takes as long as the concern does here.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, or ends without figures, or the user ends the run.
    pub fn measure(&self, concern: &str, options: &Options) -> Result<Vec<Figure>, Error> {
        let during = || format!("measuring again with {}", self.0.display());
        let folder = tempfile::tempdir().map_err(Error::during(during()))?;
        let json = folder.path().join("figures.json");
        let mut command = Command::new(&self.0);
        command.args(["--only", concern, "--json"]).arg(&json);
        if let Some(corpus) = &options.corpus {
            command.arg("--corpus").arg(corpus);
        }
        if let Some(megabytes) = options.megabytes {
            command.args(["--mb", &megabytes.to_string()]);
        }
        let status = command.stdout(Stdio::null()).status().map_err(Error::during(during()))?;
        stop::check()?;
        if !json.is_file() {
            return Err(Error::new(format!("{}: it ended with {status}", during())));
        }
        Ok(Results::read(&json).map_err(Error::during(during()))?.figures)
    }
}

fn path(name: &str) -> PathBuf {
    super::path(name).with_file_name(format!("{name}.suite{}", consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_not_there_says_how_to_make_it() {
        let error = Program::of("no-such-baseline").unwrap_err().to_string();
        assert!(error.contains("--save no-such-baseline"), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn one_that_measures_nothing_is_an_error_with_its_name() {
        let error = Program("false".into()).measure("bytecode", &Options::default()).unwrap_err().to_string();
        assert!(error.contains("false") && error.contains("exit status: 1"), "{error}");
    }
}
