//! One snippet of each tool's export, with the traps it is known for.

use rust_decimal::Decimal;

use crate::pipeline::KeywordStatus;

use super::*;

use crate::pipeline::Intent::{Commercial, Informational, Navigational, Transactional};

#[test]
fn own_format_needs_only_the_keyword() {
    let import = import("keyword\nGreen  Tea\n\nmatcha\n");
    assert_eq!(import.detected.tool, Tool::Own);
    assert_eq!(import.detected.delimiter, Some(Delimiter::Comma));
    assert_eq!(import.detected.header_row, Some(1));
    assert_eq!(import.rows[0].keyword, "Green Tea");
    assert_eq!(import.rows[0].key, "green tea");
    assert_eq!(
        import.rows[1],
        KeywordRow { keyword: "matcha".into(), key: "matcha".into(), ..KeywordRow::default() }
    );
    assert_eq!(import.rows.len(), 2);
}

#[test]
fn own_format_with_every_column() {
    let file = "keyword,volume,difficulty,intent,status,cluster,cpc,country,notes\n\
                tea,\"1,300\",40,\"commercial, informational\",new, Tea ,1.20,us,x\n\
                chai,0,0,,,,,,\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::Own);
    assert_eq!(import.ignored, ["notes"]);
    let tea = import.row("tea");
    assert_eq!((tea.volume, tea.difficulty, tea.volume_source), (Some(1_300), Some(40), VolumeSource::Exact));
    assert_eq!(tea.intents, [Commercial, Informational]);
    assert_eq!(tea.status, Some(KeywordStatus::New));
    assert_eq!(tea.cluster.as_deref(), Some("Tea"));
    assert_eq!(tea.cpc, Some(Decimal::new(120, 2)));
    assert_eq!(tea.country.as_deref(), Some("us"));
    // Zero is a value, empty is none.
    let chai = import.row("chai");
    assert_eq!((chai.volume, chai.difficulty, chai.cpc), (Some(0), Some(0), None));
}

#[test]
fn own_format_in_whatever_case() {
    for header in
        ["Keyword,Volume,Status,Cluster", "KEYWORD,volume,STATUS,Cluster", " Keyword ,Volume,Status,Cluster,"]
    {
        let import = import(format!("{header}\ntea,5,Archived,Drinks\n"));
        assert_eq!(import.detected.tool, Tool::Own, "{header}");
        let tea = import.row("tea");
        assert_eq!((tea.status, tea.cluster.as_deref()), (Some(KeywordStatus::Archived), Some("Drinks")));
    }
    // With a column more it is someone else's, whose statuses are none of ours.
    let other = import("Keyword,Volume,Status,Owner\ntea,5,Done,Ann\n");
    assert_eq!((other.detected.tool, other.row("tea").status), (Tool::Other, None));
}

#[test]
fn semrush_keyword_magic() {
    let file = "\u{feff}Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (EUR),Competitive Density,SERP Features,Number of Results\r\n\
                menopause,Informational,165000,\"0.81,1.00\",100,1.26,0.09,\"Sitelinks, Image\",203000000\r\n\
                menopause pills,\"Informational, Commercial\",\"1,300\",\"1,1\",85.18,0.5,0.1,,1\r\n\
                recipes for menopausal women,,30,,,0,1,,\r\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::SemrushKeywordMagic);
    assert_eq!(import.ignored, ["Trend", "Competitive Density", "SERP Features", "Number of Results"]);
    assert_eq!(import.volumes(), [Some(165_000), Some(1_300), Some(30)]);
    let pills = import.row("menopause pills");
    assert_eq!(pills.difficulty, Some(85));
    assert_eq!(pills.intents, [Informational, Commercial]);
    assert_eq!(pills.cpc, Some(Decimal::new(5, 1)));
    let recipes = import.row("recipes for menopausal women");
    assert_eq!((recipes.difficulty, recipes.intents.len()), (None, 0));
    assert!(import.rejected.is_empty());
}

#[test]
fn semrush_keyword_magic_with_columns_switched_off() {
    let import = import("Keyword,Volume,Keyword Difficulty\ntea,10,n/a\n");
    assert_eq!(import.detected.tool, Tool::SemrushKeywordMagic);
    assert_eq!((import.rows[0].volume, import.rows[0].difficulty), (Some(10), None));
}

#[test]
fn semrush_strategy_builder() {
    let file = "Database,Keyword,Seed keyword,Page,Topic,Page type,Tags,Volume,Keyword Difficulty,CPC (USD),Competitive Density,Number of Results,Intent,SERP Features,Trend,Click potential,Content references,Competitors\n\
                us,hot flashes,menopause,Hot flashes,Symptoms,Sub page,,40500,84,0.97,0.1,1,\"Commercial, Informational\",,,,\"https://a.example\n\
                https://b.example\",\"x\n\
                y\"\n\
                us,night sweats,menopause,-,Symptoms,Sub page,,-,,,,,,,,,,\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::SemrushStrategyBuilder);
    assert!(import.rejected.is_empty(), "{:?}", import.rejected);
    let flashes = import.row("hot flashes");
    assert_eq!(flashes.cluster.as_deref(), Some("Hot flashes"));
    assert_eq!(flashes.country.as_deref(), Some("us"));
    assert_eq!(flashes.volume, Some(40_500));
    assert_eq!(flashes.intents, [Commercial, Informational]);
    assert_eq!(import.row("night sweats").cluster, None);
}

#[test]
fn semrush_api() {
    let file = "database;Keyword;Search Volume;Keyword Difficulty Index;Intent\n\
                us;menopause, early;1300;85.5;1,0\n\
                us;buy tea;20;;3\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::SemrushApi);
    assert_eq!(import.detected.delimiter, Some(Delimiter::Semicolon));
    let early = import.row("menopause, early");
    assert_eq!((early.volume, early.difficulty), (Some(1_300), Some(86)));
    assert_eq!(early.intents, [Informational, Commercial]);
    assert_eq!(early.country.as_deref(), Some("us"));
    assert_eq!(import.row("buy tea").intents, [Transactional]);
}

#[test]
fn semrush_positions_repeats_keywords() {
    let file = "Keyword,Position,Previous position,Search Volume,Keyword Difficulty,CPC,URL,Traffic,Traffic (%),Traffic Cost,Competition,Number of Results,Trends,Timestamp,SERP Features by Keyword,Keyword Intents,Position Type\n\
                tea,1,2,1000,50,0.3,https://a.example/1,10,0.5,3,0.99,5,,2026-01-01,,informational,Organic\n\
                tea,7,9,1000,50,0.3,https://a.example/2,1,0.1,0,0.99,5,,2026-01-01,,commercial,Organic\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::SemrushPositions);
    assert_eq!(import.rows.len(), 2);
    let tea = better(&import.rows[0], &import.rows[1]);
    assert_eq!((tea.volume, tea.difficulty), (Some(1_000), Some(50)));
    assert_eq!(tea.intents, [Informational, Commercial]);
    assert!(import.ignored.contains(&"URL".to_owned()));
    assert!(import.ignored.contains(&"Competition".to_owned()));
}

#[test]
fn ahrefs_keywords_explorer() {
    let columns = [
        "#",
        "Keyword",
        "Country",
        "Difficulty",
        "Volume",
        "CPC",
        "CPS",
        "Parent Keyword",
        "Last Update",
        "SERP Features",
        "Global volume",
        "Traffic potential",
        "Global traffic potential",
        "First seen",
        "Intents",
    ];
    let rows = [
        [
            "1",
            "green tea",
            "us",
            "71",
            "90000",
            "0.8",
            "0.7",
            "green tea",
            "2026-01-02",
            "Image",
            "400000",
            "5",
            "6",
            "2015-01-01",
            "Informational,Non-branded,Non-local",
        ],
        [
            "2",
            "lipton",
            "us",
            "",
            "",
            "",
            "",
            "lipton",
            "",
            "",
            "120000",
            "",
            "",
            "",
            "Branded,Navigational,Transactional",
        ],
    ];
    let with = |delimiter: &str| {
        let mut lines = vec![columns.join(delimiter)];
        lines.extend(rows.iter().map(|row| row.map(|cell| format!("\"{cell}\"")).join(delimiter)));
        lines.join("\r\n")
    };
    for (import, delimiter, encoding) in [
        (import(with(",")), Delimiter::Comma, TextEncoding::Utf8),
        (import(utf16le(&with("\t"))), Delimiter::Tab, TextEncoding::Utf16Le),
    ] {
        assert_eq!(import.detected.tool, Tool::AhrefsKeywordsExplorer);
        assert_eq!(import.detected.delimiter, Some(delimiter));
        assert_eq!(import.detected.encoding, encoding);
        let tea = import.row("green tea");
        assert_eq!((tea.volume, tea.difficulty), (Some(90_000), Some(71)));
        assert_eq!(tea.intents, [Informational]);
        assert_eq!(tea.country.as_deref(), Some("us"));
        assert_eq!(tea.cluster, None);
        // The global volume does not stand in for the missing one.
        let lipton = import.row("lipton");
        assert_eq!((lipton.volume, lipton.volume_source), (None, VolumeSource::None));
        assert_eq!(lipton.intents, [Navigational, Transactional]);
        assert!(import.ignored.contains(&"Global volume".to_owned()));
    }
}

#[test]
fn ahrefs_keywords_explorer_of_2020() {
    let file = "#,Keyword,Country,Difficulty,Volume,CPC,Clicks,CPS,Return Rate,Parent Keyword,Last Update,SERP Features\n\
                1,tea,gb,50,1000,1.1,900,0.9,1.2,tea,2020-05-01,\n";
    let import = import(file);
    assert_eq!(import.detected.tool, Tool::AhrefsKeywordsExplorer);
    assert_eq!((import.rows[0].volume, import.rows[0].difficulty), (Some(1_000), Some(50)));
}

#[test]
fn ahrefs_organic_keywords() {
    let file = "Keyword\tVolume\tKD\tCPC\tCurrent position\tPrevious position\tBranded\tLocal\tInformational\tCommercial\tTransactional\tNavigational\n\
                tea shop\t500\t12\t0.40\t3\t4\tfalse\ttrue\tfalse\ttrue\ttrue\tfalse\n\
                what is tea\t900\t\t\t1\t1\tfalse\tfalse\ttrue\tfalse\tfalse\tfalse\n";
    let import = import(utf16le(file));
    assert_eq!(import.detected.tool, Tool::AhrefsOrganicKeywords);
    let shop = import.row("tea shop");
    assert_eq!((shop.volume, shop.difficulty), (Some(500), Some(12)));
    assert_eq!(shop.intents, [Commercial, Transactional]);
    assert_eq!(import.row("what is tea").intents, [Informational]);
    assert_eq!(import.ignored, ["Current position", "Previous position", "Branded", "Local"]);
}

/// Keyword Planner's file: two lines before the header, UTF-16LE, tabs.
fn planner(rows: &[[&str; 5]]) -> Import {
    let mut file = "Keyword Stats 2026-02-01 at 10_11_12\n\"January 1, 2025 - December 31, 2025\"\n\
                    Keyword\tCurrency\tAvg. monthly searches\tThree month change\tYoY change\tCompetition\tCompetition (indexed value)\t\
                    Top of page bid (low range)\tTop of page bid (high range)\tAd impression share\tOrganic impression share\tOrganic average position\t\
                    In account?\tIn plan?\tSearches: Jan 2025\tSearches: Feb 2025\n"
        .to_owned();
    for [keyword, volume, competition, january, february] in rows {
        file.extend(format!(
            "{keyword}\tUSD\t{volume}\t0%\t-10%\t{competition}\t95\t\"1,10\"\t2.20\t\t\t\tN\tN\t{january}\t{february}\n"
        ).chars());
    }
    import(utf16le(&file))
}

#[test]
fn google_keyword_planner_ranges() {
    let import = planner(&[
        ["tea", "1K – 10K", "High", "", ""],
        ["chai", "1\u{a0}000\u{a0}–\u{a0}10\u{a0}000", "Low", "", ""],
        ["mate", "", "", "", ""],
    ]);
    assert_eq!(import.detected.tool, Tool::GoogleKeywordPlanner);
    assert_eq!(import.detected.encoding, TextEncoding::Utf16Le);
    assert_eq!(import.detected.delimiter, Some(Delimiter::Tab));
    assert_eq!(import.detected.header_row, Some(3));
    for key in ["tea", "chai"] {
        let row = import.row(key);
        assert_eq!((row.volume, row.volume_low, row.volume_high), (None, Some(1_000), Some(10_000)));
        assert_eq!(row.volume_source, VolumeSource::Range);
        assert_eq!(row.difficulty, None);
    }
    assert_eq!(import.row("mate").volume_source, VolumeSource::None);
    assert!(import.ignored.contains(&"Competition (indexed value)".to_owned()));
}

#[test]
fn google_keyword_planner_buckets_are_ranges_only_without_months() {
    let import = planner(&[
        ["bucket", "500", "High", "", ""],
        ["zero", "0", "", "", ""],
        ["exact", "500", "High", "480", "520"],
        ["odd", "720", "High", "", ""],
    ]);
    let figures = |key: &str| {
        let row = import.row(key);
        (row.volume, row.volume_low, row.volume_high)
    };
    assert_eq!(figures("bucket"), (None, Some(100), Some(1_000)));
    assert_eq!(figures("zero"), (None, Some(0), Some(10)));
    assert_eq!(figures("exact"), (Some(500), None, None));
    assert_eq!(figures("odd"), (Some(720), None, None));
}

#[test]
fn google_keyword_planner_of_2018() {
    let file =
        "Keyword\tCurrency\tMin search volume\tMax search volume\tCompetition\ntea\tUSD\t1000\t10000\t0.9\n";
    let import = import(utf16le(file));
    assert_eq!(import.detected.tool, Tool::GoogleKeywordPlanner);
    let tea = import.row("tea");
    assert_eq!((tea.volume_low, tea.volume_high), (Some(1_000), Some(10_000)));
    assert_eq!(tea.volume_source, VolumeSource::Range);
}

#[test]
fn google_search_console() {
    let import =
        import("Top queries,Clicks,Impressions,CTR,Position\nhow to brew tea,1200,2631,45.61%,1.2\n");
    assert_eq!(import.detected.tool, Tool::GoogleSearchConsole);
    let row = &import.rows[0];
    assert_eq!((row.volume, row.volume_source), (Some(2_631), VolumeSource::Impressions));
    assert_eq!(import.ignored, ["Clicks", "CTR", "Position"]);
}

#[test]
fn other_tables_are_read_by_common_names() {
    let import = import("sep=;\r\nSEARCH  TERM;search_volume;Kd (%);Notes\r\nth\u{e9};1 300;40;x\r\n");
    assert_eq!(import.detected.tool, Tool::Other);
    assert_eq!(import.detected.header_row, Some(2));
    let row = import.row("thé");
    assert_eq!((row.volume, row.difficulty), (Some(1_300), Some(40)));
}

#[test]
fn the_header_row_is_the_one_most_is_understood_of() {
    let file =
        "Keyword\nreport of May, all countries\n\nKeyword;Volume;Intent\nkeyword;5;commercial\nvolume;6;\n";
    let import = import(file);
    assert_eq!(import.detected.header_row, Some(4));
    assert_eq!(import.detected.delimiter, Some(Delimiter::Semicolon));
    assert_eq!(import.volumes(), [Some(5), Some(6)]);
}

#[test]
fn a_plain_list_may_hold_commas() {
    let import = import("keywords\nshoes, red\nshoes\nshoes, blue\n");
    assert_eq!(import.rows.len(), 3, "{:?}", import.rejected);
    assert_eq!(import.rows[0].keyword, "shoes, red");
}

#[test]
fn windows_1252_is_read() {
    let import = import(b"Keyword;Volume\ncaf\xe9 cr\xe8me;10\n\x80uro;20\n");
    assert_eq!(import.detected.encoding, TextEncoding::Windows1252);
    assert_eq!(import.rows[0].key, "café crème");
    assert_eq!(import.rows[1].key, "€uro");
}

#[test]
fn a_mapping_beats_detection() {
    let file = "Suchbegriff,Volume,Global,Competition\ntea,5,70,9\n";
    let mapping = ColumnMapping::new()
        .with(Column::Keyword, "SUCHBEGRIFF ")
        .with(Column::Volume, 3)
        .with(Column::Difficulty, "competition");
    let json = serde_json::to_string(&mapping).unwrap();
    assert_eq!(
        json,
        r#"{"columns":{"keyword":"SUCHBEGRIFF ","volume":3,"difficulty":"competition"},"headless":false}"#
    );
    assert_eq!(serde_json::from_str::<ColumnMapping>(&json).unwrap(), mapping);
    let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::default() };
    let import = import_with(file.as_bytes(), options).unwrap();
    assert_eq!((import.rows[0].volume, import.rows[0].difficulty), (Some(70), Some(9)));
    assert_eq!(import.ignored, ["Volume"]);
}

#[test]
fn a_mapping_can_leave_a_column_out() {
    let mapping: ColumnMapping = serde_json::from_str(r#"{"columns":{"difficulty":null}}"#).unwrap();
    let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::default() };
    let import = import_with(b"keyword,difficulty\ntea,very\n", options).unwrap();
    assert_eq!(import.rows[0].difficulty, None);
    assert_eq!(import.ignored, ["difficulty"]);
}

#[test]
fn a_file_may_have_no_header() {
    let mapping = ColumnMapping::new().headless().with(Column::Volume, 2);
    let options = ImportOptions { mapping: Some(mapping), ..ImportOptions::default() };
    let import = import_with(b"tea\t10\nmatcha\t20\n", options).unwrap();
    assert_eq!(import.detected.header_row, None);
    assert_eq!(import.volumes(), [Some(10), Some(20)]);
}

#[test]
fn what_was_understood_reads_as_documented() {
    let reader = KeywordReader::open(&b"keyword,volume,note\n"[..], ImportOptions::default()).unwrap();
    assert_eq!(
        serde_json::to_value(TableReport::of(Some("tea.csv"), &reader)).unwrap(),
        serde_json::json!({
            "file": "tea.csv",
            "detected": {"tool": "own", "encoding": "UTF-8", "delimiter": ",", "header_row": 1},
            "columns": [
                {"column": "keyword", "header": "keyword", "position": 1},
                {"column": "volume", "header": "volume", "position": 2},
            ],
            "ignored_columns": ["note"],
            "rows": 0,
            "rejected": 0,
        })
    );
    assert_eq!(
        serde_json::to_value(&import("keyword,volume\ntea,x\n").rejected[0]).unwrap(),
        serde_json::json!({
            "row": 2, "column": "volume", "value": "x",
            "reason": "a number is expected, such as 1300, 1,300, 1.2K or 1K – 10K",
        })
    );
}

#[test]
fn a_status_is_ours_in_the_own_format_only() {
    let own = import("keyword,status\ntea,archived\nchai,enabled\n");
    assert_eq!(own.rows[0].status, Some(KeywordStatus::Archived));
    assert_eq!((own.rejected.len(), own.rejected[0].row, own.rejected[0].column.as_str()), (1, 3, "status"));
    let foreign = import("Keyword,Status\ntea,enabled\n");
    assert_eq!((foreign.rows[0].status, foreign.ignored), (None, vec!["Status".to_owned()]));
}
