//! What the job made and what it cost, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use igny8_core::paging::{ListQuery, Page};
use igny8_core::pipeline::{Image, KeywordFilter};
use igny8_core::runs::{RunFilter, UsageTotals};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::journey::{Finished, Journey};
use crate::pages::Pages;

/// Everything the program tells at the end.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    import: Import,
    clusters: Clusters,
    ideas: usize,
    articles: Vec<Article>,
    images: usize,
    credits: Credits,
    tokens: Tokens,
    seconds: f64,
    peak_rss_mb: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Import {
    created: u64,
    updated: u64,
    duplicates: u64,
    rejected: u64,
    tool: String,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Clusters {
    count: u64,
    clustered: u64,
    unclustered: u64,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Article {
    title: String,
    path: String,
    meta_title: Option<String>,
    meta_description: Option<String>,
    word_count: u32,
    within_word_target: bool,
    seo_score: u8,
    images: usize,
    written_by: String,
    /// Writing, image prompts and images together.
    credits: i64,
}

#[derive(Debug, Serialize)]
struct Credits {
    granted: i64,
    spent: i64,
    balance: i64,
    ledger_ok: bool,
}

#[derive(Debug, Serialize)]
struct Tokens {
    prompt: u64,
    completion: u64,
    cost_usd: Decimal,
}

/// Adds up what the account's runs have made and cost.
pub(crate) async fn make(
    journey: &Journey<'_>,
    finished: &Finished,
    pages: &Pages,
    took: Duration,
) -> Result<Report> {
    let (charges, usage) = charges(journey).await?;
    let charge = |key: &str| charges.get(key).copied().unwrap_or_default();
    let articles = finished
        .articles
        .iter()
        .map(|article| {
            let images: Vec<&Image> =
                finished.images.iter().filter(|image| image.content == Some(article.id)).collect();
            let of_images: i64 = images.iter().map(|image| charge(&image.id.to_string())).sum();
            let path = pages.of.get(&article.id).map(|path| path.display().to_string());
            Article {
                title: article.draft.title.clone(),
                path: path.unwrap_or_default(),
                meta_title: article.draft.meta_title.clone(),
                meta_description: article.draft.meta_description.clone(),
                word_count: article.draft.word_count,
                within_word_target: article.draft.within_word_target,
                seo_score: article.draft.seo.score,
                images: images.len(),
                written_by: article.draft.written_by.clone(),
                credits: charge(&article.task.to_string()) + charge(&article.id.to_string()) + of_images,
            }
        })
        .collect();
    Ok(Report {
        import: Import {
            created: finished.import.created,
            updated: finished.import.updated,
            duplicates: finished.import.duplicates,
            rejected: finished.import.rejected_total,
            tool: finished.import.detected.tool.to_string(),
            seconds: rounded(finished.import_seconds),
        },
        clusters: Clusters {
            count: journey.count_clusters().await?,
            clustered: keywords(journey, true).await?,
            unclustered: keywords(journey, false).await?,
            seconds: rounded(finished.cluster_seconds),
        },
        ideas: finished.ideas,
        articles,
        images: finished.images.len(),
        credits: credits(journey).await?,
        tokens: Tokens {
            prompt: usage.prompt_tokens,
            completion: usage.completion_tokens,
            cost_usd: usage.cost_usd,
        },
        seconds: rounded(took.as_secs_f64()),
        peak_rss_mb: peak_rss_mb(),
    })
}

impl Report {
    /// The report in words.
    pub(crate) fn summary(&self, index: &Path, clusters: Option<&Path>) -> String {
        let mut text = String::new();
        let line = |text: &mut String, words: std::fmt::Arguments<'_>| {
            let _ = writeln!(text, "{words}");
        };
        line(&mut text, format_args!(""));
        line(
            &mut text,
            format_args!(
                "{} keywords imported ({}), {} refused",
                self.import.created + self.import.updated,
                self.import.tool,
                self.import.rejected
            ),
        );
        line(
            &mut text,
            format_args!(
                "{} clusters hold {} keywords; {} fit none",
                self.clusters.count, self.clusters.clustered, self.clusters.unclustered
            ),
        );
        line(
            &mut text,
            format_args!("{} ideas, {} articles, {} images", self.ideas, self.articles.len(), self.images),
        );
        for article in &self.articles {
            line(&mut text, format_args!(""));
            line(&mut text, format_args!("  {}", article.title));
            line(
                &mut text,
                format_args!(
                    "    {} words, SEO score {}, {} images, {} credits",
                    article.word_count, article.seo_score, article.images, article.credits
                ),
            );
            line(&mut text, format_args!("    {}", article.path));
        }
        let ledger = if self.credits.ledger_ok { "verified" } else { "BROKEN" };
        line(&mut text, format_args!(""));
        line(
            &mut text,
            format_args!(
                "{} of {} credits spent, {} left; ledger {ledger}; ${} paid to providers",
                self.credits.spent, self.credits.granted, self.credits.balance, self.tokens.cost_usd
            ),
        );
        let memory =
            self.peak_rss_mb.map_or_else(String::new, |peak| format!(", {peak:.0} MiB of memory at most"));
        line(&mut text, format_args!("{:.1} seconds{memory}", self.seconds));
        line(&mut text, format_args!("Open {} in a browser.", index.display()));
        if let Some(clusters) = clusters {
            line(&mut text, format_args!("The clusters are judged in {}.", clusters.display()));
        }
        text
    }
}

/// What each saved item of every run charged, by the item's key, and what all runs took of providers, failed ones too: both
/// were paid for.
async fn charges(journey: &Journey<'_>) -> Result<(BTreeMap<String, i64>, UsageTotals)> {
    let mut charges: BTreeMap<String, i64> = BTreeMap::new();
    let mut usage = UsageTotals::default();
    let runs = journey.igny8.runs(&journey.scope);
    for run in journey.runs(RunFilter::default()).await? {
        for item in runs.items(run.id).await? {
            *charges.entry(item.key).or_default() += item.credits;
        }
        usage += UsageTotals::of(&runs.provider_calls(run.id).await?);
    }
    Ok((charges, usage))
}

async fn credits(journey: &Journey<'_>) -> Result<Credits> {
    let service = journey.igny8.credits(&journey.scope);
    let entries = service.transactions(&ListQuery::default().page(Page::first(10_000))).await?.items;
    let sum =
        |gains: bool| entries.iter().map(|entry| entry.amount).filter(|amount| (*amount > 0) == gains).sum();
    let spent: i64 = sum(false);
    Ok(Credits {
        granted: sum(true),
        spent: -spent,
        balance: service.balance().await?.balance,
        ledger_ok: service.verify().await?.is_empty(),
    })
}

async fn keywords(journey: &Journey<'_>, clustered: bool) -> Result<u64> {
    let filter = KeywordFilter { clustered: Some(clustered), ..KeywordFilter::sector(journey.sector) };
    let query = ListQuery::filtered(filter).page(Page::Number { number: 1, size: 1 });
    Ok(journey.igny8.keywords(&journey.scope).list(&query).await?.total.unwrap_or_default())
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

/// The most memory this process ever held, in MiB; only Linux tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kib / 1_024.0 * 10.0).round() / 10.0)
}
