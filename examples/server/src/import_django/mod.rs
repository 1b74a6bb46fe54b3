//! `import-django`: brings the accounts of an IGNY8 Django database over, table by table, through the SDK's own rooms.
//! Safe to repeat: rows that are here stay as they are, rows that are new in the source come.

mod accounts;
mod catalogue;
mod history;
mod media;
mod planner;
mod report;
mod row;
mod settings;
mod sites;
mod source;
mod users;
mod words;
mod writer;

pub use report::{Report, Rows, TableReport};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result, bail};
use igny8_core::ids::{
    ClusterId, ContentId, IdeaId, IndustryId, IndustrySectorId, PlanId, SectorId, SiteId, TaskId, UserId,
};
use igny8_core::ports::BlobStore;
use igny8_core::{Error, Igny8};

use crate::cli::ImportDjango;
use crate::operator::{self, Operator};
use accounts::Tenant;
use history::History;
use media::Media;
use report::Outcome;
use row::Row;
use source::Source;

/// What a table holds, in the order they are read: what is pointed at comes first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plans,
    Industries,
    IndustrySectors,
    Accounts,
    Users,
    Sites,
    Sectors,
    SiteAccess,
    Prompts,
    Integrations,
    AuthorProfiles,
    Strategies,
    Clusters,
    KeywordLinks,
    ClusterLinks,
    Keywords,
    Ideas,
    Tasks,
    Contents,
    Images,
    Transactions,
    Usage,
}

/// Each with the names that its table may have, and the columns that have a place here.
const TABLES: &[(Kind, &[&str], &[&str])] = &[
    (Kind::Plans, &["igny8_plans"], catalogue::PLAN_COLUMNS),
    (Kind::Industries, &["igny8_industries"], &["name", "slug", "description", "is_active"]),
    (
        Kind::IndustrySectors,
        &["igny8_industry_sectors"],
        &["industry_id", "name", "slug", "suggested_keywords"],
    ),
    (Kind::Accounts, &["igny8_accounts"], &["name", "slug", "owner_id", "plan_id", "credits", "status"]),
    (Kind::Users, &["igny8_users"], &["email", "username", "first_name", "last_name", "role", "is_active"]),
    (
        Kind::Sites,
        &["igny8_sites"],
        &[
            "name",
            "slug",
            "domain",
            "industry_id",
            "is_active",
            "status",
            "wp_url",
            "wp_username",
            "wp_app_password",
        ],
    ),
    (
        Kind::Sectors,
        &["igny8_sectors"],
        &["site_id", "industry_sector_id", "name", "slug", "is_active", "status"],
    ),
    (Kind::SiteAccess, &["igny8_site_user_access", "igny8_site_access"], &["user_id", "site_id"]),
    (Kind::Prompts, &["igny8_ai_prompts"], &["prompt_type", "prompt_value", "function_name"]),
    (Kind::Integrations, &["igny8_integration_settings"], &["integration_type", "config", "is_active"]),
    (
        Kind::AuthorProfiles,
        &["igny8_author_profiles"],
        &["name", "description", "tone", "language", "is_default"],
    ),
    (
        Kind::Strategies,
        &["igny8_strategies"],
        &["name", "description", "sector_id", "prompt_types", "section_logic", "is_active"],
    ),
    (Kind::Clusters, &["igny8_clusters"], &["name", "description", "keywords_count", "volume", "status"]),
    (Kind::KeywordLinks, &["igny8_keywords_cluster"], &["keywords_id", "clusters_id"]),
    (Kind::ClusterLinks, &["igny8_clusters_keywords"], &["keywords_id", "clusters_id"]),
    (
        Kind::Keywords,
        &["igny8_keywords"],
        &["keyword", "volume", "difficulty", "intent", "status", "cluster_id", "cpc", "country"],
    ),
    (
        Kind::Ideas,
        &["igny8_content_ideas"],
        &[
            "idea_title",
            "description",
            "content_type",
            "content_structure",
            "target_keywords",
            "keyword_cluster_id",
            "estimated_word_count",
            "status",
        ],
    ),
    (
        Kind::Tasks,
        &["igny8_tasks"],
        &[
            "title",
            "description",
            "keywords",
            "cluster_id",
            "idea_id",
            "content_type",
            "content_structure",
            "word_count",
            "status",
        ],
    ),
    (
        Kind::Contents,
        &["igny8_content"],
        &[
            "task_id",
            "title",
            "html_content",
            "word_count",
            "status",
            "wp_post_id",
            "meta_title",
            "meta_description",
            "primary_keyword",
            "secondary_keywords",
        ],
    ),
    (
        Kind::Images,
        &["igny8_images"],
        &[
            "task_id",
            "content_id",
            "image_type",
            "prompt",
            "image_url",
            "status",
            "position",
            "alt",
            "heading",
        ],
    ),
    (Kind::Transactions, &["igny8_credit_transactions"], &[]),
    (Kind::Usage, &["igny8_credit_usage_logs"], &[]),
];

/// Columns that nearly every table has: the id is another here, the tenant is the scope, and rows are dated anew.
const EVERYWHERE: &[&str] =
    &["id", "account_id", "tenant_id", "site_id", "sector_id", "created_at", "updated_at"];

const NOT_CARRIED: &[&str] = &[
    "passwords: Django's hashes are not checked here; give each user a new one (`igny8-server set-password --email …`)",
    "created_at, updated_at, last_login: rows are dated by their arrival",
    "the ledger's history: an account begins with its plan's grant for the month and one adjustment `django:opening` to \
     its old balance; --history keeps the old entries and the old usage log as files",
    "images' files, unless --media names the folder they are in: such images come as pending with their prompt; --history \
     lists where the files are",
    "ids: every row has another, the same at every import",
    "groups, permissions, sessions and everything else of Django's own",
];

/// A sector of the source, and where it is here.
#[derive(Clone, Copy)]
struct SectorHere {
    /// The account's id in the source.
    account: i64,
    /// The site's id in the source.
    site: i64,
    id: SectorId,
}

/// An import under way. The maps lead from ids of the source to ours.
struct Import<'a> {
    igny8: &'a Igny8,
    operator: Operator,
    only: Option<&'a str>,
    history: Option<History>,
    media: Media<'a>,
    tenants: HashMap<i64, Tenant>,
    plans: HashMap<i64, PlanId>,
    /// Plans that are not on offer in the source, and whether they came just now.
    plans_to_close: Vec<(PlanId, bool)>,
    industries: HashMap<i64, IndustryId>,
    industry_sectors: HashMap<i64, IndustrySectorId>,
    /// Users of the source by account, read ahead: an account is opened with its owner.
    people: HashMap<i64, Vec<accounts::Person>>,
    users: HashMap<i64, (i64, UserId)>,
    sites: HashMap<i64, (i64, SiteId)>,
    sectors: HashMap<i64, SectorHere>,
    /// Sectors that are to be switched on once all of them are here.
    to_activate: Vec<(i64, i64, SectorId)>,
    /// A cluster, its sector's id in the source, and its name here.
    clusters: HashMap<i64, (i64, ClusterId, String)>,
    keyword_links: HashMap<i64, BTreeSet<i64>>,
    batches: planner::Batches,
    ideas: HashMap<i64, (i64, IdeaId)>,
    tasks: HashMap<i64, (i64, TaskId)>,
    contents: HashMap<i64, (i64, ContentId)>,
    image_positions: HashMap<(i64, bool, igny8_core::pipeline::ImageType), u32>,
}

/// Brings a Django database over. Images' files go to `files`, which must be the SDK's own place for them.
///
/// # Errors
/// When the source cannot be read or the store fails. What came stays, and the same command goes on from there. A row that
/// does not fit is no error: the report says why it did not come.
pub async fn import(igny8: &Igny8, files: &dyn BlobStore, options: &ImportDjango) -> Result<Report> {
    let operator = operator::ensure(igny8).await?;
    let mut source = Source::open(&options.from, &options.schema).await?;
    if source.table(&["igny8_accounts"]).is_none() {
        bail!("the schema `{}` has no table igny8_accounts: is this an IGNY8 database?", options.schema);
    }
    // The catalogue is seeded by the first look at it.
    igny8.plans().await?;
    let mut import = Import {
        igny8,
        operator,
        only: options.account.as_deref(),
        history: options.history.as_deref().map(History::create).transpose()?,
        media: Media { blobs: files, folder: options.media.clone() },
        tenants: HashMap::new(),
        plans: HashMap::new(),
        plans_to_close: Vec::new(),
        industries: HashMap::new(),
        industry_sectors: HashMap::new(),
        people: HashMap::new(),
        users: HashMap::new(),
        sites: HashMap::new(),
        sectors: HashMap::new(),
        to_activate: Vec::new(),
        clusters: HashMap::new(),
        keyword_links: HashMap::new(),
        batches: planner::Batches::default(),
        ideas: HashMap::new(),
        tasks: HashMap::new(),
        contents: HashMap::new(),
        image_positions: HashMap::new(),
    };
    import.read_people(&mut source).await?;
    let mut report = Report { not_carried: NOT_CARRIED.to_vec(), ..Report::default() };
    let imported = import.tables(&mut source, &mut report).await;
    import.settle_accounts(imported.is_ok()).await?;
    imported.context(
        "the import broke off: accounts that it was making stay on the plan `django-import` until the same command ends well",
    )?;
    if let Some(history) = import.history {
        history.finish()?;
    }
    let known: BTreeSet<&str> = TABLES.iter().flat_map(|(_, names, _)| names.iter().copied()).collect();
    report.unknown_tables = source.others(&known);
    Ok(report)
}

impl Import<'_> {
    async fn tables(&mut self, source: &mut Source, report: &mut Report) -> Result<()> {
        for (kind, names, columns) in TABLES {
            let Some(name) = source.table(names) else {
                // Django keeps a relation of many to many in one of two tables, or in a column.
                if !matches!(kind, Kind::KeywordLinks | Kind::ClusterLinks) {
                    let table = names.first().copied().unwrap_or_default().to_owned();
                    report.tables.push(TableReport { table, ..TableReport::default() });
                }
                continue;
            };
            let mut table = TableReport { table: name.to_owned(), found: true, ..TableReport::default() };
            let unknown = source.columns(name).into_iter();
            let unknown = unknown.filter(|column| {
                !columns.contains(&column.as_str()) && !EVERYWHERE.contains(&column.as_str())
            });
            if !matches!(kind, Kind::Transactions | Kind::Usage) {
                table.columns_left_out = unknown.collect();
            }
            tracing::info!(table = name, "importing");
            let mut after = i64::MIN;
            loop {
                let rows = source.page(name, after).await?;
                let Some(last) = rows.last() else { break };
                after = last.id();
                for row in &rows {
                    match self.row(*kind, row, &mut table).await {
                        Ok(Some(outcome)) => table.count(row.id(), outcome),
                        Ok(None) => table.read += 1,
                        Err(error @ (Error::Storage { .. } | Error::Configuration(_))) => {
                            return Err(anyhow::Error::from(error)
                                .context(format!("import row {} of {name}", row.id())));
                        }
                        Err(refused) => table.count(row.id(), Outcome::skipped(refused.to_string())),
                    }
                }
            }
            self.end_of(*kind, &mut table, report).await?;
            report.tables.push(table);
        }
        Ok(())
    }

    /// Brings one row over. `None` is a row that is counted later.
    async fn row(
        &mut self,
        kind: Kind,
        row: &Row,
        table: &mut TableReport,
    ) -> igny8_core::Result<Option<Outcome>> {
        let outcome = match kind {
            Kind::Plans => self.plan(row, table).await?,
            Kind::Industries => self.industry(row).await?,
            Kind::IndustrySectors => self.industry_sector(row).await?,
            Kind::Accounts => self.account(row, table).await?,
            Kind::Users => self.user(row, table).await?,
            Kind::Sites => self.site(row, table).await?,
            Kind::Sectors => self.sector(row, table).await?,
            Kind::SiteAccess => self.site_access(row).await?,
            Kind::Prompts => self.prompt(row, table).await?,
            Kind::Integrations => self.integration(row, table).await?,
            Kind::AuthorProfiles => self.author_profile(row, table).await?,
            Kind::Strategies => self.strategy(row, table).await?,
            Kind::Clusters => self.cluster(row, table).await?,
            Kind::KeywordLinks | Kind::ClusterLinks => {
                self.keyword_link(row);
                return Ok(None);
            }
            Kind::Keywords => return self.keyword(row, table).await,
            Kind::Ideas => self.idea(row, table).await?,
            Kind::Tasks => self.task(row, table).await?,
            Kind::Contents => self.content(row, table).await?,
            Kind::Images => self.image(row, table).await?,
            Kind::Transactions => self.old_entry(row, history::TRANSACTIONS)?,
            Kind::Usage => self.old_entry(row, history::USAGE)?,
        };
        Ok(Some(outcome))
    }

    /// What can only be done once a table is read to its end.
    async fn end_of(&mut self, kind: Kind, table: &mut TableReport, report: &mut Report) -> Result<()> {
        match kind {
            Kind::Sectors => self.activate_sectors(table).await?,
            Kind::Keywords => {
                self.flush_keywords(table).await?;
                self.report_links(report);
            }
            _ => {}
        }
        Ok(())
    }

    /// Why rows of this account do not come; `None` when they do.
    fn absent(&self, account: Option<i64>) -> Option<Outcome> {
        match account {
            Some(account) if self.tenants.contains_key(&account) => None,
            Some(_) => Some(Outcome::skipped("its account did not come")),
            None => Some(Outcome::skipped("it belongs to no account")),
        }
    }

    /// The tenant that a row of the account belongs to.
    fn tenant(&self, row: &Row) -> Result<&Tenant, Outcome> {
        let account = account_of(row);
        if let Some(outcome) = self.absent(account) {
            return Err(outcome);
        }
        let found = account.and_then(|account| self.tenants.get(&account));
        found.ok_or_else(|| Outcome::skipped("its account did not come"))
    }

    /// The sector that a row stands in. Account and site are the sector's; a row that says otherwise does not come.
    fn place(&self, row: &Row) -> Result<(&Tenant, SectorHere, i64), Outcome> {
        let Some(sector_id) = row.int(&["sector_id"]) else {
            return Err(Outcome::skipped("it has no sector"));
        };
        let Some(sector) = self.sectors.get(&sector_id) else {
            return Err(Outcome::skipped("its sector did not come"));
        };
        if row.int(&["site_id"]).is_some_and(|site| site != sector.site) {
            return Err(Outcome::skipped("its site is not its sector's"));
        }
        if account_of(row).is_some_and(|account| account != sector.account) {
            return Err(Outcome::skipped("its account is not its sector's"));
        }
        match self.tenants.get(&sector.account) {
            Some(tenant) => Ok((tenant, *sector, sector_id)),
            None => Err(Outcome::skipped("its account did not come")),
        }
    }
}

/// The account's id in the source; early releases called the column otherwise.
fn account_of(row: &Row) -> Option<i64> {
    row.int(&["account_id", "tenant_id"])
}

/// Counts by reason, for what is reported apart from its rows.
type Reasons = BTreeMap<String, Rows>;
