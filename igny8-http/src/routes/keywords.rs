//! `planner/keywords/`: keywords of the sites within reach. Files of them are in `keyword_files`.

use igny8_core::functions::AutoCluster;
use igny8_core::ids::{ClusterId, ImportId, KeywordId, SectorId, SiteId};
use igny8_core::paging::BulkOutcome;
use igny8_core::pipeline::{
    Intent, Keyword, KeywordChange, KeywordField, KeywordFilter, KeywordStatus, NewKeyword,
};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;

use super::starting::StartKey;
use crate::answer::{Answer, Created, Deleted, Listed, One, Started};
use crate::request::{
    Body, Id, InSector, List, ListParams, Tenant, Words, decimal, difficulty, nullable, nullable_decimal,
};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("planner")
        .get("planner/keywords/", "listKeywords", "Keywords by filter, order and page", list)
        .post("planner/keywords/", "createKeyword", "Create a keyword", create)
        .get("planner/keywords/{id}/", "getKeyword", "A keyword", get)
        .put("planner/keywords/{id}/", "replaceKeyword", "Replace a keyword's fields", replace)
        .patch("planner/keywords/{id}/", "updateKeyword", "Change some of a keyword's fields", update)
        .delete("planner/keywords/{id}/", "deleteKeyword", "Delete a keyword", delete)
        .post("planner/keywords/auto_cluster/", "autoCluster", "Start clustering keywords", auto_cluster)
        .post("planner/keywords/bulk_delete/", "bulkDeleteKeywords", "Delete keywords", bulk_delete)
        .post(
            "planner/keywords/bulk_update_status/",
            "bulkUpdateKeywordStatus",
            "Move keywords to a status",
            bulk_update_status,
        )
}

/// Which keywords a list or an export holds. Every condition that is set must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct KeywordParams {
    /// Contains this text, without regard to case.
    search: Option<String>,
    /// With one of these statuses.
    status: Words<KeywordStatus>,
    /// In this cluster.
    cluster_id: Option<ClusterId>,
    /// In some cluster (`true`) or in none (`false`).
    clustered: Option<bool>,
    /// With this intent among its set.
    intent: Option<Intent>,
    /// Of this site.
    site_id: Option<SiteId>,
    /// Of this sector.
    sector_id: Option<SectorId>,
    /// Touched by this import.
    import_id: Option<ImportId>,
    /// At least this hard, 0 to 100; unknown difficulty does not match.
    #[serde(deserialize_with = "difficulty")]
    #[schemars(range(max = 100))]
    difficulty_min: Option<u8>,
    /// At most this hard, 0 to 100; unknown difficulty does not match.
    #[serde(deserialize_with = "difficulty")]
    #[schemars(range(max = 100))]
    difficulty_max: Option<u8>,
    /// Searched at least this often a month; unknown volume does not match.
    volume_min: Option<u32>,
    /// Searched at most this often a month; unknown volume does not match.
    volume_max: Option<u32>,
}

impl ListParams for KeywordParams {
    type Filter = KeywordFilter;
    type Field = KeywordField;
    const ORDERING: &'static [(&'static str, KeywordField)] = &[
        ("created_at", KeywordField::CreatedAt),
        ("volume", KeywordField::Volume),
        ("difficulty", KeywordField::Difficulty),
        ("keyword", KeywordField::Keyword),
    ];

    fn into_filter(self) -> KeywordFilter {
        KeywordFilter {
            site: self.site_id,
            sector: self.sector_id,
            ids: None,
            import: self.import_id,
            search: self.search,
            statuses: self.status.0,
            cluster: self.cluster_id,
            clustered: self.clustered,
            intent: self.intent,
            difficulty_min: self.difficulty_min,
            difficulty_max: self.difficulty_max,
            volume_min: self.volume_min,
            volume_max: self.volume_max,
        }
    }
}

/// A keyword's own fields. Those left out are empty.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeywordFields {
    /// The keyword, 1 to 255 characters; unique in its sector.
    #[schemars(length(min = 1, max = 255))]
    keyword: String,
    /// Searches a month.
    volume: Option<u32>,
    /// 0 to 100; null is unknown.
    #[schemars(range(max = 100))]
    difficulty: Option<u8>,
    /// Intents, the most important first.
    #[serde(default)]
    intents: Vec<Intent>,
    /// Cost per click.
    #[serde(default, deserialize_with = "decimal")]
    cpc: Option<Decimal>,
    /// Country code.
    country: Option<String>,
    /// Addresses of the result page, best first.
    #[serde(default)]
    serp_urls: Vec<String>,
    /// A cluster of the same sector.
    cluster: Option<ClusterId>,
}

impl From<KeywordFields> for NewKeyword {
    fn from(fields: KeywordFields) -> Self {
        let KeywordFields { keyword, volume, difficulty, intents, cpc, country, serp_urls, cluster } = fields;
        Self { keyword, volume, difficulty, intents, cpc, country, serp_urls, cluster }
    }
}

impl From<KeywordFields> for KeywordChange {
    fn from(fields: KeywordFields) -> Self {
        Self {
            keyword: Some(fields.keyword),
            volume: Some(fields.volume),
            volume_low: None,
            volume_high: None,
            difficulty: Some(fields.difficulty),
            intents: Some(fields.intents),
            cpc: Some(fields.cpc),
            country: Some(fields.country),
            serp_urls: Some(fields.serp_urls),
            status: None,
            cluster: Some(fields.cluster),
        }
    }
}

/// What is to change on a keyword; fields left out stay as they are, null empties one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct KeywordPatch {
    /// Another spelling; unique in its sector.
    #[schemars(length(min = 1, max = 255))]
    keyword: Option<String>,
    /// Searches a month; drops a stored range.
    #[serde(deserialize_with = "nullable")]
    volume: Option<Option<u32>>,
    /// Lower end of a range.
    #[serde(deserialize_with = "nullable")]
    volume_low: Option<Option<u32>>,
    /// Upper end of a range.
    #[serde(deserialize_with = "nullable")]
    volume_high: Option<Option<u32>>,
    /// 0 to 100; null is unknown.
    #[serde(deserialize_with = "nullable")]
    #[schemars(range(max = 100))]
    difficulty: Option<Option<u8>>,
    /// Intents, the most important first.
    intents: Option<Vec<Intent>>,
    /// Cost per click.
    #[serde(deserialize_with = "nullable_decimal")]
    cpc: Option<Option<Decimal>>,
    /// Country code.
    #[serde(deserialize_with = "nullable")]
    country: Option<Option<String>>,
    /// Addresses of the result page, best first.
    serp_urls: Option<Vec<String>>,
    /// Status; only a legal move.
    status: Option<KeywordStatus>,
    /// A cluster of the same sector; null takes it out of every one.
    #[serde(deserialize_with = "nullable")]
    cluster: Option<Option<ClusterId>>,
}

impl From<KeywordPatch> for KeywordChange {
    fn from(patch: KeywordPatch) -> Self {
        Self {
            keyword: patch.keyword,
            volume: patch.volume,
            volume_low: patch.volume_low,
            volume_high: patch.volume_high,
            difficulty: patch.difficulty,
            intents: patch.intents,
            cpc: patch.cpc,
            country: patch.country,
            serp_urls: patch.serp_urls,
            status: patch.status,
            cluster: patch.cluster,
        }
    }
}

/// Which keywords.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeywordIds {
    /// The keywords.
    #[schemars(length(max = 10_000))]
    ids: Vec<KeywordId>,
}

/// Which keywords, and the status they are to have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeywordsAndStatus {
    /// The keywords.
    #[schemars(length(max = 10_000))]
    ids: Vec<KeywordId>,
    /// The status; keywords that cannot move there are refused in the answer.
    status: KeywordStatus,
}

async fn list(tenant: Tenant, list: List<KeywordParams>) -> Answer<Listed<Keyword>> {
    list.answer(tenant.igny8.keywords(&tenant.scope).list(&list.query).await?)
}

async fn create(tenant: Tenant, new: InSector<KeywordFields>) -> Answer<Created<Keyword>> {
    Ok(Created(tenant.igny8.keywords(&tenant.scope).create(new.sector, new.row.into()).await?))
}

async fn get(tenant: Tenant, Id(id): Id<KeywordId>) -> Answer<One<Keyword>> {
    Ok(One(tenant.igny8.keywords(&tenant.scope).get(id).await?))
}

async fn replace(
    tenant: Tenant,
    Id(id): Id<KeywordId>,
    Body(fields): Body<KeywordFields>,
) -> Answer<One<Keyword>> {
    Ok(One(tenant.igny8.keywords(&tenant.scope).update(id, fields.into()).await?))
}

async fn update(
    tenant: Tenant,
    Id(id): Id<KeywordId>,
    Body(patch): Body<KeywordPatch>,
) -> Answer<One<Keyword>> {
    Ok(One(tenant.igny8.keywords(&tenant.scope).update(id, patch.into()).await?))
}

async fn delete(tenant: Tenant, Id(id): Id<KeywordId>) -> Answer<Deleted> {
    let outcome = tenant.igny8.keywords(&tenant.scope).bulk_delete(&[id]).await?;
    Deleted::of("keyword", &outcome)
}

async fn auto_cluster(tenant: Tenant, key: StartKey, Body(request): Body<AutoCluster>) -> Answer<Started> {
    key.start(&tenant, request).await
}

async fn bulk_delete(tenant: Tenant, Body(bulk): Body<KeywordIds>) -> Answer<One<BulkOutcome<KeywordId>>> {
    Ok(One(tenant.igny8.keywords(&tenant.scope).bulk_delete(&bulk.ids).await?))
}

async fn bulk_update_status(
    tenant: Tenant,
    Body(bulk): Body<KeywordsAndStatus>,
) -> Answer<One<BulkOutcome<KeywordId>>> {
    Ok(One(tenant.igny8.keywords(&tenant.scope).bulk_update_status(&bulk.ids, bulk.status).await?))
}
