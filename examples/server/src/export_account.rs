//! An account as a folder: everything that is the account's, page by page, and never a secret.
//! The manifest is written last, so a folder without one is not whole.

use std::fs::File;
use std::future::Future;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use igny8_core::exchange::ExportOptions;
use igny8_core::paging::{Cursor, ListQuery, Page, Paged};
use igny8_core::pipeline::{
    ClusterQuery, ContentQuery, IdeaQuery, ImageQuery, KeywordFilter, KeywordQuery, TaskQuery,
};
use igny8_core::ports::{Integrations, SiteGrants};
use igny8_core::runs::RunQuery;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Error, Igny8};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows read from the store at once.
const PAGE: u32 = 500;

/// What an export wrote. `manifest.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// The account's slug.
    pub account: String,
    /// The program that wrote it.
    pub written_by: String,
    /// When it was begun.
    pub began_at: DateTime<Utc>,
    /// Rows by file, and files by folder.
    pub counts: BTreeMap<String, u64>,
    /// Images whose file is not in the place for files, by their key.
    pub missing_files: Vec<String>,
    /// What is left out, and why.
    pub left_out: Vec<&'static str>,
}

/// Writes everything of the account with this slug into a folder that is empty or not there.
///
/// # Errors
/// For an account that is not there, a folder that holds something, and when reading or writing fails.
pub async fn export(igny8: &Igny8, slug: &str, out: &Path) -> Result<Manifest> {
    let found = igny8.find_account(slug).await?;
    let (account, owner) = found.with_context(|| format!("there is no account `{slug}`"))?;
    make_empty(out)?;
    let scope = igny8.enter(&owner, account.id).await?;
    let mut export = Export {
        igny8,
        scope,
        out,
        manifest: Manifest {
            account: slug.to_owned(),
            written_by: concat!("igny8-server ", env!("CARGO_PKG_VERSION")).to_owned(),
            began_at: Utc::now(),
            counts: BTreeMap::new(),
            missing_files: Vec::new(),
            left_out: vec![
                "passwords, API keys, and the secrets of integrations and of WordPress: only that there is one",
                "providers' raw answers, which are kept only while their run is unfinished",
            ],
        },
    };
    let plan = igny8.account(&export.scope).plan().await?;
    let usage = igny8.account(&export.scope).usage().await?;
    export.json("account.json", &json!({"account": account, "plan": plan, "usage": usage}))?;
    export.tenancy().await?;
    export.settings().await?;
    export.planner().await?;
    export.writer().await?;
    export.billing().await?;
    export.json("manifest.json", &export.manifest)?;
    Ok(export.manifest)
}

fn make_empty(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let mut entries = std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    if entries.next().is_some() {
        bail!("{} holds something: name an empty folder", folder.display());
    }
    Ok(())
}

struct Export<'a> {
    igny8: &'a Igny8,
    scope: TenantScope,
    out: &'a Path,
    manifest: Manifest,
}

impl Export<'_> {
    async fn tenancy(&mut self) -> Result<()> {
        let users = self.igny8.users(&self.scope);
        self.pages("users.jsonl", |page| {
            let (users, query) = (users.clone(), ListQuery::default().page(page));
            async move { users.list(&query).await }
        })
        .await?;
        let sites = self.igny8.sites(&self.scope).list().await?;
        self.rows("sites.jsonl", &sites)?;
        let sectors = self.igny8.sectors(&self.scope).list(None).await?;
        self.rows("sectors.jsonl", &sectors)?;
        // Through the port: an account that is closed manages nothing any more, and is exported all the same.
        let grants: &dyn SiteGrants = self.igny8.store();
        let grants = grants.list_grants(&self.scope, None).await?;
        self.rows("site_access.jsonl", &grants)
    }

    async fn settings(&mut self) -> Result<()> {
        let prompts = self.igny8.prompts(&self.scope).own().await?;
        self.rows("prompts.jsonl", &prompts)?;
        let profiles = self.igny8.author_profiles(&self.scope).list().await?;
        self.rows("author_profiles.jsonl", &profiles)?;
        let strategies = self.igny8.strategies(&self.scope).list().await?;
        self.rows("strategies.jsonl", &strategies)?;
        let integrations: &dyn Integrations = self.igny8.store();
        let integrations = integrations.list_integrations(&self.scope).await?;
        let integrations: Vec<Value> = integrations
            .into_iter()
            .map(|settings| {
                json!({
                    "integration_type": settings.integration_type,
                    "config": settings.config,
                    "secrets": settings.secrets.keys().collect::<Vec<_>>(),
                    "is_active": settings.is_active,
                    "created_at": settings.created_at,
                    "updated_at": settings.updated_at,
                })
            })
            .collect();
        self.rows("integrations.jsonl", &integrations)
    }

    async fn planner(&mut self) -> Result<()> {
        let keywords = self.igny8.keywords(&self.scope);
        let path = self.out.join("keywords.csv");
        let options = ExportOptions { extra_columns: true, ..ExportOptions::default() };
        let report = keywords.export_csv(KeywordFilter::default(), create(&path)?, options).await?;
        self.manifest.counts.insert("keywords.csv".to_owned(), report.keywords);
        self.pages("keywords.jsonl", |page| {
            let (keywords, query) = (keywords.clone(), KeywordQuery::default().page(page));
            async move { keywords.list(&query).await }
        })
        .await?;
        let clusters = self.igny8.clusters(&self.scope);
        self.pages("clusters.jsonl", |page| {
            let (clusters, query) = (clusters.clone(), ClusterQuery::default().page(page));
            async move { clusters.list(&query).await }
        })
        .await?;
        let ideas = self.igny8.ideas(&self.scope);
        self.pages("ideas.jsonl", |page| {
            let (ideas, query) = (ideas.clone(), IdeaQuery::default().page(page));
            async move { ideas.list(&query).await }
        })
        .await
    }

    async fn writer(&mut self) -> Result<()> {
        let tasks = self.igny8.tasks(&self.scope);
        self.pages("tasks.jsonl", |page| {
            let (tasks, query) = (tasks.clone(), TaskQuery::default().page(page));
            async move { tasks.list(&query).await }
        })
        .await?;
        self.contents().await?;
        self.images().await
    }

    /// The articles' lines name the file that has the text; former texts stand in the revisions' own lines.
    async fn contents(&mut self) -> Result<()> {
        let room = self.igny8.contents(&self.scope);
        let folder = self.folder("contents")?;
        let mut articles = Lines::create(self.out, "contents.jsonl")?;
        let mut revisions = Lines::create(self.out, "revisions.jsonl")?;
        let mut cursor = None;
        loop {
            let page = room.list(&ContentQuery::default().page(after(cursor))).await?;
            for mut content in page.items {
                let name = format!("{}.html", content.id);
                let path = folder.join(&name);
                let html = std::mem::take(&mut content.draft.html_content);
                std::fs::write(&path, html).with_context(|| format!("write {}", path.display()))?;
                for revision in room.revisions(content.id).await? {
                    revisions.write(&revision)?;
                }
                let mut line = serde_json::to_value(&content).context("write an article as JSON")?;
                if let Some(fields) = line.as_object_mut() {
                    fields.remove("html_content");
                    fields.insert("html_file".to_owned(), json!(format!("contents/{name}")));
                }
                articles.write(&line)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.manifest.counts.insert("contents".to_owned(), articles.count);
        self.count(articles)?;
        self.count(revisions)
    }

    async fn images(&mut self) -> Result<()> {
        let room = self.igny8.images(&self.scope);
        let folder = self.folder("images")?;
        let mut lines = Lines::create(self.out, "images.jsonl")?;
        let (mut cursor, mut files) = (None, 0);
        loop {
            let page = room.list(&ImageQuery::default().page(after(cursor))).await?;
            for image in page.items {
                let mut line = serde_json::to_value(&image).context("write an image as JSON")?;
                if let Some(key) = &image.image_url {
                    let ending = key.rsplit_once('.').map_or("bin", |(_, ending)| ending);
                    let name = format!("{}.{ending}", image.id);
                    match room.file(image.id).await {
                        Ok(blob) => {
                            let path = folder.join(&name);
                            std::fs::write(&path, blob.bytes)
                                .with_context(|| format!("write {}", path.display()))?;
                            files += 1;
                            line["file"] = json!(format!("images/{name}"));
                        }
                        Err(Error::NotFound { .. }) => self.manifest.missing_files.push(key.clone()),
                        Err(error) => return Err(error.into()),
                    }
                }
                lines.write(&line)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.manifest.counts.insert("images".to_owned(), files);
        self.count(lines)
    }

    async fn billing(&mut self) -> Result<()> {
        let credits = self.igny8.credits(&self.scope);
        self.pages("ledger.jsonl", |page| {
            let (credits, query) = (credits.clone(), ListQuery::default().page(page));
            async move { credits.transactions(&query).await }
        })
        .await?;
        self.pages("usage.jsonl", |page| {
            let (credits, query) = (credits.clone(), ListQuery::default().page(page));
            async move { credits.usage(&query).await }
        })
        .await?;
        let runs = self.igny8.runs(&self.scope);
        let mut lines = Lines::create(self.out, "runs.jsonl")?;
        let mut cursor = None;
        loop {
            let page = runs.list(&RunQuery::default().page(after(cursor))).await?;
            for run in page.items {
                let calls = runs.provider_calls(run.id).await?;
                let mut line = serde_json::to_value(&run).context("write a run as JSON")?;
                line["provider_calls"] = serde_json::to_value(calls).context("write calls as JSON")?;
                lines.write(&line)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.count(lines)
    }

    /// Writes a whole list, one JSON object a line.
    async fn pages<T, F, A>(&mut self, name: &str, read: F) -> Result<()>
    where
        T: Serialize,
        F: Fn(Page) -> A,
        A: Future<Output = igny8_core::Result<Paged<T>>>,
    {
        let mut lines = Lines::create(self.out, name)?;
        let mut cursor = None;
        loop {
            let page = read(after(cursor)).await.with_context(|| format!("read what {name} holds"))?;
            for row in &page.items {
                lines.write(row)?;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        self.count(lines)
    }

    fn rows<T: Serialize>(&mut self, name: &str, rows: &[T]) -> Result<()> {
        let mut lines = Lines::create(self.out, name)?;
        for row in rows {
            lines.write(row)?;
        }
        self.count(lines)
    }

    fn count(&mut self, lines: Lines) -> Result<()> {
        let (name, count) = lines.finish()?;
        self.manifest.counts.insert(name, count);
        Ok(())
    }

    fn json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let path = self.out.join(name);
        let mut file = create(&path)?;
        serde_json::to_writer_pretty(&mut file, value).with_context(|| format!("write {name}"))?;
        file.flush().with_context(|| format!("write {name}"))
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.out.join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("make the folder {}", folder.display()))?;
        Ok(folder)
    }
}

fn after(cursor: Option<Cursor>) -> Page {
    Page::After { cursor, size: PAGE }
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(path).with_context(|| format!("write {}", path.display()))?))
}

/// A file of one JSON object a line.
struct Lines {
    name: String,
    file: BufWriter<File>,
    count: u64,
}

impl Lines {
    fn create(folder: &Path, name: &str) -> Result<Self> {
        Ok(Self { name: name.to_owned(), file: create(&folder.join(name))?, count: 0 })
    }

    fn write<T: Serialize>(&mut self, row: &T) -> Result<()> {
        serde_json::to_writer(&mut self.file, row).with_context(|| format!("write {}", self.name))?;
        self.file.write_all(b"\n").with_context(|| format!("write {}", self.name))?;
        self.count += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(String, u64)> {
        self.file.flush().with_context(|| format!("write {}", self.name))?;
        Ok((self.name, self.count))
    }
}
