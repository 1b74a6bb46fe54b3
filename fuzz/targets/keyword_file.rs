//! Any bytes as a keyword file, text or workbook: a typed error or rows, never a panic; and what was read and is written
//! in the own format reads as the same rows.

#![no_main]

use std::collections::BTreeMap;

use igny8_core::exchange::{
    ExportOptions, ImportError, ImportLimits, ImportOptions, KeywordFile, KeywordRow, KeywordWriter, better,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(rows) = read(bytes) else { return };
    // A keyword that stands twice is merged by the store; here as there.
    let mut merged: BTreeMap<String, KeywordRow> = BTreeMap::new();
    for row in rows {
        let row = merged.get(&row.key).map_or_else(|| row.clone(), |known| better(known, &row));
        merged.insert(row.key.clone(), row);
    }
    if merged.is_empty() {
        return;
    }
    let mut writer = KeywordWriter::new(Vec::new(), ExportOptions::default()).expect("memory takes it");
    for row in merged.values() {
        writer.write(row).expect("memory takes it");
    }
    let file = writer.finish().expect("memory takes it");
    let again = read(&file).expect("an export can be imported");
    assert_eq!(again, merged.into_values().collect::<Vec<_>>());
});

fn read(bytes: &[u8]) -> Result<Vec<KeywordRow>, ImportError> {
    let limits = ImportLimits { max_unpacked: 8 << 20, max_rows: 10_000, ..ImportLimits::default() };
    let mut file = KeywordFile::open(bytes, ImportOptions { limits, ..ImportOptions::default() })?;
    let mut rows = Vec::new();
    while let Some(mut table) = file.next_table()? {
        while let Some(batch) = table.next_batch(100, &mut |_| {})? {
            rows.extend(batch);
        }
    }
    Ok(rows)
}
