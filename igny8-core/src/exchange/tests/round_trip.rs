//! What is exported comes back the same, whatever the rows.

use crate::pipeline::{Intent, KeywordStatus};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

fn export(rows: &[KeywordRow], options: ExportOptions) -> Vec<u8> {
    let mut writer = KeywordWriter::new(Vec::new(), options).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    writer.finish().unwrap()
}

fn keyword() -> impl Strategy<Value = (String, String)> {
    let text = prop_oneof![
        "[-=+@'\"\\t\\r\\n ,;a-c–—]{1,12}",
        "\\PC{1,20}",
        "(n/a|N/A|-|keyword|true|10|=1\\+1|'=x)",
    ];
    text.prop_filter_map("no keyword", |text| normalize_keyword(&text).ok())
}

/// Texts that are not blank, as no text of a row is.
fn name() -> impl Strategy<Value = Option<String>> {
    let text = prop_oneof!["[-=+@'\"\\t\\r\\n ,;a-c]{1,12}", "\\PC{1,20}", "(n/a|-|—|'=x|''@)"];
    proptest::option::of(text.prop_filter("blank", |text| !text.trim().is_empty()))
}

fn figures() -> impl Strategy<Value = (VolumeSource, Option<u32>, Option<u32>, Option<u32>)> {
    prop_oneof![
        Just((VolumeSource::None, None, None, None)),
        any::<u32>().prop_map(|volume| (VolumeSource::Exact, Some(volume), None, None)),
        any::<u32>().prop_map(|volume| (VolumeSource::Impressions, Some(volume), None, None)),
        (any::<u32>(), any::<u32>()).prop_map(|(shown, low)| (
            VolumeSource::Impressions,
            Some(shown),
            Some(low),
            Some(u32::MAX)
        )),
        (any::<u32>(), any::<u32>(), any::<Option<u32>>()).prop_map(|(one, other, volume)| {
            let source = if volume.is_some() { VolumeSource::Exact } else { VolumeSource::Range };
            (source, volume, Some(one.min(other)), Some(one.max(other)))
        }),
        any::<u32>().prop_map(|low| (VolumeSource::Range, None, Some(low), None)),
    ]
}

fn intents() -> impl Strategy<Value = Vec<Intent>> {
    let all = vec![Intent::Informational, Intent::Navigational, Intent::Commercial, Intent::Transactional];
    (Just(all).prop_shuffle(), 0..=4_usize).prop_map(|(mut intents, kept)| {
        intents.truncate(kept);
        intents
    })
}

fn price() -> impl Strategy<Value = Option<Decimal>> {
    let price = (0..=i128::from(u64::MAX), 0..=28_u32)
        .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale));
    proptest::option::of(price)
}

prop_compose! {
    fn any_row()(
        (keyword, key) in keyword(),
        (volume_source, volume, volume_low, volume_high) in figures(),
        difficulty in proptest::option::of(0..=100_u8),
        intents in intents(),
        cpc in price(),
        (country, cluster) in (name(), name()),
        status in proptest::option::of(proptest::sample::select(KeywordStatus::ALL.to_vec())),
        serp_urls in proptest::collection::vec("[-=+@'\"a-z:/.,;]{1,12}", 0..4),
    ) -> KeywordRow {
        KeywordRow {
            keyword, key, volume, volume_low, volume_high, volume_source, difficulty, intents, cpc, country, status, cluster, serp_urls,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_come_back_the_same(rows in proptest::collection::vec(any_row(), 0..8), defuse: bool) {
        let file = export(&rows, ExportOptions { defuse, ..ExportOptions::default() });
        let import = import(&file);
        prop_assert_eq!(&import.rejected, &[]);
        prop_assert_eq!(import.detected.tool, Tool::Own);
        prop_assert_eq!(import.rows, rows);
    }

    #[test]
    fn eight_columns_hold_rows_that_need_no_more(rows in proptest::collection::vec(any_row(), 0..8)) {
        let rows: Vec<KeywordRow> = rows.into_iter().filter(|row| !row.needs_extra_columns()).collect();
        let file = export(&rows, ExportOptions { extra_columns: false, ..ExportOptions::default() });
        prop_assert!(file.starts_with(b"keyword,volume,difficulty,intent,status,cluster,cpc,country\n"));
        prop_assert_eq!(import(&file).rows, rows);
    }

    #[test]
    fn no_defused_cell_runs_as_a_formula(rows in proptest::collection::vec(any_row(), 1..8)) {
        let file = export(&rows, ExportOptions::default());
        for record in csv::Reader::from_reader(&file[..]).records() {
            for cell in &record.unwrap() {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            }
        }
    }
}

#[test]
fn a_range_fits_eight_columns_too() {
    let row = KeywordRow {
        keyword: "tea".into(),
        key: "tea".into(),
        volume_low: Some(1_000),
        volume_high: Some(10_000),
        volume_source: VolumeSource::Range,
        ..KeywordRow::default()
    };
    let file = export(
        std::slice::from_ref(&row),
        ExportOptions { extra_columns: false, ..ExportOptions::default() },
    );
    assert_eq!(import(file).rows, [row]);
}
