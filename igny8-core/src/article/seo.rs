//! Scores an article for search and says why: named checks, their points and what to do about each.
//! The weights sum to 100, so the score is the sum of the points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::article::checks;
use crate::article::keyword::KeywordMatcher;
use crate::article::outline::Outline;

/// The article to score, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeoInput<'a> {
    /// The article's title, plain text.
    pub title: &'a str,
    /// Its body, any HTML; scored as it reads after sanitising.
    pub html: &'a str,
    /// The title for search results, plain text; empty when missing.
    pub meta_title: &'a str,
    /// The description for search results, plain text; empty when missing.
    pub meta_description: &'a str,
    /// What the article should be found for; empty when missing.
    pub primary_keyword: &'a str,
    /// What else it should be found for; may be empty.
    pub secondary_keywords: &'a [String],
    /// The length asked for, in words; none asks for at least 300.
    pub target_words: Option<u32>,
}

/// The name of a check. Serialised in `snake_case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeoCheckName {
    /// All words of the primary keyword are in the title.
    KeywordInTitle,
    /// All words of the primary keyword are in the first paragraph.
    KeywordInFirstParagraph,
    /// All words of the primary keyword are in one heading of the body.
    KeywordInHeadings,
    /// The primary keyword is used at least once per 400 words and not too often.
    KeywordDensity,
    /// Every secondary keyword is used in the body.
    SecondaryKeywords,
    /// The title has 20–70 characters (CJK characters count double at the lower end).
    TitleLength,
    /// The meta title has 1–60 characters.
    MetaTitleLength,
    /// The meta description has 70–160 characters (CJK characters count double at the lower end).
    MetaDescriptionLength,
    /// At most one `h1`, no skipped level, enough `h2` for the length.
    HeadingStructure,
    /// The length is within 20 % of the target.
    WordCount,
    /// Every image has an alternative text.
    ImageAltTexts,
    /// There is at least one link to a page.
    Links,
    /// Sentences read easily and paragraphs are short.
    Readability,
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeoCheck {
    /// Which check it is.
    pub name: SeoCheckName,
    /// Whether nothing is left to do: all points are earned.
    pub passed: bool,
    /// The most points it can earn.
    pub weight: u8,
    /// The points earned, 0 to `weight`; some checks give part of them.
    pub points: u8,
    /// What was found, and when not passed what to do, in English.
    pub advice: String,
}

/// The score of an article and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeoReport {
    /// 0–100, the sum of all points.
    pub score: u8,
    /// Every check, in the order of [`SeoCheckName::ALL`].
    pub checks: Vec<SeoCheck>,
}

impl SeoCheckName {
    /// Every check.
    pub const ALL: [Self; 13] = [
        Self::KeywordInTitle,
        Self::KeywordInFirstParagraph,
        Self::KeywordInHeadings,
        Self::KeywordDensity,
        Self::SecondaryKeywords,
        Self::TitleLength,
        Self::MetaTitleLength,
        Self::MetaDescriptionLength,
        Self::HeadingStructure,
        Self::WordCount,
        Self::ImageAltTexts,
        Self::Links,
        Self::Readability,
    ];

    /// The most points the check can earn; all of them together are 100.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::KeywordInTitle => 12,
            Self::KeywordInFirstParagraph | Self::WordCount => 10,
            Self::KeywordInHeadings | Self::KeywordDensity | Self::HeadingStructure | Self::Readability => 8,
            Self::SecondaryKeywords | Self::MetaDescriptionLength => 7,
            Self::TitleLength | Self::MetaTitleLength => 6,
            Self::ImageAltTexts | Self::Links => 5,
        }
    }
}

impl SeoReport {
    /// The check of this name.
    #[must_use]
    pub fn check(&self, name: SeoCheckName) -> Option<&SeoCheck> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// Scores an article. Total: every input gets a report with every check.
///
/// Keywords are found whatever their case, diacritics, number (singular, plural) and, in titles, headings and paragraphs,
/// word order. An article without any text earns nothing for its body.
#[must_use]
pub fn seo_report(input: &SeoInput<'_>) -> SeoReport {
    let outline = Outline::parse(input.html);
    let matcher = KeywordMatcher::for_text(&format!("{}\n{}", input.title, outline.text));
    let article = checks::Article::new(input, &outline, &matcher);
    let checks: Vec<SeoCheck> = SeoCheckName::ALL
        .into_iter()
        .map(|name| {
            let finding = article.check(name);
            SeoCheck {
                name,
                passed: finding.is_full(),
                weight: name.weight(),
                points: finding.points(name.weight()),
                advice: finding.advice,
            }
        })
        .collect();
    SeoReport { score: checks.iter().map(|check| check.points).sum(), checks }
}
