//! Imports as a host makes them: several files at once, workbooks, dry runs with a preview, progress.

use std::collections::BTreeMap;

use igny8_core::Error;
use igny8_core::exchange::{Column, ImportError, Tool};
use igny8_core::sdk::{ImportRequest, ImportStep};
use igny8_tests::Desk;
use rust_xlsxwriter::Workbook;

/// A Search Console export: impressions only.
const CONSOLE: &str =
    "Top queries,Clicks,Impressions,CTR,Position\ngreen tea,5,120,4.1%,3.2\noolong,1,80,1%,9\n";

/// A Semrush export as a workbook, its numbers as numbers.
fn semrush() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Keywords").unwrap();
    for (column, header) in (0_u16..).zip(["Keyword", "Intent", "Volume", "Keyword Difficulty", "Trend"]) {
        sheet.write(0, column, header).unwrap();
    }
    for (row, (keyword, volume)) in (1_u32..).zip([("Green Tea", 9_900), ("matcha", 5_400)]) {
        sheet.write(row, 0, keyword).unwrap().write(row, 1, "Informational").unwrap();
        sheet.write(row, 2, volume).unwrap().write(row, 3, 41).unwrap();
    }
    sheet.write(3, 0, "chai").unwrap().write(3, 2, "lots").unwrap();
    workbook.add_worksheet().set_name("About").unwrap().write(0, 0, "Made by Semrush").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[tokio::test]
async fn several_files_are_one_import() {
    let desk = Desk::in_memory(|builder| builder).await;
    let workbook = semrush();
    let length = (workbook.len() + CONSOLE.len()) as u64;
    let mut steps: Vec<ImportStep> = Vec::new();
    let request = ImportRequest::into_sector(desk.home.sector)
        .file("semrush.xlsx", &workbook[..])
        .file("console.csv", CONSOLE.as_bytes())
        .on_step(|step| steps.push(step));
    let report = desk.igny8.keywords(&desk.scope).import(request).await.unwrap();
    assert_eq!((report.created, report.updated, report.duplicates), (3, 0, 1));
    assert_eq!(report.skipped_sheets, ["About"]);
    let [semrush, console] = &report.tables[..] else { panic!("two tables") };
    assert_eq!((semrush.file.as_deref(), semrush.sheet.as_deref()), (Some("semrush.xlsx"), Some("Keywords")));
    assert_eq!((semrush.detected.tool, semrush.rows, semrush.rejected), (Tool::SemrushKeywordMagic, 3, 1));
    assert_eq!((console.detected.tool, console.rows), (Tool::GoogleSearchConsole, 2));
    assert_eq!(semrush.ignored_columns, ["Trend"]);
    let found: Vec<Column> = console.columns.iter().map(|column| column.column).collect();
    assert_eq!(found, [Column::Keyword, Column::Impressions]);
    let refused = &report.rejected[0];
    assert_eq!(
        (refused.row, refused.sheet.as_deref(), refused.file.as_deref()),
        (4, Some("Keywords"), Some("semrush.xlsx"))
    );
    assert_eq!(steps.last(), Some(&ImportStep { bytes: length, rows: 5 }));
    // Semrush's number beats Search Console's impressions, whichever comes first.
    let keywords = desk.all_keywords().await;
    let volumes: BTreeMap<&str, Option<u32>> =
        keywords.iter().map(|keyword| (keyword.keyword.as_str(), keyword.volume)).collect();
    let expected = [("Green Tea", Some(9_900)), ("matcha", Some(5_400)), ("oolong", Some(80))];
    assert_eq!(volumes, BTreeMap::from(expected));
}

#[tokio::test]
async fn a_dry_run_shows_what_would_come_and_leaves_nothing() {
    let desk = Desk::in_memory(|builder| builder).await;
    desk.keywords(&["matcha"]).await;
    let request =
        || ImportRequest::into_sector(desk.home.sector).file("semrush.xlsx", std::io::Cursor::new(semrush()));
    let room = desk.igny8.keywords(&desk.scope);
    let report = room.import(request().dry_run().preview(1)).await.unwrap();
    assert_eq!((report.created, report.updated, report.rejected_total), (1, 1, 1));
    let [first] = &report.tables[0].preview[..] else { panic!("one row is previewed") };
    assert_eq!(
        (first.keyword.as_str(), first.volume, first.difficulty),
        ("Green Tea", Some(9_900), Some(41))
    );
    assert_eq!(desk.all_keywords().await.len(), 1);
    let report = room.import(request()).await.unwrap();
    assert_eq!((report.created, report.updated, report.tables[0].preview.len()), (1, 1, 0));
}

#[tokio::test]
async fn one_bad_file_of_several_imports_nothing() {
    let desk = Desk::in_memory(|builder| builder).await;
    let room = desk.igny8.keywords(&desk.scope);
    let request = ImportRequest::into_sector(desk.home.sector)
        .file("console.csv", CONSOLE.as_bytes())
        .file("prices.csv", &b"title,price\nx,1\n"[..]);
    let Err(Error::Import(ImportError::InFile { name, source })) = room.import(request).await else {
        panic!("the second file has no keyword column");
    };
    assert_eq!(name, "prices.csv");
    assert!(matches!(*source, ImportError::NoKeywordColumn { .. }));
    assert!(desk.all_keywords().await.is_empty());
    let none = room.import(ImportRequest::into_sector(desk.home.sector)).await;
    assert!(matches!(none, Err(Error::Invalid(_))), "{none:?}");
}
