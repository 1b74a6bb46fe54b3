//! A keyword of a sector: what people search for, how often, and how hard it is to rank.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::error::FieldErrors;
use crate::exchange::{VolumeSource, normalize_keyword};
use crate::ids::{ClusterId, ImportId, KeywordId, SectorId, SiteId};
use crate::paging::ListQuery;
use crate::tenancy::SectorKey;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// What the searcher is after. A keyword holds a set of these, in its file's order.
    pub enum Intent as "intent" {
        /// To learn something.
        Informational = "informational",
        /// To reach a certain site.
        Navigational = "navigational",
        /// To compare before buying.
        Commercial = "commercial",
        /// To buy or do.
        Transactional = "transactional",
    }
}

vocabulary! {
    /// Where a keyword stands in the flow.
    pub enum KeywordStatus as "status" {
        /// Not in a cluster yet.
        New = "new",
        /// In a cluster.
        Clustered = "clustered",
        /// An idea or task works on it.
        InUse = "in_use",
        /// Its cluster was deleted.
        Orphaned = "orphaned",
        /// Put aside.
        Archived = "archived",
    }
}

/// A keyword. Table `igny8_keywords`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Keyword {
    /// Identifier.
    pub id: KeywordId,
    /// Tenant, site and sector.
    #[serde(flatten)]
    pub place: SectorKey,
    /// As the file or the user wrote it, white space folded; 1 to 255 characters.
    pub keyword: String,
    /// Searches a month, or impressions when `volume_source` says so; `None` is unknown.
    pub volume: Option<u32>,
    /// Lower end when the source gave a range.
    pub volume_low: Option<u32>,
    /// Upper end when the source gave a range.
    pub volume_high: Option<u32>,
    /// What the three figures above are. A volume that a person sets is exact.
    pub volume_source: VolumeSource,
    /// 0 to 100; `None` is unknown, never 0.
    pub difficulty: Option<u8>,
    /// The set of intents, in the file's order. JSON has the first as `intent` beside them.
    #[serde(flatten, serialize_with = "intent_and_intents")]
    #[schemars(with = "IntentFields")]
    pub intents: Vec<Intent>,
    /// Cost per click, in the currency of the source.
    pub cpc: Option<Decimal>,
    /// Country or database code of the source.
    pub country: Option<String>,
    /// Addresses of the result page, best first.
    pub serp_urls: Vec<String>,
    /// Where it stands.
    pub status: KeywordStatus,
    /// The clusters it is in: at most one unless the sector allows many.
    #[serde(rename = "cluster")]
    pub clusters: Vec<ClusterId>,
    /// The import that last touched it.
    pub import: Option<ImportId>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Keyword {
    /// The first of its intents.
    #[must_use]
    pub fn intent(&self) -> Option<Intent> {
        self.intents.first().copied()
    }
}

/// What the set of intents is in JSON.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct IntentFields {
    /// The first of its intents.
    intent: Option<Intent>,
    /// The set of intents, in the file's order.
    intents: Vec<Intent>,
}

/// The reference's single `intent`, null when there is none, and the whole set.
fn intent_and_intents<S: Serializer>(intents: &[Intent], serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(Some(2))?;
    fields.serialize_entry("intent", &intents.first())?;
    fields.serialize_entry("intents", intents)?;
    fields.end()
}

/// A keyword to create by hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewKeyword {
    /// The keyword.
    pub keyword: String,
    /// Searches a month.
    pub volume: Option<u32>,
    /// 0 to 100.
    pub difficulty: Option<u8>,
    /// Intents; repeats are dropped.
    pub intents: Vec<Intent>,
    /// Cost per click.
    pub cpc: Option<Decimal>,
    /// Country code.
    pub country: Option<String>,
    /// Addresses of the result page, best first.
    pub serp_urls: Vec<String>,
    /// A cluster of the same sector to put it in.
    pub cluster: Option<ClusterId>,
}

impl NewKeyword {
    /// A keyword with nothing known about it.
    pub fn new(keyword: impl Into<String>) -> Self {
        Self { keyword: keyword.into(), ..Self::default() }
    }

    /// The checked keyword, and the key under which it is unique in its sector.
    ///
    /// # Errors
    /// Complaints on `keyword` or `difficulty`.
    pub fn checked(mut self) -> Result<(Self, String), FieldErrors> {
        let mut errors = FieldErrors::new();
        let key = match normalize_keyword(&self.keyword) {
            Ok((text, key)) => {
                self.keyword = text;
                key
            }
            Err(fault) => {
                errors.push("keyword", fault.to_string());
                String::new()
            }
        };
        errors.collect(check_difficulty(self.difficulty));
        let mut seen = Vec::new();
        self.intents.retain(|intent| {
            !seen.contains(intent) && {
                seen.push(*intent);
                true
            }
        });
        errors.into_result().map(|()| (self, key))
    }
}

/// What may be changed on a keyword; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeywordChange {
    /// Another spelling; still unique in its sector.
    pub keyword: Option<String>,
    /// Searches a month; setting it drops a stored range but for what the change says of it.
    pub volume: Option<Option<u32>>,
    /// Lower end of a range.
    pub volume_low: Option<Option<u32>>,
    /// Upper end of a range, not below the lower one.
    pub volume_high: Option<Option<u32>>,
    /// 0 to 100.
    pub difficulty: Option<Option<u8>>,
    /// Intents.
    pub intents: Option<Vec<Intent>>,
    /// Cost per click.
    pub cpc: Option<Option<Decimal>>,
    /// Country code.
    pub country: Option<Option<String>>,
    /// Addresses of the result page, best first.
    pub serp_urls: Option<Vec<String>>,
    /// Status; only a legal move.
    pub status: Option<KeywordStatus>,
    /// The cluster it is in, of the same sector; `Some(None)` takes it out of every one.
    pub cluster: Option<Option<ClusterId>>,
}

impl KeywordChange {
    /// The checked change; a new spelling comes with its uniqueness key.
    ///
    /// # Errors
    /// Complaints on `keyword` or `difficulty`.
    pub fn checked(mut self) -> Result<(Self, Option<String>), FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut key = None;
        if let Some(text) = &self.keyword {
            match normalize_keyword(text) {
                Ok((text, unique)) => {
                    self.keyword = Some(text);
                    key = Some(unique);
                }
                Err(fault) => errors.push("keyword", fault.to_string()),
            }
        }
        errors.collect(check_difficulty(self.difficulty.flatten()));
        errors.into_result().map(|()| (self, key))
    }

    /// The range that a keyword with this one has after the change: for stores.
    ///
    /// # Errors
    /// A complaint on `volume_low` when it would be above the upper end.
    pub fn range_after(&self, low: Option<u32>, high: Option<u32>) -> Result<VolumeRange, FieldErrors> {
        let kept = |end: Option<u32>| if self.volume.is_some() { None } else { end };
        let low = self.volume_low.unwrap_or_else(|| kept(low));
        let high = self.volume_high.unwrap_or_else(|| kept(high));
        match (low, high) {
            (Some(low), Some(high)) if low > high => {
                Err(FieldErrors::one("volume_low", "must not be above volume_high"))
            }
            _ => Ok((low, high)),
        }
    }
}

/// Lower and upper end of a volume.
pub type VolumeRange = (Option<u32>, Option<u32>);

fn check_difficulty(difficulty: Option<u8>) -> Result<(), FieldErrors> {
    match difficulty {
        Some(over) if over > 100 => Err(FieldErrors::one("difficulty", "must be 0 to 100")),
        _ => Ok(()),
    }
}

/// Which keywords a list holds. Every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeywordFilter {
    /// Of this site.
    pub site: Option<SiteId>,
    /// Of this sector.
    pub sector: Option<SectorId>,
    /// Just these; `Some(vec![])` is none.
    pub ids: Option<Vec<KeywordId>>,
    /// Touched by this import.
    pub import: Option<ImportId>,
    /// Contains this text, without regard to case.
    pub search: Option<String>,
    /// With one of these statuses; empty means any.
    pub statuses: Vec<KeywordStatus>,
    /// In this cluster.
    pub cluster: Option<ClusterId>,
    /// `true`: in some cluster; `false`: in none.
    pub clustered: Option<bool>,
    /// With this intent among its set.
    pub intent: Option<Intent>,
    /// At least this hard; unknown difficulty does not match.
    pub difficulty_min: Option<u8>,
    /// At most this hard; unknown difficulty does not match.
    pub difficulty_max: Option<u8>,
    /// At least this often; unknown volume does not match.
    pub volume_min: Option<u32>,
    /// At most this often; unknown volume does not match.
    pub volume_max: Option<u32>,
}

impl KeywordFilter {
    /// All keywords of a sector.
    #[must_use]
    pub fn sector(sector: SectorId) -> Self {
        Self { sector: Some(sector), ..Self::default() }
    }

    /// All keywords of a cluster.
    #[must_use]
    pub fn cluster(cluster: ClusterId) -> Self {
        Self { cluster: Some(cluster), ..Self::default() }
    }
}

/// What keywords may be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeywordField {
    /// When it was created.
    CreatedAt,
    /// Searches a month.
    Volume,
    /// Difficulty.
    Difficulty,
    /// The keyword's own text.
    Keyword,
}

/// A list of keywords.
pub type KeywordQuery = ListQuery<KeywordFilter, KeywordField>;
