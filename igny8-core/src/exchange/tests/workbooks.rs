//! Workbooks: every sheet with a keyword column, as their makers write them, and those that are damaged or hostile.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use rust_xlsxwriter::{Chart, ChartType, Format, Formula, Workbook};
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

const RELATIONS: &str = r#"<Relationships><Relationship Id="w" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#;
const SHEETS: &str = r#"<Relationships><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/></Relationships>"#;

/// A workbook of one sheet, written by hand; `parts` replace or join those it needs.
fn by_hand(rows: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    let mut all = vec![
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/worksheets/s.xml", sheet.as_str()),
    ];
    all.retain(|(name, _)| parts.iter().all(|(other, _)| other != name));
    all.extend(parts);
    archive(&all.iter().map(|(name, text)| (*name, text.as_bytes())).collect::<Vec<_>>())
}

/// Rows of a sheet whose cells refer to the table of texts.
fn shared(rows: &[&[usize]]) -> String {
    rows.iter()
        .map(|cells| {
            let cells: String = cells.iter().map(|text| format!(r#"<c t="s"><v>{text}</v></c>"#)).collect();
            format!("<row>{cells}</row>")
        })
        .collect()
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
fn numbers_and_dates_are_what_the_sheet_says() {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(["keyword", "volume", "difficulty", "cpc", "cluster"]) {
        sheet.write(0, column, header).unwrap();
    }
    sheet.write(1, 0, "a number").unwrap().write(1, 1, 12.345).unwrap().write(1, 2, 85.185).unwrap();
    sheet.write(1, 3, 1.234).unwrap();
    sheet.write(2, 0, "a text").unwrap().write(2, 1, "12.345").unwrap();
    sheet.write(3, 0, 3.125).unwrap().write(3, 1, 1_234_567).unwrap().write(3, 4, 2024).unwrap();
    sheet.write_with_format(4, 0, 45_293, &date).unwrap().write(4, 1, 10).unwrap();
    sheet.write(5, 0, "a range").unwrap().write_with_format(5, 1, 45_301, &date).unwrap();
    sheet.write(6, 0, "\u{fdd1}no mark").unwrap().write(6, 1, 5).unwrap();
    sheet.write(7, 0, "a price").unwrap().write_with_format(7, 3, 0.5, &date).unwrap();
    let (tables, _) = read(&workbook.save_to_buffer().unwrap());
    let (_, rows, rejected) = &tables[0];
    let volumes: Vec<(&str, Option<u32>)> =
        rows.iter().map(|row| (row.keyword.as_str(), row.volume)).collect();
    let expected = [
        ("a number", Some(12)),
        ("a text", Some(12_345)),
        ("3.125", Some(1_234_567)),
        ("no mark", Some(5)),
        ("a price", None),
    ];
    assert_eq!(volumes, expected);
    assert_eq!((rows[0].difficulty, rows[0].cpc.unwrap().to_string().as_str()), (Some(85), "1.234"));
    assert_eq!((rows[2].cluster.as_deref(), rows[4].cpc), (Some("2024"), None));
    let refused: Vec<(u64, &str, &str)> =
        rejected.iter().map(|row| (row.row, row.column.as_str(), row.value.as_str())).collect();
    assert_eq!(refused, [(5, "keyword", "2024-01-02"), (6, "volume", "2024-01-10")]);
    assert!(rejected[0].reason.contains("format Text"));
}

#[test]
fn of_a_formula_its_result_counts() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "keyword").unwrap().write(0, 1, "volume").unwrap();
    let text = Formula::new("=CONCATENATE(\"green\",\" tea\")").set_result("green tea");
    sheet.write(1, 0, text).unwrap().write(1, 1, Formula::new("=40*30").set_result("1200")).unwrap();
    sheet.write(2, 0, Formula::new("=A2&\" & <more>\"").set_result("tea & <more>")).unwrap();
    sheet.write(2, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write(3, 0, Formula::new("=NA()").set_result("#N/A")).unwrap().write(3, 1, 7).unwrap();
    let (tables, _) = read(&workbook.save_to_buffer().unwrap());
    let (_, rows, rejected) = &tables[0];
    let found: Vec<(&str, Option<u32>)> = rows.iter().map(|row| (row.keyword.as_str(), row.volume)).collect();
    assert_eq!(found, [("green tea", Some(1_200)), ("tea & <more>", None)]);
    // What a formula fails to find is no keyword.
    assert_eq!((rejected[0].row, rejected[0].column.as_str()), (4, "keyword"));
}

#[test]
fn charts_are_skipped() {
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .set_name("Keywords")
        .unwrap()
        .write(0, 0, "keyword")
        .unwrap()
        .write(1, 0, "tea")
        .unwrap();
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_values("Keywords!$A$1:$A$2");
    workbook.add_chartsheet().set_name("Trend").unwrap().insert_chart(0, 0, &chart).unwrap();
    let (tables, skipped) = read(&workbook.save_to_buffer().unwrap());
    assert_eq!((tables[0].0.as_str(), tables[0].1.len()), ("Keywords", 1));
    assert_eq!(skipped, ["Trend"]);
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
fn a_table_of_texts_is_not_as_long_as_it_says() {
    let rows = shared(&[&[0], &[1]]);
    let texts = |count: &str| format!("<sst {count}><si><t>keyword</t></si><si><t>tea</t></si></sst>");
    for count in ["", "uniqueCount=\"2\"", "uniqueCount='5000000'", "uniqueCount=\"lots\""] {
        let (tables, _) = read(&by_hand(&rows, &[("xl/sharedStrings.xml", &texts(count))]));
        assert_eq!(tables[0].1[0].keyword, "tea", "{count}");
    }
    for count in [
        "uniqueCount=\"1000000000000000000\"",
        "uniqueCount = '12000000000'",
        "x='1'uniqueCount=\"99999999999\"",
    ] {
        let fault =
            refused(&by_hand(&rows, &[("xl/sharedStrings.xml", &texts(count))]), ImportLimits::default());
        assert!(matches!(fault, ImportError::TooLarge { limit: Limit::Unpacked, .. }), "{count}: {fault:?}");
    }
}

#[test]
fn a_text_that_many_cells_share_is_not_copied_for_each() {
    let long = "x".repeat(1 << 20);
    let texts = |text: &str| format!("<sst><si><t>keyword</t></si><si><t>{text}</t></si></sst>");
    let is = |wanted: Limit, at: u64, file: &[u8], limits| matches!(refused(file, limits), ImportError::TooLarge { limit, line, .. } if limit == wanted && line == Some(at));
    let wide = by_hand(&shared(&[&[0], &[1; 4_000]]), &[("xl/sharedStrings.xml", &texts(&long))]);
    assert!(is(Limit::Row, 2, &wide, ImportLimits::default()));
    let longer = by_hand(&shared(&[&[0], &[1]]), &[("xl/sharedStrings.xml", &texts(&(long.clone() + "x")))]);
    assert!(is(Limit::Cell, 2, &longer, ImportLimits::default()));
    // Nor may many rows make of it what no file may be.
    let long = "x".repeat(64 << 10);
    let rows: Vec<&[usize]> = std::iter::once(&[0, 0][..]).chain([&[0, 1][..]; 50]).collect();
    let high = by_hand(&shared(&rows), &[("xl/sharedStrings.xml", &texts(&long))]);
    assert_eq!(read(&high).0[0].1.len(), 50);
    let limits = ImportLimits { max_bytes: 1 << 20, ..ImportLimits::default() };
    assert!(matches!(refused(&high, limits), ImportError::TooLarge { limit: Limit::Bytes, .. }));
}

#[test]
fn what_is_copied_for_every_reference_is_weighed() {
    let limits = ImportLimits { max_unpacked: 64 << 20, ..ImportLimits::default() };
    let too_much = |parts: &[(&str, &str)]| {
        let fault = refused(&by_hand(&shared(&[]), parts), limits);
        assert!(matches!(fault, ImportError::TooLarge { limit: Limit::Unpacked, .. }), "{fault:?}");
    };
    let name = "x".repeat(1 << 20);
    let formats = r#"<xf fontId="0" numFmtId="170"/>"#.repeat(100);
    too_much(&[(
        "xl/styles.xml",
        &format!(
            r#"<styleSheet><fonts><font><name val="{name}"/></font></fonts><cellXfs>{formats}</cellXfs></styleSheet>"#
        ),
    )]);
    too_much(&[(
        "xl/styles.xml",
        &format!(
            r#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="{name}"/></numFmts><cellXfs>{formats}</cellXfs></styleSheet>"#
        ),
    )]);
    too_much(&[(
        "xl/styles.xml",
        &format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", "<xf/>".repeat(50_000)),
    )]);
    let sheets = r#"<sheet name="S" r:id="s"/>"#.repeat(100);
    too_much(&[
        ("xl/workbook.xml", &format!("<workbook><sheets>{sheets}</sheets></workbook>")),
        ("xl/_rels/workbook.xml.rels", &SHEETS.replace("worksheets/s.xml", &name)),
    ]);
    // Among the sheets, what is held would count as streamed.
    for place in ["xl/worksheets/", "xl/WORKSHEETS/", "xl/&#x77;orksheets/"] {
        let relations = RELATIONS.replace("xl/", place);
        let fault = refused(&by_hand("", &[("_rels/.rels", &relations)]), limits);
        assert!(matches!(fault, ImportError::Workbook { .. }), "{place}: {fault:?}");
    }
}

#[test]
fn no_number_is_trusted() {
    for rows in [
        r#"<row r="9999999999"><c><v>1</v></c></row>"#,
        r#"<row r="4294967295"/><row/><row/>"#,
        r#"<row><c r="A99999999999"><v>1</v></c></row>"#,
        r#"<row><c r="ZZZZZZZZZZ1"><v>1</v></c></row>"#,
        r#"<row><c t="s"><v>99999999999</v></c></row>"#,
    ] {
        let _ = tables(&by_hand(rows, &[]), ImportOptions::default());
    }
    let backwards = r#"<worksheet><dimension ref="C3:A1"/><sheetData/></worksheet>"#;
    let _ = tables(&by_hand("", &[("xl/worksheets/s.xml", backwards)]), ImportOptions::default());
    let brackets = format!(
        r#"<styleSheet><numFmts><numFmt numFmtId="170" formatCode="{}"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>"#,
        "[".repeat(300)
    );
    let _ = tables(&by_hand("", &[("xl/styles.xml", &brackets)]), ImportOptions::default());
}

#[test]
fn too_many_sheets_are_refused() {
    let limits = ImportLimits { max_sheets: 3, ..ImportLimits::default() };
    assert!(matches!(
        refused(&semrush(), limits),
        ImportError::TooLarge { limit: Limit::Sheets, allowed: 3, .. }
    ));
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
