//! Tests of whole files: every layout with its traps, faulty files, and the round trip.
//! Rules of single cells are tested beside them.

mod faults;
mod layouts;
mod round_trip;
mod workbooks;

use super::*;

/// All that reading a file gives.
struct Import {
    rows: Vec<KeywordRow>,
    rejected: Vec<Rejection>,
    detected: Detected,
    ignored: Vec<String>,
}

impl Import {
    fn row(&self, key: &str) -> &KeywordRow {
        self.rows.iter().find(|row| row.key == key).expect(key)
    }

    fn volumes(&self) -> Vec<Option<u32>> {
        self.rows.iter().map(|row| row.volume).collect()
    }
}

fn import_with(file: &[u8], options: ImportOptions) -> Result<Import, ImportError> {
    let mut reader = KeywordReader::open(file, options)?;
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch(3, &mut |rejection| rejected.push(rejection))? {
        assert!((1..=3).contains(&batch.len()));
        rows.extend(batch);
    }
    assert_eq!(reader.rows_read(), (rows.len() + rejected.len()) as u64);
    assert_eq!(reader.bytes_read(), file.len() as u64);
    Ok(Import { rows, rejected, detected: reader.detected(), ignored: reader.ignored_columns().to_vec() })
}

fn import(file: impl AsRef<[u8]>) -> Import {
    import_with(file.as_ref(), ImportOptions::default()).expect("the file should be read")
}

fn fault(file: impl AsRef<[u8]>) -> ImportError {
    match import_with(file.as_ref(), ImportOptions::default()) {
        Ok(_) => panic!("the file should be refused"),
        Err(error) => error,
    }
}

fn utf16le(text: &str) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
