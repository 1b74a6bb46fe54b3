//! Files that are damaged, hostile or something else: each gives a typed error or rejected rows.

use std::io::{self, Read};

use proptest::prelude::*;

use super::*;

#[test]
fn empty_files() {
    for file in ["", "\u{feff}", " \r\n\n\t", "\0\0\0\0\0\0"] {
        assert!(matches!(fault(file), ImportError::Empty), "{file:?}");
    }
    assert!(import("keyword,volume\n").rows.is_empty());
}

#[test]
fn archives_and_noise() {
    assert!(matches!(fault(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), ImportError::OldWorkbook));
    assert!(matches!(fault(b"\x1f\x8b\x08\x00"), ImportError::Binary { .. }));
    let noise: Vec<u8> = (0..4_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    assert!(matches!(fault(noise), ImportError::Binary { .. }));
}

#[test]
fn no_keyword_column_says_what_was_seen() {
    let ImportError::NoKeywordColumn { headers, accepted } = fault("title\nName|Volume,Price\n1,2\n") else {
        panic!("another error is expected");
    };
    assert_eq!(headers, ["Name|Volume", "Price"]);
    assert!(accepted.contains(&"Top queries"));
    let message = fault("Keyword|Volume\ntea|10\n").to_string();
    assert!(message.contains("`Keyword|Volume`") && message.contains("comma, semicolon or tab"), "{message}");
    let late = "x,y\n".repeat(40) + "keyword,volume\ntea,1\n";
    assert!(matches!(fault(late), ImportError::NoKeywordColumn { .. }));
    let just_in_time = "x,y\n".repeat(39) + "keyword,volume\ntea,1\n";
    assert_eq!(import(just_in_time).detected.header_row, Some(40));
}

#[test]
fn a_mapping_that_does_not_fit() {
    let mapping = ColumnMapping::new().with(Column::Volume, "Searches per month");
    let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::default() };
    let Err(ImportError::Mapping { column, headers, .. }) = import_with(b"keyword,volume\ntea,1\n", options)
    else {
        panic!("another outcome is expected");
    };
    assert_eq!((column, headers), (Column::Volume, vec!["keyword".to_owned(), "volume".to_owned()]));
    for mapping in [
        ColumnMapping::new().with(Column::Volume, 9),
        ColumnMapping::new().with(Column::Keyword, 0),
        ColumnMapping::new().headless().with(Column::Keyword, "keyword"),
    ] {
        let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::default() };
        let outcome = import_with(b"keyword,volume\ntea,1\n", options);
        assert!(matches!(outcome, Err(ImportError::Mapping { .. })));
    }
}

#[test]
fn bad_rows_are_reported_and_skipped() {
    let file = "Keyword,Volume,Keyword Difficulty,Intent,CPC,Country\n\
                ok,1,2,Informational,free,us\n\
                ,5,5,,,\n\
                ,,,,,\n\
                text volume,many,5,,,\n\
                negative,-5,5,,,\n\
                too hard,5,101,,,\n\
                unknown intent,5,5,Curious,,\n\
                shoes, red,5,5,Informational,1,us\n\
                short row,7\n\
                trailing,8,,,,,,,\n\
                Keyword,Volume,Keyword Difficulty,Intent,CPC,Country\n";
    let import = import(file);
    let keys: Vec<&str> = import.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["ok", "short row", "trailing"]);
    // A price is not worth a keyword.
    assert_eq!(import.rows[0].cpc, None);
    let rejected: Vec<(u64, &str, &str)> = import
        .rejected
        .iter()
        .map(|rejection| (rejection.row, rejection.column.as_str(), rejection.value.as_str()))
        .collect();
    assert_eq!(
        rejected,
        [
            (3, "Keyword", ""),
            (5, "Volume", "many"),
            (6, "Volume", "-5"),
            (7, "Keyword Difficulty", "101"),
            (8, "Intent", "Curious"),
            (9, "column 7", "us"),
            (12, "Volume", "Volume"),
        ]
    );
    assert!(import.rejected[4].reason.contains("navigational"));
    assert!(import.rejected[5].reason.contains("quotes"));
}

#[test]
fn long_values_are_cut_in_the_report() {
    let file = format!("keyword,volume\n{},1\ntea,{}\n", "é".repeat(300), "9".repeat(5_000));
    let import = import(file);
    assert_eq!(import.rejected[0].value.chars().count(), 81);
    assert!(import.rejected[0].reason.contains("300 characters"));
    assert!(import.rejected[1].value.ends_with('…'));
}

#[test]
fn nul_bytes_reject_their_rows() {
    let import = import("keyword,volume,cluster\nte\0a,1,x\nok,2,x\nchai,3\0,x\nmate,4,\0y\n");
    assert_eq!(import.rows.len(), 1);
    let columns: Vec<&str> = import.rejected.iter().map(|rejection| rejection.column.as_str()).collect();
    assert_eq!(columns, ["keyword", "volume", "cluster"]);
}

#[test]
fn broken_utf8_rejects_its_rows() {
    let import = import(b"keyword,volume,notes\ncaf\xc3\xa9,1,\nbr\xffken,2,\nfine,3,\xff\n");
    assert_eq!(import.detected.encoding, TextEncoding::Utf8);
    assert_eq!(import.rows.len(), 2);
    assert_eq!(import.rejected[0].row, 3);
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend_from_slice(&[0xff; 400]);
    assert!(matches!(fault(marked), ImportError::NotText { encoding: TextEncoding::Utf8 }));
}

#[test]
fn broken_utf16_rejects_its_rows() {
    let mut file = utf16le("keyword\tvolume\nfine\t1\nbro");
    file.extend_from_slice(&[0x00, 0xdc]);
    file.extend("ken\t2\nalso fine\t3\n".encode_utf16().flat_map(u16::to_le_bytes));
    file.push(b'x');
    let import = import(file);
    let keys: Vec<&str> = import.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["fine", "also fine"]);
    assert_eq!(import.rejected.len(), 2);
    let mut noise = vec![0xff, 0xfe];
    noise.extend_from_slice(&[0x00, 0xdc].repeat(300));
    assert!(matches!(fault(noise), ImportError::NotText { encoding: TextEncoding::Utf16Le }));
}

#[test]
fn a_forgotten_quote_is_noticed() {
    let open = import("keyword,volume\ntea,1\n\"chai,2\nmate,3\n");
    assert_eq!((open.rows.len(), open.rejected.len()), (1, 1));
    assert_eq!(open.rejected[0].row, 3);
    assert!(open.rejected[0].reason.contains("never closed"));
    // Closed by a later quote: the rows between must not vanish into a keyword.
    for file in [
        "keyword,volume\n\"chai,2\nmate,3\n\"milk\",4\ntea,1\n",
        "keyword,volume\n\"chai,2\nmate,3\nmilk\"\ntea,1\n",
        "keyword\n\"chai\nmate\nmilk\"\ntea\n",
    ] {
        let import = import(file);
        assert_eq!((import.rows.len(), import.rejected.len()), (1, 1), "{file}");
        assert_eq!(import.rejected[0].row, 2);
    }
    let folded = super::import("keyword,volume\n\"iced\ntea\",4\n");
    assert_eq!(folded.rows[0].key, "iced tea");
}

#[test]
fn too_much_of_anything() {
    let wide = format!("keyword{}\ntea\n", ",c".repeat(200_000));
    assert!(matches!(fault(&wide), ImportError::TooLarge { limit: Limit::Columns, line: Some(1), .. }));
    let tabs = wide.replace(',', "\t");
    assert!(matches!(fault(tabs), ImportError::TooLarge { limit: Limit::Columns, .. }));
    let wide_row = format!("keyword\nchai\ntea{}\n", ",".repeat(200_000));
    assert!(matches!(fault(wide_row), ImportError::TooLarge { limit: Limit::Columns, .. }));
    let cell = format!("keyword,notes\ntea,{}\n", "x".repeat(3 << 20));
    assert!(matches!(fault(cell), ImportError::TooLarge { limit: Limit::Cell, line: Some(2), .. }));
    let one = "x".repeat(30 << 20);
    assert!(matches!(fault(one), ImportError::TooLarge { limit: Limit::Cell, line: Some(1), .. }));
    let limits = ImportLimits { max_rows: 2, ..ImportLimits::default() };
    let few = ImportOptions { limits, mapping: None };
    assert!(import_with(b"keyword\na\nb\n", few.clone()).is_ok());
    let Err(error) = import_with(b"keyword\na\nb\nc\n", few) else { panic!("an error is expected") };
    assert_eq!(
        error.to_string(),
        "line 4: the file has too many rows (the limit is 2): split the file, or raise the limit"
    );
}

#[test]
fn a_reader_that_fails_is_an_error() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("gone"));
            }
            self.0 -= 1;
            let rows = b"keyword\n".repeat(1_000);
            buffer[..rows.len()].copy_from_slice(&rows);
            Ok(rows.len())
        }
    }
    assert!(matches!(
        KeywordReader::open(Failing(0), ImportOptions::default()),
        Err(ImportError::Io { bytes_read: 0, .. })
    ));
    let mut reader = KeywordReader::open(Failing(3), ImportOptions::default()).unwrap();
    let outcome = reader.next_batch(10_000, &mut |_| {});
    assert!(matches!(outcome, Err(ImportError::Io { bytes_read: 24_000, .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = import_with(&bytes, ImportOptions::default());
    }

    #[test]
    fn no_table_makes_it_panic(
        header in "(keyword|Keyword;Volume|Keyword\tAvg. monthly searches\tSearches: Jan 2026|Keyword,Branded,Commercial)\n",
        body in proptest::collection::vec(
            prop_oneof![
                proptest::string::string_regex("[a-zé0-9 ,;\t\"'\n\r.K–%=+@-]{0,30}").unwrap().prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..8),
            ],
            0..12,
        ),
        wide: bool,
    ) {
        let mut file = header.into_bytes();
        file.extend(body.concat());
        if wide {
            file = utf16le(&String::from_utf8_lossy(&file));
        }
        let limits = ImportLimits { max_columns: 6, max_cell: 40, max_row: 80, max_rows: 20, max_bytes: 400, ..ImportLimits::default() };
        let _ = import_with(&file, ImportOptions { limits, mapping: None });
        let _ = import_with(&file, ImportOptions::default());
    }
}
