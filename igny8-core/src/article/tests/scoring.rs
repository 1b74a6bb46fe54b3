//! One fault at a time in an otherwise perfect article: exactly its check must fail.

use crate::article::SeoCheckName::{self, *};
use crate::article::{SeoInput, SeoReport, seo_report};

#[derive(Clone)]
struct Sample {
    title: String,
    html: String,
    meta_title: String,
    meta_description: String,
    primary_keyword: String,
    secondary_keywords: Vec<String>,
    target_words: Option<u32>,
}

const FILLER: &str = "The roots need air and room to grow. Water runs off when the ground is too hard. Add some old leaves and turn them in \
                      with a fork. Worms will do the rest of the work for you. Check the bed each week and pull the weeds while they are small. ";

impl Sample {
    /// About 420 words without a fault.
    fn perfect() -> Self {
        let section = format!("<p>{FILLER}</p><p>{FILLER}</p>");
        Self {
            title: "Raised Garden Beds: A Simple Guide".into(),
            html: format!(
                "<p>A raised garden bed is the best way to start. It warms up early in spring and drains well.</p>\
                 <h2>Why raised garden beds work</h2>{section}<h3>Cedar planks</h3>{section}\
                 <h2>Fill it well</h2>{section}<p>A raised garden bed lasts for years. Read our \
                 <a href=\"/compost\">guide to compost</a> next.</p><img src=\"/bed.jpg\" alt=\"A raised bed of cedar\">"
            ),
            meta_title: "Raised Garden Beds: A Simple Guide".into(),
            meta_description: "Learn how to build and fill a raised garden bed that warms up early, drains well and lasts for years.".into(),
            primary_keyword: "raised garden bed".into(),
            secondary_keywords: vec!["cedar plank".into(), "compost".into()],
            target_words: Some(400),
        }
    }

    fn report(&self) -> SeoReport {
        seo_report(&SeoInput {
            title: &self.title,
            html: &self.html,
            meta_title: &self.meta_title,
            meta_description: &self.meta_description,
            primary_keyword: &self.primary_keyword,
            secondary_keywords: &self.secondary_keywords,
            target_words: self.target_words,
        })
    }
}

fn failed(report: &SeoReport) -> Vec<SeoCheckName> {
    report.checks.iter().filter(|check| !check.passed).map(|check| check.name).collect()
}

#[test]
fn weights_sum_to_a_hundred() {
    assert_eq!(SeoCheckName::ALL.iter().map(|name| u32::from(name.weight())).sum::<u32>(), 100);
}

#[test]
fn a_perfect_article_scores_a_hundred() {
    let report = Sample::perfect().report();
    assert_eq!(failed(&report), [], "{report:#?}");
    assert_eq!(report.score, 100);
}

#[test]
fn one_fault_fails_exactly_its_check() {
    type Fault = fn(&mut Sample);
    let faults: [(&str, SeoCheckName, Fault); 27] = [
        ("keyword not in title", KeywordInTitle, |sample| {
            sample.title = "A Simple Guide for New Gardeners".into();
        }),
        ("keyword only partly in title", KeywordInTitle, |sample| {
            sample.title = "Garden Beds: A Simple Guide".into();
        }),
        ("keyword late", KeywordInFirstParagraph, |sample| {
            sample.html.insert_str(0, "<p>Start here and start small.</p>");
        }),
        ("keyword in no heading", KeywordInHeadings, |sample| {
            sample.html =
                sample.html.replace("<h2>Why raised garden beds work</h2>", "<h2>Why it works</h2>");
        }),
        ("keyword stuffed", KeywordDensity, |sample| {
            sample.html.push_str(&format!("<p>{}</p>", "Raised garden bed. ".repeat(15)));
        }),
        ("keyword too rare", KeywordDensity, |sample| {
            sample.html = sample.html.replace("<p>A raised garden bed lasts", "<p>It lasts").replace(
                "<h2>Why raised garden beds work</h2>",
                "<h2>Why beds in a garden work best once they are raised</h2>",
            ) + &format!("<h2>More</h2><p>{FILLER}</p>").repeat(9);
            sample.target_words = Some(900);
        }),
        ("secondary keyword unused", SecondaryKeywords, |sample| {
            sample.secondary_keywords.push("drip irrigation".into());
        }),
        ("title short", TitleLength, |sample| sample.title = "Raised Garden Beds".into()),
        ("title long", TitleLength, |sample| {
            sample.title = format!("Raised Garden Beds: {}", "A Simple Guide ".repeat(4));
        }),
        ("meta title missing", MetaTitleLength, |sample| sample.meta_title.clear()),
        ("meta title long", MetaTitleLength, |sample| sample.meta_title = "x".repeat(61)),
        ("meta description missing", MetaDescriptionLength, |sample| sample.meta_description = " ".into()),
        ("meta description short", MetaDescriptionLength, |sample| sample.meta_description = "x".repeat(69)),
        ("meta description long", MetaDescriptionLength, |sample| sample.meta_description = "x".repeat(161)),
        ("two h1", HeadingStructure, |sample| sample.html.insert_str(0, "<h1>One</h1><h1>Two</h1>")),
        ("skipped level", HeadingStructure, |sample| sample.html = sample.html.replace("h3>", "h4>")),
        ("starts too deep", HeadingStructure, |sample| sample.html.insert_str(0, "<h3>Before</h3>")),
        ("no h2", HeadingStructure, |sample| {
            sample.html = sample
                .html
                .replace("h2>", "h1>")
                .replacen("h1>", "h2>", 0)
                .replace("h3>", "h2>")
                .replace("<h2>Cedar planks</h2>", "<p>Cedar planks.</p>")
                .replacen("<h1>Fill it well</h1>", "", 1);
        }),
        ("too short", WordCount, |sample| sample.target_words = Some(700)),
        ("too long", WordCount, |sample| sample.target_words = Some(250)),
        ("short without target", WordCount, |sample| {
            sample.target_words = None;
            sample.html = sample.html.replacen(&format!("<p>{FILLER}</p>"), "", 3);
        }),
        ("image without alt", ImageAltTexts, |sample| sample.html.push_str("<img src=/b.jpg>")),
        ("image with empty alt", ImageAltTexts, |sample| sample.html.push_str("<img src=/b.jpg alt=' '>")),
        ("no links", Links, |sample| {
            sample.html =
                sample.html.replace("<a href=\"/compost\">guide to compost</a>", "guide to compost");
        }),
        ("only a fragment", Links, |sample| sample.html = sample.html.replace("/compost", "#compost")),
        ("hard to read", Readability, |sample| {
            sample.html = sample.html.replacen(
                FILLER,
                "Horticultural practitioners consistently recommend incorporating decomposed organic materials, notwithstanding \
                 considerable disagreement regarding optimal proportions, because biological activity substantially influences \
                 structural characteristics, nutritional availability, hydrological permeability, temperature regulation, and \
                 ultimately agricultural productivity throughout successive vegetation periods. ",
                4,
            );
            sample.target_words = Some(300);
        }),
        ("endless paragraph", Readability, |sample| {
            sample.html = sample
                .html
                .replace(&format!("<p>{FILLER}</p><p>{FILLER}</p>"), &format!("<p>{FILLER}{FILLER}</p>"))
                .replace("</p><h3>Cedar planks</h3><p>", &format!(" Use cedar planks. {FILLER}"));
        }),
    ];
    for (name, expected, fault) in faults {
        let mut sample = Sample::perfect();
        fault(&mut sample);
        let report = sample.report();
        assert_eq!(failed(&report), [expected], "{name}: {report:#?}");
        assert!(report.score < 100 && report.score >= 100 - expected.weight(), "{name}: {}", report.score);
    }
}

#[test]
fn keywords_match_across_languages() {
    for (title, keyword) in [
        ("Die besten Hochbeete für den kleinen Garten und den Balkon", "Hochbeet"),
        ("Les meilleurs bacs à fleurs pour le balcon et les terrasses", "bac a fleur"),
        ("Las mejores máquinas de café para la casa y la oficina", "maquina cafe"),
        ("RAISED BEDS, explained for the garden", "garden raised bed"),
        ("机器学习入门指南与实践方法完整教程", "机器学习"),
    ] {
        let sample = Sample {
            title: title.into(),
            primary_keyword: keyword.into(),
            html: format!("<p>{title}</p>"),
            ..Sample::perfect()
        };
        let report = sample.report();
        assert!(report.check(KeywordInTitle).is_some_and(|check| check.passed), "{keyword} in {title}");
        assert!(
            report.check(KeywordInFirstParagraph).is_some_and(|check| check.passed),
            "{keyword} in {title}"
        );
    }
}

#[test]
fn nothing_scores_nothing() {
    let sample = Sample {
        title: String::new(),
        html: String::new(),
        meta_title: String::new(),
        meta_description: String::new(),
        primary_keyword: String::new(),
        secondary_keywords: Vec::new(),
        target_words: None,
    };
    let report = sample.report();
    assert_eq!(report.score, 0, "{report:#?}");
    assert_eq!(report.checks.len(), 13);
}

#[test]
fn reports_are_serialised_by_name() {
    let report = Sample::perfect().report();
    let json = serde_json::to_string(&report).unwrap();
    assert!(
        json.contains(
            "{\"name\":\"keyword_in_title\",\"passed\":true,\"weight\":12,\"points\":12,\"advice\":\""
        ),
        "{json}"
    );
    assert_eq!(serde_json::from_str::<SeoReport>(&json).unwrap(), report);
}
