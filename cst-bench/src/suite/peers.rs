//! Other ways to keep trees, measured by the program `peers`, which is built with the feature of that name.

use std::path::Path;

use serde::Deserialize;

use super::{Outcome, Setting, number};
use crate::corpus::{CAP_VARIABLE, FOLDER_VARIABLE};
use crate::error::Error;
use crate::figure::Figure;
use crate::results::Results;
use crate::sibling::{self, Sibling};
use crate::table::Table;

/// Either a list of figures or a file of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Printed {
    List(Vec<Figure>),
    File(Results),
}

pub(super) fn run(setting: &Setting<'_>) -> Result<Outcome, Error> {
    let mut command = sibling::command(Sibling::Peers)?;
    command.arg("--json");
    if !setting.corpus.is_sample() {
        command.env(FOLDER_VARIABLE, Path::new(&setting.corpus.name));
        if let Some(megabytes) = setting.megabytes {
            command.env(CAP_VARIABLE, megabytes.to_string());
        }
    }
    let printed = sibling::output(command)?;
    let figures = match serde_json::from_str(&printed).map_err(Error::during("reading what peers printed"))? {
        Printed::List(figures) => figures,
        Printed::File(results) => results.figures,
    };
    let mut table = Table::new(&["figure", "", "unit"]);
    for figure in &figures {
        table.row(vec![figure.name.clone(), number(figure.value), figure.unit.clone()]);
    }
    let text = format!(
        "The same corpus, the same machine; a ratio below 1 says that this project needs less.\n\n{table}"
    );
    Ok(Outcome { figures, text, drift: None })
}
