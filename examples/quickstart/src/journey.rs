//! The job itself, stage by stage. Each stage looks at what is there and starts only what is missing, so that a job that
//! was cut short goes on where it stood.

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use igny8_core::exchange::ImportReport;
use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, GenerateImages, RunReport,
    StartRequest,
};
use igny8_core::ids::{ContentId, IdeaId, ImageId, SectorId, TaskId};
use igny8_core::paging::{Direction, ListQuery, Page};
use igny8_core::pipeline::{
    Cluster, ClusterField, ClusterFilter, ClusterQuery, Content, ContentFilter, ContentQuery, Idea,
    IdeaFilter, IdeaQuery, IdeaStatus, Image, ImageFilter, ImageQuery, ImageStatus, KeywordField,
    KeywordFilter, KeywordQuery, Task, TaskFilter, TaskQuery, TaskStatus,
};
use igny8_core::runs::{Run, RunFilter, RunQuery, RunState};
use igny8_core::sdk::ImportRequest;
use igny8_core::tenancy::TenantScope;
use igny8_core::{Igny8, NewAccount};

use crate::arguments::Arguments;
use crate::display::Display;

/// The sample that ships with the program.
const SAMPLE: &[u8] = include_bytes!("../keywords.csv");
/// The account the program works for.
const ACCOUNT: &str = "quickstart";
/// The most items one run takes.
const A_RUN: usize = 50;

/// A job on its way.
pub(crate) struct Journey<'a> {
    pub(crate) igny8: &'a Igny8,
    pub(crate) scope: TenantScope,
    pub(crate) sector: SectorId,
    arguments: &'a Arguments,
    display: &'a Display,
}

/// What the job has come to.
pub(crate) struct Finished {
    pub(crate) import: ImportReport,
    pub(crate) import_seconds: f64,
    pub(crate) cluster_seconds: f64,
    pub(crate) ideas: usize,
    /// The articles, in the order of their clusters.
    pub(crate) articles: Vec<Content>,
    pub(crate) images: Vec<Image>,
}

impl<'a> Journey<'a> {
    /// Opens the program's account, or enters the one the database has.
    pub(crate) async fn begin(
        igny8: &'a Igny8,
        arguments: &'a Arguments,
        display: &'a Display,
    ) -> Result<Self> {
        let (owner, account) = match igny8.find_account(ACCOUNT).await? {
            Some((account, owner)) => (owner, account.id),
            None => {
                let new = NewAccount::named("Quickstart").slug(ACCOUNT).plan("scale").site("example.com");
                let home = igny8.provision(new.sector("Keywords")).await?;
                (home.owner, home.account)
            }
        };
        let scope = igny8.enter(&owner, account).await?;
        let sectors = igny8.sectors(&scope).list(None).await?;
        let sector = sectors.first().context("the account has no sector")?.id;
        Ok(Self { igny8, scope, sector, arguments, display })
    }

    /// Goes through every stage.
    pub(crate) async fn travel(&self) -> Result<Finished> {
        self.finish_old_runs().await?;
        let (import, import_seconds) = self.import().await?;
        let cluster_seconds = self.cluster().await?;
        let chosen = self.largest_clusters().await?;
        let ideas = self.ideas(&chosen).await?;
        let tasks = self.tasks(&chosen, &ideas).await?;
        let articles = self.write(&tasks).await?;
        let images = self.illustrate(&articles).await?;
        Ok(Finished { import, import_seconds, cluster_seconds, ideas: ideas.len(), articles, images })
    }

    /// Lets runs that an earlier start left behind go on to their end.
    async fn finish_old_runs(&self) -> Result<()> {
        let filter = RunFilter {
            states: vec![RunState::Pending, RunState::Progress, RunState::Retry],
            ..RunFilter::default()
        };
        for run in self.runs(filter).await? {
            let handle = self.igny8.follow::<serde_json::Value>(&self.scope, run.id);
            let stage = self.display.follow("continue", &handle).await?;
            stage.done(&format!("{} of an earlier start", run.function));
        }
        Ok(())
    }

    async fn import(&self) -> Result<(ImportReport, f64)> {
        let began = Instant::now();
        let length = self.length()?;
        let stage = self.display.stage("import", length);
        let request = self
            .files(ImportRequest::into_sector(self.sector))?
            .on_step(|step| stage.at(step.bytes.min(length), &format!("{} rows", step.rows)));
        let report = self.igny8.keywords(&self.scope).import(request).await?;
        stage.done(&format!(
            "{} keywords new, {} known, {} repeated, {} refused",
            report.created, report.updated, report.duplicates, report.rejected_total
        ));
        Ok((report, began.elapsed().as_secs_f64()))
    }

    /// Clusters the keywords that came since the last clustering, and tells how long the last one took.
    async fn cluster(&self) -> Result<f64> {
        let filter = RunFilter {
            function: Some(AutoCluster::FUNCTION.to_owned()),
            states: vec![RunState::Success],
            ..RunFilter::default()
        };
        let last = self.runs(filter).await?.into_iter().max_by_key(|run| run.created_at);
        let newest = self.newest_unclustered().await?;
        let nothing_new = match (&last, newest) {
            (Some(last), Some(newest)) => newest < last.created_at,
            (_, None) => true,
            (None, Some(_)) => false,
        };
        let run = match last {
            Some(last) if nothing_new => last,
            _ => {
                let request = AutoCluster::for_sector(self.sector).granularity(self.arguments.granularity);
                if let Some(forecast) = self.igny8.estimate(&self.scope, &request).await?.forecast {
                    self.display.say("cluster", &format!("expects {forecast}"));
                }
                let run = self.igny8.start(&self.scope, request).await?;
                let stage = self.display.follow("cluster", &run).await?;
                let report = run.output().await?;
                let output = report.output;
                let paid =
                    if report.usage.calls == 0 { String::new() } else { format!("; {}", report.usage) };
                stage.done(&format!(
                    "{} clusters, {} keywords fit none{paid}",
                    output.clusters, output.unclustered
                ));
                run.run().await?
            }
        };
        let took = run.finished_at.zip(run.started_at).map(|(end, start)| end - start);
        Ok(took.and_then(|took| took.to_std().ok()).unwrap_or_default().as_secs_f64())
    }

    /// When the newest keyword that is in no cluster was made.
    async fn newest_unclustered(&self) -> Result<Option<DateTime<Utc>>> {
        let filter = KeywordFilter { clustered: Some(false), ..KeywordFilter::sector(self.sector) };
        let query = KeywordQuery::filtered(filter)
            .order_by(KeywordField::CreatedAt, Direction::Descending)
            .page(Page::first(1));
        let page = self.igny8.keywords(&self.scope).list(&query).await?;
        Ok(page.items.first().map(|keyword| keyword.created_at))
    }

    /// As many clusters as articles are wanted, the most searched first.
    async fn largest_clusters(&self) -> Result<Vec<Cluster>> {
        let filter = ClusterFilter { sector: Some(self.sector), ..ClusterFilter::default() };
        let query = ClusterQuery::filtered(filter)
            .order_by(ClusterField::Volume, Direction::Descending)
            .page(Page::first(self.arguments.articles.max(1)));
        let mut clusters = self.igny8.clusters(&self.scope).list(&query).await?.items;
        clusters.truncate(self.arguments.articles as usize);
        Ok(clusters)
    }

    async fn ideas(&self, clusters: &[Cluster]) -> Result<Vec<Idea>> {
        let known = self.all_ideas().await?;
        let missing: Vec<_> = clusters
            .iter()
            .map(|cluster| cluster.id)
            .filter(|id| !known.iter().any(|idea| idea.cluster == Some(*id)))
            .collect();
        for part in missing.chunks(A_RUN) {
            let report = self.run("ideas", GenerateIdeas::for_clusters(part.to_vec())).await?;
            warn_of_failures(&report)?;
        }
        self.all_ideas().await
    }

    /// A task for the first idea of each cluster.
    async fn tasks(&self, clusters: &[Cluster], ideas: &[Idea]) -> Result<Vec<Task>> {
        let first: Vec<&Idea> = clusters
            .iter()
            .filter_map(|cluster| ideas.iter().find(|idea| idea.cluster == Some(cluster.id)))
            .collect();
        let new: Vec<IdeaId> =
            first.iter().filter(|idea| idea.status == IdeaStatus::New).map(|idea| idea.id).collect();
        if !new.is_empty() {
            self.igny8.ideas(&self.scope).queue_to_writer(&new).await?;
        }
        let filter = TaskFilter { sector: Some(self.sector), ..TaskFilter::default() };
        let all =
            self.igny8.tasks(&self.scope).list(&TaskQuery::filtered(filter).page(Page::first(1_000))).await?;
        Ok(first
            .iter()
            .filter_map(|idea| all.items.iter().find(|task| task.idea == Some(idea.id)).cloned())
            .collect())
    }

    async fn write(&self, tasks: &[Task]) -> Result<Vec<Content>> {
        let missing: Vec<TaskId> = tasks
            .iter()
            .filter(|task| !matches!(task.status, TaskStatus::Generated | TaskStatus::Published))
            .map(|task| task.id)
            .collect();
        for part in missing.chunks(A_RUN) {
            let report = self.run("write", GenerateContent::for_tasks(part.to_vec())).await?;
            warn_of_failures(&report)?;
        }
        let filter = ContentFilter { sector: Some(self.sector), ..ContentFilter::default() };
        let query = ContentQuery::filtered(filter).page(Page::first(1_000));
        let contents = self.igny8.contents(&self.scope).list(&query).await?.items;
        Ok(tasks
            .iter()
            .filter_map(|task| contents.iter().find(|content| content.task == task.id).cloned())
            .collect())
    }

    async fn illustrate(&self, articles: &[Content]) -> Result<Vec<Image>> {
        let known = self.images().await?;
        let missing: Vec<ContentId> = articles
            .iter()
            .map(|article| article.id)
            .filter(|id| !known.iter().any(|image| image.content == Some(*id)))
            .collect();
        for part in missing.chunks(A_RUN) {
            warn_of_failures(&self.run("prompts", GenerateImagePrompts::for_contents(part.to_vec())).await?)?;
        }
        let of_articles = |image: &Image| articles.iter().any(|article| image.content == Some(article.id));
        let without_file: Vec<ImageId> = self
            .images()
            .await?
            .iter()
            .filter(|image| of_articles(image) && image.status != ImageStatus::Generated)
            .map(|image| image.id)
            .collect();
        for part in without_file.chunks(A_RUN) {
            warn_of_failures(&self.run("images", GenerateImages::for_images(part.to_vec())).await?)?;
        }
        let mut images = self.images().await?;
        images.retain(|image| of_articles(image) && image.status == ImageStatus::Generated);
        Ok(images)
    }

    async fn run<R: StartRequest>(&self, stage: &'static str, request: R) -> Result<RunReport<R::Output>>
    where
        R::Output: serde::de::DeserializeOwned,
    {
        let run = self.igny8.start(&self.scope, request).await?;
        let shown = self.display.follow(stage, &run).await?;
        let report = run.output().await?;
        shown.done(&format!(
            "{} done, {} failed, {} credits",
            report.succeeded,
            report.failed.len(),
            report.credits
        ));
        Ok(report)
    }

    pub(crate) async fn runs(&self, filter: RunFilter) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        let mut page = Page::first(100);
        loop {
            let part =
                self.igny8.runs(&self.scope).list(&RunQuery::filtered(filter.clone()).page(page)).await?;
            runs.extend(part.items);
            match part.next {
                Some(next) => page = Page::After { cursor: Some(next), size: 100 },
                None => return Ok(runs),
            }
        }
    }

    pub(crate) async fn count_clusters(&self) -> Result<u64> {
        let filter = ClusterFilter { sector: Some(self.sector), ..ClusterFilter::default() };
        let query: ClusterQuery = ListQuery::filtered(filter).page(Page::Number { number: 1, size: 1 });
        Ok(self.igny8.clusters(&self.scope).list(&query).await?.total.unwrap_or_default())
    }

    /// Every idea of the sector, oldest first.
    async fn all_ideas(&self) -> Result<Vec<Idea>> {
        let filter = IdeaFilter { sector: Some(self.sector), ..IdeaFilter::default() };
        let query = IdeaQuery::filtered(filter).page(Page::first(5_000));
        let mut ideas = self.igny8.ideas(&self.scope).list(&query).await?.items;
        ideas.sort_by_key(|idea| idea.id);
        Ok(ideas)
    }

    async fn images(&self) -> Result<Vec<Image>> {
        let filter = ImageFilter { sector: Some(self.sector), ..ImageFilter::default() };
        let mut images = self
            .igny8
            .images(&self.scope)
            .list(&ImageQuery::filtered(filter).page(Page::first(5_000)))
            .await?
            .items;
        images.sort_by_key(|image| (image.content, image.image_type, image.position));
        Ok(images)
    }

    fn files<'r>(&self, mut request: ImportRequest<'r>) -> Result<ImportRequest<'r>> {
        if self.arguments.keywords.is_empty() {
            return Ok(request.file("keywords.csv", SAMPLE));
        }
        for path in &self.arguments.keywords {
            let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
            request = request.file(path.display().to_string(), file);
        }
        Ok(request)
    }

    /// The keyword files' length in bytes.
    fn length(&self) -> Result<u64> {
        let length = |path: &PathBuf| {
            std::fs::metadata(path).map(|file| file.len()).with_context(|| format!("open {}", path.display()))
        };
        let files = self.arguments.keywords.iter().map(length).sum::<Result<u64>>()?;
        Ok(if self.arguments.keywords.is_empty() { SAMPLE.len() as u64 } else { files })
    }
}

/// Ends the program when a stage has nothing to show but failures.
fn warn_of_failures<O>(report: &RunReport<O>) -> Result<()> {
    let first = report.failed.first().map(|failed| format!("{}: {}", failed.label, failed.error));
    ensure!(report.succeeded > 0 || first.is_none(), "every item failed: {}", first.unwrap_or_default());
    Ok(())
}
