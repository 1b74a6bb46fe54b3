//! One keyword as a file states it, and which of two such statements to believe.
//! The row is what passes between readers, stores and the writer.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intent_cell;
use crate::pipeline::{Intent, KeywordStatus};

/// Where a row's volume figures come from, least trusted first: the order decides which of two
/// rows about the same keyword wins.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VolumeSource {
    /// The file says nothing about the volume.
    #[default]
    None,
    /// Search Console impressions of the own site, a lower bound of a kind.
    Impressions,
    /// A bucket such as `1K – 10K`; only `volume_low` and `volume_high` are set.
    Range,
    /// A number of searches a month.
    Exact,
}

/// One keyword with what its file says about it. `None` and empty lists mean unknown.
///
/// No text is blank, and an entry of `serp_urls` has no white space within. Rows that keep these
/// rules, as those of a [`KeywordReader`](super::KeywordReader) do, survive export and import
/// unchanged. Texts of other tools' files are trimmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeywordRow {
    /// As shown: trimmed, white space folded, NFC, 1–255 characters.
    pub keyword: String,
    /// What makes it unique in a sector; see [`normalize_keyword`](super::normalize_keyword).
    pub key: String,
    /// Searches a month, or impressions when `volume_source` says so; `None` for a range.
    pub volume: Option<u32>,
    /// Lower end of the range, searches a month.
    pub volume_low: Option<u32>,
    /// Upper end of the range, searches a month; never below `volume_low`.
    pub volume_high: Option<u32>,
    /// What the three figures above are: [`Exact`](VolumeSource::Exact) as soon as the file has a
    /// volume, else [`Range`](VolumeSource::Range) when it has an end of a range, else
    /// [`Impressions`](VolumeSource::Impressions) when it has those. A keyword of which a store knows both, from two
    /// imports, keeps both.
    pub volume_source: VolumeSource,
    /// How hard it is to rank, 0–100; `None` is unknown, never 0.
    pub difficulty: Option<u8>,
    /// The intents, each once, in the file's order.
    pub intents: Vec<Intent>,
    /// Price of a click in the file's currency.
    pub cpc: Option<Decimal>,
    /// Country or country database as the file spells it (`us`, `US`, `United States`).
    pub country: Option<String>,
    /// Status, from files in the own format.
    pub status: Option<KeywordStatus>,
    /// Name of the cluster the file puts it in.
    pub cluster: Option<String>,
    /// Addresses that rank for it, best first.
    pub serp_urls: Vec<String>,
}

impl KeywordRow {
    /// Whether the eight columns of the own format cannot hold this row, so that it needs
    /// [`ExportOptions::extra_columns`](super::ExportOptions) to come back unchanged.
    #[must_use]
    pub fn needs_extra_columns(&self) -> bool {
        self.volume_source == VolumeSource::Impressions
            || self.volume_low.is_some()
            || self.volume_high.is_some()
            || !self.serp_urls.is_empty()
    }

    /// How much its volume is to be believed, then how large it is.
    fn volume_rank(&self) -> (VolumeSource, [Option<u32>; 3]) {
        (self.volume_source, [self.volume, self.volume_high, self.volume_low])
    }
}

/// One row out of two about the same keyword, `first` being the earlier one in the file.
///
/// An exact volume beats a range, which beats impressions, which beats none; of two of a kind the
/// larger wins, and they are never summed: some tools write a keyword once per ranking page. What the winner
/// does not know is taken from the other. Intents are united, the first row's in front. The
/// spelling shown is the first row's.
#[must_use]
pub fn better(first: &KeywordRow, second: &KeywordRow) -> KeywordRow {
    let (winner, other) =
        if second.volume_rank() > first.volume_rank() { (second, first) } else { (first, second) };
    let mut intents = first.intents.clone();
    for intent in &second.intents {
        intent_cell::add(&mut intents, *intent);
    }
    let text = |of: fn(&KeywordRow) -> &Option<String>| of(winner).as_ref().or(of(other).as_ref()).cloned();
    KeywordRow {
        keyword: first.keyword.clone(),
        key: first.key.clone(),
        volume: winner.volume,
        volume_low: winner.volume_low,
        volume_high: winner.volume_high,
        volume_source: winner.volume_source,
        difficulty: winner.difficulty.or(other.difficulty),
        intents,
        cpc: winner.cpc.or(other.cpc),
        country: text(|row| &row.country),
        status: winner.status.or(other.status),
        cluster: text(|row| &row.cluster),
        serp_urls: if winner.serp_urls.is_empty() {
            other.serp_urls.clone()
        } else {
            winner.serp_urls.clone()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: VolumeSource, volume: Option<u32>, high: Option<u32>) -> KeywordRow {
        KeywordRow {
            volume,
            volume_high: high,
            volume_low: high.map(|high| high / 10),
            volume_source: source,
            ..KeywordRow::default()
        }
    }

    #[test]
    fn the_more_certain_volume_wins_then_the_larger() {
        let exact = row(VolumeSource::Exact, Some(10), None);
        let larger = row(VolumeSource::Exact, Some(20), None);
        let range = row(VolumeSource::Range, None, Some(10_000));
        let wider = row(VolumeSource::Range, None, Some(100_000));
        let impressions = row(VolumeSource::Impressions, Some(99_999), None);
        let none = row(VolumeSource::None, None, None);
        for (worse, best) in [
            (&none, &impressions),
            (&impressions, &range),
            (&range, &wider),
            (&wider, &exact),
            (&exact, &larger),
        ] {
            assert_eq!(&better(worse, best), best);
            assert_eq!(&better(best, worse), best);
        }
    }

    #[test]
    fn intents_unite_and_gaps_are_filled() {
        let first = KeywordRow {
            keyword: "Tea".into(),
            key: "tea".into(),
            intents: vec![Intent::Commercial, Intent::Informational],
            difficulty: Some(40),
            cluster: Some("drinks".into()),
            ..row(VolumeSource::None, None, None)
        };
        let second = KeywordRow {
            keyword: "TEA".into(),
            key: "tea".into(),
            intents: vec![Intent::Transactional, Intent::Commercial],
            cpc: Some(Decimal::new(12, 1)),
            ..row(VolumeSource::Exact, Some(5), None)
        };
        let best = better(&first, &second);
        assert_eq!(best.keyword, "Tea");
        assert_eq!(best.volume, Some(5));
        assert_eq!(best.difficulty, Some(40));
        assert_eq!(best.cpc, second.cpc);
        assert_eq!(best.cluster.as_deref(), Some("drinks"));
        assert_eq!(best.intents, [Intent::Commercial, Intent::Informational, Intent::Transactional]);
    }
}
