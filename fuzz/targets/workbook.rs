//! Any bytes as the parts of a workbook, which a zip archive's checksums would hide from a fuzzer: a typed error or rows,
//! never a panic and never more memory than the limits allow. Parts are set apart by NUL bytes; those left out are valid.

#![no_main]

use std::io::{Cursor, Write};

use igny8_core::exchange::{ImportError, ImportLimits, ImportOptions, KeywordFile};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The parts that are fuzzed, in the input's order, and what stands in for one that is left out.
const FUZZED: [(&str, &str); 4] = [
    (
        "xl/worksheets/sheet1.xml",
        r#"<worksheet><sheetData><row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row></sheetData></worksheet>"#,
    ),
    ("xl/sharedStrings.xml", "<sst><si><t>keyword</t></si><si><t>tea</t></si></sst>"),
    ("xl/styles.xml", "<styleSheet/>"),
    ("xl/workbook.xml", r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#),
];

const FIXED: [(&str, &str); 2] = [
    (
        "_rels/.rels",
        r#"<Relationships><Relationship Id="w" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartsheet" Target="chartsheets/sheet1.xml"/></Relationships>"#,
    ),
];

fuzz_target!(init: std::panic::set_hook(Box::new(end_unless_caught)), |bytes: &[u8]| {
    let mut given = bytes.split(|byte| *byte == 0);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let fuzzed = FUZZED.map(|(name, valid)| {
        (name, given.next().filter(|part| !part.is_empty()).unwrap_or(valid.as_bytes()))
    });
    for (name, part) in FIXED.map(|(name, part)| (name, part.as_bytes())).into_iter().chain(fuzzed) {
        zip.start_file(name, options).expect("memory takes it");
        zip.write_all(part).expect("memory takes it");
    }
    let file = zip.finish().expect("memory takes it").into_inner();
    let _ = read(&file);
});

/// The importer catches the panics of the library that reads workbooks, and one it does not catch ends the run even so;
/// the fuzzer's own hook would take every one for a crash.
fn end_unless_caught(panic: &std::panic::PanicHookInfo<'_>) {
    if !panic.location().is_some_and(|place| place.file().contains("calamine")) {
        eprintln!("{panic}");
        std::process::abort();
    }
}

fn read(file: &[u8]) -> Result<(), ImportError> {
    let limits = ImportLimits { max_unpacked: 8 << 20, max_rows: 10_000, ..ImportLimits::default() };
    let mut file = KeywordFile::open(file, ImportOptions { limits, ..ImportOptions::default() })?;
    while let Some(mut table) = file.next_table()? {
        while table.next_batch(100, &mut |_| {})?.is_some() {}
    }
    Ok(())
}
