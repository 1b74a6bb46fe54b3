//! What has no place in the new database, as files of one JSON object a line: the old ledger, the old usage log, images' files.
//! They hold the source's rows as they are.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use igny8_core::Error;
use serde::Serialize;

use super::Import;
use super::report::Outcome;
use super::row::Row;

/// The old ledger.
pub(super) const TRANSACTIONS: &str = "transactions.jsonl";
/// The old usage log.
pub(super) const USAGE: &str = "usage.jsonl";
/// Where images' files are.
pub(super) const IMAGES: &str = "image-files.jsonl";

/// The folder of these files.
pub(super) struct History {
    folder: PathBuf,
    files: HashMap<&'static str, BufWriter<File>>,
}

impl History {
    pub(super) fn create(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), files: HashMap::new() })
    }

    pub(super) fn write(&mut self, name: &'static str, row: &impl Serialize) -> igny8_core::Result<()> {
        let failed = |error: std::io::Error| Error::storage("write the old rows", error);
        if !self.files.contains_key(name) {
            let file = File::create(self.folder.join(name)).map_err(failed)?;
            self.files.insert(name, BufWriter::new(file));
        }
        let Some(file) = self.files.get_mut(name) else { return Ok(()) };
        let mut line =
            serde_json::to_vec(row).map_err(|error| Error::storage("write an old row as JSON", error))?;
        line.push(b'\n');
        file.write_all(&line).map_err(failed)
    }

    pub(super) fn finish(self) -> Result<()> {
        for (name, mut file) in self.files {
            file.flush().with_context(|| format!("write {name}"))?;
        }
        Ok(())
    }
}

impl Import<'_> {
    /// An entry of the old ledger or usage log, of an account that came.
    pub(super) fn old_entry(&mut self, row: &Row, file: &'static str) -> igny8_core::Result<Outcome> {
        if let Err(outcome) = self.tenant(row) {
            return Ok(outcome);
        }
        match &mut self.history {
            Some(history) => {
                history.write(file, row.whole())?;
                Ok(Outcome::skipped(format!("the history is not carried over: it is in {file}")))
            }
            None => Ok(Outcome::skipped("the history is not carried over; --history keeps it as a file")),
        }
    }
}
