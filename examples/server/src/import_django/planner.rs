//! Clusters, keywords and ideas. Keywords come in batches, by sector, with the cluster they are in.
//! A link to a cluster of another sector, or of another account, does not come.

use std::collections::{HashMap, HashSet};

use igny8_core::exchange::{KeywordRow, VolumeSource, normalize_keyword};
use igny8_core::ids::{ClusterId, IdeaId, ImportId, SectorId};
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ClusterChange, ClusterFilter, ClusterQuery, ClusterStatus, IdeaChange, IdeaStatus, KeywordFilter,
    KeywordQuery, KeywordStatus, NewCluster, NewIdea,
};
use igny8_core::ports::Keywords;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Igny8, Result};

use super::report::{Outcome, Report, TableReport};
use super::row::{Row, id_of};
use super::words::{self, way, within, word, word_of_old};
use super::{Import, Reasons};

/// Keywords that are saved at once.
const BATCH: usize = 2_000;

/// Keywords on their way, and what is known of the sectors they go to, by the sector's id in the source.
#[derive(Default)]
pub(super) struct Batches {
    sectors: HashMap<i64, Batch>,
    links: LinkReport,
}

struct Batch {
    scope: TenantScope,
    sector: SectorId,
    /// Keys that were here before.
    here: HashSet<String>,
    /// Keys that this import has met.
    met: HashSet<String>,
    rows: Vec<KeywordRow>,
}

/// What became of the links between keywords and clusters.
#[derive(Default)]
struct LinkReport {
    created: u64,
    unchanged: u64,
    reasons: Reasons,
    from_column: bool,
}

impl LinkReport {
    fn skip(&mut self, keyword: i64, why: &str) {
        self.reasons.entry(why.to_owned()).or_default().add(keyword);
    }
}

impl Import<'_> {
    pub(super) async fn cluster(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let (tenant, sector, sector_row) = match self.place(row) {
            Ok((tenant, sector, id)) => (tenant.clone(), sector, id),
            Err(outcome) => return Ok(outcome),
        };
        let id = ClusterId::from_uuid(id_of(tenant.account, "igny8_clusters", row.id()));
        let room = self.igny8.clusters(&tenant.scope);
        let known = match room.get(id).await {
            Ok(cluster) => Some(cluster),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let is_new = known.is_none();
        let cluster = match known {
            Some(cluster) => cluster,
            None => {
                let name = row.text_or_empty(&["name"]);
                let new = NewCluster { id, name: name.clone(), description: row.text(&["description"]) };
                match room.create(sector.id, new).await {
                    Err(Error::Conflict { .. }) => {
                        return self.same_cluster(row, &tenant.scope, sector.id, sector_row, name).await;
                    }
                    created => created?,
                }
            }
        };
        self.clusters.insert(row.id(), (sector_row, id, cluster.name.clone()));
        if is_new || tenant.completes {
            let to = word_of_old(row, &["active"], ClusterStatus::New, table);
            for status in way(cluster.status, to).unwrap_or_default() {
                room.update(id, ClusterChange { status: Some(status), ..ClusterChange::default() }).await?;
            }
        }
        Ok(Outcome::created_if(is_new))
    }

    /// A cluster whose name the sector has already: its keywords go to that one.
    async fn same_cluster(
        &mut self,
        row: &Row,
        scope: &TenantScope,
        sector: SectorId,
        sector_row: i64,
        name: String,
    ) -> Result<Outcome> {
        let filter =
            ClusterFilter { sector: Some(sector), names: Some(vec![name]), ..ClusterFilter::default() };
        let query = ClusterQuery::filtered(filter).page(Page::first(1));
        if let Some(same) = self.igny8.clusters(scope).list(&query).await?.items.pop() {
            self.clusters.insert(row.id(), (sector_row, same.id, same.name));
        }
        Ok(Outcome::skipped(
            "its sector has a cluster of this name already: its keywords and ideas go to that one",
        ))
    }

    pub(super) fn keyword_link(&mut self, row: &Row) {
        if let (Some(keyword), Some(cluster)) = (row.int(&["keywords_id"]), row.int(&["clusters_id"])) {
            self.keyword_links.entry(keyword).or_default().insert(cluster);
        }
    }

    pub(super) async fn keyword(&mut self, row: &Row, table: &mut TableReport) -> Result<Option<Outcome>> {
        let mut links = self.keyword_links.remove(&row.id()).unwrap_or_default();
        if let Some(cluster) = row.int(&["cluster_id"]) {
            self.batches.links.from_column = true;
            links.insert(cluster);
        }
        let (tenant, sector, sector_row) = match self.place(row) {
            Ok((tenant, sector, id)) => (tenant.clone(), sector, id),
            Err(outcome) => {
                links.iter().for_each(|_| self.batches.links.skip(row.id(), "its keyword did not come"));
                return Ok(Some(outcome));
            }
        };
        let (text, key) = match normalize_keyword(&row.text_or_empty(&["keyword"])) {
            Ok(normalized) => normalized,
            Err(fault) => return Ok(Some(Outcome::skipped(fault.to_string()))),
        };
        if !self.batches.sectors.contains_key(&sector_row) {
            let here = keys_of(self.igny8, &tenant.scope, sector.id).await?;
            let batch = Batch {
                scope: tenant.scope.clone(),
                sector: sector.id,
                here,
                met: HashSet::new(),
                rows: Vec::new(),
            };
            self.batches.sectors.insert(sector_row, batch);
        }
        let Some(batch) = self.batches.sectors.get_mut(&sector_row) else { return Ok(None) };
        if !batch.met.insert(key.clone()) {
            links.iter().for_each(|_| self.batches.links.skip(row.id(), "its keyword did not come"));
            return Ok(Some(Outcome::skipped(
                "its sector has this keyword already, but for case and white space",
            )));
        }
        let is_new = !batch.here.contains(&key);
        let mut cluster = None;
        for link in links {
            match self.clusters.get(&link) {
                None => self.batches.links.skip(row.id(), "its cluster did not come"),
                Some((of, _, _)) if *of != sector_row => {
                    self.batches.links.skip(row.id(), "its cluster is in another sector than its keyword");
                }
                Some(_) if cluster.is_some() => {
                    self.batches
                        .links
                        .skip(row.id(), "its keyword is in another cluster already, and may be in one");
                }
                Some((_, _, name)) => {
                    cluster = Some(name.clone());
                    let links = &mut self.batches.links;
                    *(if is_new { &mut links.created } else { &mut links.unchanged }) += 1;
                }
            }
        }
        if !is_new {
            return Ok(Some(Outcome::Unchanged));
        }
        let status = keyword_status(
            word_of_old(row, &["active", "pending"], KeywordStatus::New, table),
            cluster.is_some(),
        );
        let volume = number(row, "volume", i64::from(u32::MAX), table);
        batch.rows.push(KeywordRow {
            keyword: text,
            key,
            volume,
            volume_source: if volume.is_some() { VolumeSource::Exact } else { VolumeSource::default() },
            difficulty: number(row, "difficulty", 100, table).and_then(|number| u8::try_from(number).ok()),
            intents: words::intents(row, table),
            cpc: row.text(&["cpc"]).and_then(|price| price.parse().ok()),
            country: row.text(&["country"]),
            status: Some(status),
            cluster,
            ..KeywordRow::default()
        });
        if batch.rows.len() >= BATCH {
            save(self.igny8, batch).await?;
        }
        Ok(Some(Outcome::Created))
    }

    /// Saves what is still on its way.
    pub(super) async fn flush_keywords(&mut self, _: &mut TableReport) -> Result<()> {
        for batch in self.batches.sectors.values_mut() {
            save(self.igny8, batch).await?;
        }
        Ok(())
    }

    /// Puts what became of the links where the source has them: in a table of their own, or in a column.
    pub(super) fn report_links(&mut self, report: &mut Report) {
        for (keyword, links) in std::mem::take(&mut self.keyword_links) {
            links.iter().for_each(|_| self.batches.links.skip(keyword, "its keyword did not come"));
        }
        let links = std::mem::take(&mut self.batches.links);
        let is_links = |table: &&mut TableReport| {
            matches!(table.table.as_str(), "igny8_keywords_cluster" | "igny8_clusters_keywords")
        };
        let skipped = links.reasons.values().map(|rows| rows.count).sum();
        let told = TableReport {
            table: "igny8_keywords.cluster_id".to_owned(),
            found: links.from_column,
            read: links.created + links.unchanged + skipped,
            created: links.created,
            unchanged: links.unchanged,
            skipped,
            reasons: links.reasons,
            ..TableReport::default()
        };
        match report.tables.iter_mut().find(is_links) {
            Some(table) => {
                *table = TableReport {
                    table: std::mem::take(&mut table.table),
                    found: true,
                    columns_left_out: std::mem::take(&mut table.columns_left_out),
                    ..told
                };
            }
            None => report.tables.push(told),
        }
    }

    pub(super) async fn idea(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let (tenant, sector, sector_row) = match self.place(row) {
            Ok((tenant, sector, id)) => (tenant.clone(), sector, id),
            Err(outcome) => return Ok(outcome),
        };
        let id = IdeaId::from_uuid(id_of(tenant.account, "igny8_content_ideas", row.id()));
        let room = self.igny8.ideas(&tenant.scope);
        let known = match room.get(id).await {
            Ok(idea) => Some(idea),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let is_new = known.is_none();
        let idea = match known {
            Some(idea) => idea,
            None => {
                let title =
                    words::at_most(row.text(&["idea_title", "title"]), 255, row.id(), "idea_title", table);
                let new = NewIdea {
                    id,
                    title: title.unwrap_or_default(),
                    description: row.text_or_empty(&["description"]),
                    content_type: words::content_type(row, table),
                    content_structure: words::content_structure(row, table),
                    target_keywords: row.list(&["target_keywords"]),
                    cluster: self.cluster_within(row, "keyword_cluster_id", sector_row, table),
                    estimated_word_count: within(row, "estimated_word_count", 300, 5_000, 1_000, table),
                };
                room.create(sector.id, new).await?
            }
        };
        self.ideas.insert(row.id(), (sector_row, id));
        if is_new || tenant.completes {
            let to = word(row, "status", IdeaStatus::New, table);
            for status in way(idea.status, to).unwrap_or_default() {
                room.update(id, IdeaChange { status: Some(status), ..IdeaChange::default() }).await?;
            }
        }
        Ok(Outcome::created_if(is_new))
    }

    /// The cluster that a column names, when it is of the row's own sector.
    pub(super) fn cluster_within(
        &self,
        row: &Row,
        column: &str,
        sector_row: i64,
        table: &mut TableReport,
    ) -> Option<ClusterId> {
        let named = row.int(&[column])?;
        match self.clusters.get(&named) {
            Some((of, id, _)) if *of == sector_row => Some(*id),
            Some(_) => {
                table.note(row.id(), "its cluster is in another sector: it came without");
                None
            }
            None => {
                table.note(row.id(), "its cluster did not come: it came without");
                None
            }
        }
    }
}

async fn save(igny8: &Igny8, batch: &mut Batch) -> Result<()> {
    if batch.rows.is_empty() {
        return Ok(());
    }
    let store: &dyn Keywords = igny8.store();
    let mut session = store.begin_import(&batch.scope, batch.sector, ImportId::new()).await?;
    session.push(std::mem::take(&mut batch.rows)).await?;
    session.commit().await.map(drop)
}

/// What the sector has.
async fn keys_of(igny8: &Igny8, scope: &TenantScope, sector: SectorId) -> Result<HashSet<String>> {
    let room = igny8.keywords(scope);
    let (mut keys, mut cursor) = (HashSet::new(), None);
    loop {
        let query =
            KeywordQuery::filtered(KeywordFilter::sector(sector)).page(Page::After { cursor, size: 1_000 });
        let page = room.list(&query).await?;
        keys.extend(
            page.items
                .iter()
                .filter_map(|keyword| normalize_keyword(&keyword.keyword).ok())
                .map(|(_, key)| key),
        );
        cursor = page.next;
        if cursor.is_none() {
            return Ok(keys);
        }
    }
}

/// A keyword in a cluster is clustered at least, and one in none is not.
fn keyword_status(status: KeywordStatus, clustered: bool) -> KeywordStatus {
    match (status, clustered) {
        (KeywordStatus::New | KeywordStatus::Orphaned, true) => KeywordStatus::Clustered,
        (KeywordStatus::Clustered | KeywordStatus::InUse, false) => KeywordStatus::New,
        (status, _) => status,
    }
}

/// A number that may be unknown; one out of its bounds is.
fn number(row: &Row, column: &str, most: i64, table: &mut TableReport) -> Option<u32> {
    let number = row.int(&[column])?;
    if (0..=most).contains(&number) {
        return u32::try_from(number).ok();
    }
    table.note(row.id(), format!("the {column} was not within 0 to {most}: unknown instead"));
    None
}
