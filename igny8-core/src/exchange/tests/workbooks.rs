//! Workbooks: every sheet with a keyword column, as their makers write them, and those that are damaged or hostile.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

/// The tables of a workbook: sheet, rows, rejections.
type Tables = Vec<(String, Vec<KeywordRow>, Vec<Rejection>)>;

fn tables(file: &[u8], options: ImportOptions) -> Result<(Tables, Vec<String>), ImportError> {
    let mut tables = Vec::new();
    let mut file = KeywordFile::open(file, options)?;
    while let Some(mut table) = file.next_table()? {
        let (mut rows, mut rejected) = (Vec::new(), Vec::new());
        while let Some(batch) = table.next_batch(100, &mut |rejection| rejected.push(rejection))? {
            rows.extend(batch);
        }
        assert_eq!(table.detected().delimiter, None);
        tables.push((table.sheet().unwrap().to_owned(), rows, rejected));
    }
    Ok((tables, file.skipped_sheets().to_vec()))
}

fn read(file: &[u8]) -> (Tables, Vec<String>) {
    tables(file, ImportOptions::default()).expect("the workbook should be read")
}

fn refused(file: &[u8], limits: ImportLimits) -> ImportError {
    match tables(file, ImportOptions { limits, ..ImportOptions::default() }) {
        Ok(_) => panic!("the workbook should be refused"),
        Err(error) => error,
    }
}

/// As Semrush writes them: numbers as numbers, and here one sheet of each kind.
fn semrush() -> Vec<u8> {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap().write(0, 0, "Exported for you").unwrap();
    let sheet = workbook.add_worksheet().set_name("Broad match").unwrap();
    for (column, header) in
        ["Keyword", "Intent", "Volume", "Keyword Difficulty", "CPC (USD)"].iter().enumerate()
    {
        sheet.write(2, u16::try_from(column).unwrap(), *header).unwrap();
    }
    sheet.write(3, 0, "hot, \"sudden\"\nflashes").unwrap().write(3, 1, "Informational, Commercial").unwrap();
    sheet.write(3, 2, 40_500).unwrap().write(3, 3, 84.6).unwrap().write(3, 4, 1.25).unwrap();
    sheet.write(5, 0, 1_800).unwrap().write(5, 2, 90).unwrap();
    sheet.write(6, 0, "bad volume").unwrap().write(6, 2, "many").unwrap();
    let sheet = workbook.add_worksheet().set_name("Questions").unwrap();
    sheet.write(0, 0, "Keyword").unwrap().write(1, 0, "更年期 症状").unwrap();
    workbook.add_worksheet().set_name("Empty").unwrap();
    workbook.save_to_buffer().unwrap()
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn every_sheet_with_a_keyword_column() {
    let (tables, skipped) = read(&semrush());
    assert_eq!(skipped, ["Notes", "Empty"]);
    let [(broad, rows, rejected), (questions, others, _)] = &tables[..] else { panic!("two tables") };
    assert_eq!((broad.as_str(), questions.as_str()), ("Broad match", "Questions"));
    assert_eq!(rows[0].keyword, "hot, \"sudden\" flashes");
    assert_eq!((rows[0].volume, rows[0].difficulty), (Some(40_500), Some(85)));
    assert_eq!((rows[0].intents.len(), rows[0].cpc.unwrap().to_string().as_str()), (2, "1.25"));
    assert_eq!((rows[1].keyword.as_str(), rows[1].volume), ("1800", Some(90)));
    // Rows are counted as the sheet shows them.
    assert_eq!((rejected[0].row, rejected[0].column.as_str()), (7, "Volume"));
    assert_eq!(rejected[0].sheet.as_deref(), Some("Broad match"));
    assert_eq!(others[0].key, "更年期 症状");
}

#[test]
fn a_workbook_without_keywords_says_what_was_seen() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "Title").unwrap().write(0, 1, "Price").unwrap();
    let ImportError::NoKeywordColumn { headers, .. } =
        refused(&workbook.save_to_buffer().unwrap(), ImportLimits::default())
    else {
        panic!("another error is expected");
    };
    assert_eq!(headers, ["Title", "Price"]);
    let empty = Workbook::new().save_to_buffer().unwrap();
    assert!(matches!(refused(&empty, ImportLimits::default()), ImportError::Empty));
}

#[test]
fn what_is_no_workbook() {
    let other = archive(&[("readme.txt", b"keyword,volume")]);
    assert!(matches!(refused(&other, ImportLimits::default()), ImportError::Workbook { sheet: None, .. }));
    let cut = semrush();
    let cut = &cut[..cut.len() / 2];
    assert!(matches!(refused(cut, ImportLimits::default()), ImportError::Workbook { .. }));
    assert!(refused(cut, ImportLimits::default()).to_string().contains("save it again as .xlsx"));
}

#[test]
fn limits_hold_in_workbooks() {
    let limits = ImportLimits::default();
    let is = |wanted: Limit, limits| matches!(refused(&semrush(), limits), ImportError::TooLarge { limit, .. } if limit == wanted);
    assert!(is(Limit::Workbook, ImportLimits { max_workbook: 1_000, ..limits }));
    assert!(is(Limit::Unpacked, ImportLimits { max_unpacked: 2_000, ..limits }));
    assert!(is(Limit::Columns, ImportLimits { max_columns: 4, ..limits }));
    assert!(is(Limit::Rows, ImportLimits { max_rows: 2, ..limits }));
    assert!(is(Limit::Cell, ImportLimits { max_cell: 20, ..limits }));
}

#[test]
fn a_zip_bomb_is_defused() {
    let workbook = br#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let relations = br#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/></Relationships>"#;
    let mut sheet = b"<worksheet><sheetData>".to_vec();
    sheet.resize(64 << 20, b' ');
    let bomb = archive(&[
        ("xl/workbook.xml", workbook),
        ("xl/_rels/workbook.xml.rels", relations),
        ("xl/worksheets/s.xml", &sheet),
    ]);
    assert!(bomb.len() < 100_000, "{} bytes unpack to 64 MiB", bomb.len());
    let limits = ImportLimits { max_unpacked: 16 << 20, ..ImportLimits::default() };
    assert!(matches!(refused(&bomb, limits), ImportError::TooLarge { limit: Limit::Unpacked, .. }));
    // In a part that is held in memory, less is allowed.
    let strings = archive(&[("xl/sharedStrings.xml", &sheet[..8 << 20])]);
    assert!(matches!(refused(&strings, limits), ImportError::TooLarge { limit: Limit::Unpacked, .. }));
}

#[test]
fn a_far_away_cell_costs_nothing() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "keyword").unwrap().write(1_048_575, 0, "last row").unwrap();
    let (tables, _) = read(&workbook.save_to_buffer().unwrap());
    assert_eq!(tables[0].1[0].keyword, "last row");
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "keyword").unwrap().write(1, 16_383, "last column").unwrap();
    let fault = refused(&workbook.save_to_buffer().unwrap(), ImportLimits::default());
    assert!(matches!(fault, ImportError::TooLarge { limit: Limit::Columns, line: Some(2), .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_damaged_workbook_never_panics(at in 0.0..1.0_f64, bytes in proptest::collection::vec(any::<u8>(), 1..20)) {
        let mut file = semrush();
        let at = (at * (file.len() - bytes.len()) as f64) as usize;
        file[at..at + bytes.len()].copy_from_slice(&bytes);
        let _ = tables(&file, ImportOptions::default());
    }

    #[test]
    fn damaged_parts_never_panic(at in 0.0..1.0_f64, junk in "[<>/&;=\"'a-zA-Z0-9 ]{1,12}", part in 0..5_usize) {
        let mut parts = zip::ZipArchive::new(Cursor::new(semrush())).unwrap();
        let all: Vec<(String, Vec<u8>)> = (0..parts.len())
            .map(|index| {
                let mut file = parts.by_index(index).unwrap();
                let mut bytes = Vec::new();
                std::io::copy(&mut file, &mut bytes).unwrap();
                (file.name().unwrap().into_owned(), bytes)
            })
            .collect();
        let changed: Vec<(&str, Vec<u8>)> = all
            .iter()
            .enumerate()
            .map(|(index, (name, bytes))| {
                let mut bytes = bytes.clone();
                if index % 5 == part {
                    let at = (at * bytes.len() as f64) as usize;
                    bytes.splice(at..at, junk.bytes());
                }
                (name.as_str(), bytes)
            })
            .collect();
        let changed: Vec<(&str, &[u8])> = changed.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
        let _ = tables(&archive(&changed), ImportOptions::default());
    }
}
