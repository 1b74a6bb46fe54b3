//! The real quickstart killed with SIGKILL in the middle, again and again, and started anew: it goes on at once and comes
//! to what an undisturbed one comes to, with nothing doubled and nothing charged twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use igny8_core::ids::RunId;
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ClusterQuery, ContentQuery, IdeaQuery, ImageQuery, ImageStatus, KeywordQuery, TaskQuery,
};
use igny8_core::runs::{RunFilter, RunQuery, RunState};
use igny8_tests::Chance;
use igny8_tests::quickstart::Job;

/// Databases, each killed on its own.
const ROUNDS: u64 = 12;
/// Fewer than a run has attempts: a run that loses every one of its workers is given up, which is another test's subject.
const MOST_KILLS: u64 = 3;
/// What the job makes.
const ARTICLES: [&str; 2] = ["--articles", "2"];
const ALL: Page = Page::first(5_000);

/// What a job has come to, without ids and dates.
#[derive(Debug, PartialEq)]
struct Made {
    keywords: usize,
    clusters: BTreeSet<(String, u64, u64)>,
    ideas: BTreeSet<String>,
    articles: BTreeSet<(String, u32)>,
    images: usize,
    charges: Vec<(String, i64)>,
    balance: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quickstart_that_was_killed_goes_on_where_it_stood() {
    let undisturbed = Job::new();
    // Once to build it and once to see how long it takes, which decides when the others are killed.
    drop(Job::new().report(&ARTICLES));
    let began = Instant::now();
    drop(undisturbed.report(&ARTICLES));
    let typical = began.elapsed();
    let expected = made(&undisturbed).await;

    let mut chance = Chance::seeded(20_260_310);
    let mut taken_over = 0;
    for round in 0..ROUNDS {
        let job = Job::new();
        // The first kills go through the whole length of the job, one part of it a round; the others come anywhere.
        let mut part = (round as f64 + chance.part()) / ROUNDS as f64;
        let mut in_hand: Vec<(RunId, u64)> = Vec::new();
        for _ in 0..=round % MOST_KILLS {
            if kill_after(&job, Duration::from_millis(5) + typical.mul_f64(part)) {
                break;
            }
            in_hand.extend(runs_in_hand(&job).await);
            part = chance.part();
        }
        let report = job.report(&ARTICLES);
        assert_eq!(report["credits"]["ledger_ok"], true, "round {round}");
        assert_eq!(made(&job).await, expected, "round {round}");
        assert_nothing_doubled(&job).await;
        assert_finished(&job, &in_hand).await;
        taken_over += in_hand.len();
    }
    assert!(taken_over > 0, "no kill ever hit a run in the hands of a worker: the rounds prove nothing");
}

/// Starts the job and kills it after this long; `true` when it had come to its end before.
fn kill_after(job: &Job, delay: Duration) -> bool {
    let mut child = job.start(&ARTICLES);
    std::thread::sleep(delay);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    ended
}

/// The runs that were in the hands of the process that is dead now, each with its epoch.
async fn runs_in_hand(job: &Job) -> Vec<(RunId, u64)> {
    let Some((igny8, scope)) = job.look().await else { return Vec::new() };
    let filter = RunFilter { states: vec![RunState::Progress], ..RunFilter::default() };
    let runs = igny8.runs(&scope).list(&RunQuery::filtered(filter).page(ALL)).await.unwrap().items;
    runs.into_iter().map(|run| (run.id, run.epoch)).collect()
}

/// Every run is finished, and those that a dead process held were taken over: since the program came to its end in less
/// than a lease lasts, it did not wait for the leases.
async fn assert_finished(job: &Job, in_hand: &[(RunId, u64)]) {
    let (igny8, scope) = job.look().await.unwrap();
    for run in igny8.runs(&scope).list(&RunQuery::default().page(ALL)).await.unwrap().items {
        assert_eq!(run.state, RunState::Success, "{run:#?}");
        assert!(u64::from(run.attempts) <= 1 + MOST_KILLS && run.attempts <= run.max_attempts, "{run:#?}");
    }
    for (id, epoch) in in_hand {
        let run = igny8.runs(&scope).get(*id).await.unwrap();
        assert!(run.epoch > *epoch && run.attempts > 1, "{run:#?}");
    }
}

async fn made(job: &Job) -> Made {
    let (igny8, scope) = job.look().await.unwrap();
    let clusters = igny8.clusters(&scope).list(&ClusterQuery::default().page(ALL)).await.unwrap().items;
    let contents = igny8.contents(&scope).list(&ContentQuery::default().page(ALL)).await.unwrap().items;
    let ideas = igny8.ideas(&scope).list(&IdeaQuery::default().page(ALL)).await.unwrap().items;
    let credits = igny8.credits(&scope);
    let usage = credits.usage(&igny8_core::paging::ListQuery::default().page(ALL)).await.unwrap().items;
    let mut charges: Vec<(String, i64)> =
        usage.into_iter().map(|entry| (entry.operation_type, entry.credits_used)).collect();
    charges.sort();
    Made {
        keywords: igny8.keywords(&scope).list(&KeywordQuery::default().page(ALL)).await.unwrap().items.len(),
        clusters: clusters
            .into_iter()
            .map(|cluster| (cluster.name, cluster.keywords_count, cluster.volume))
            .collect(),
        ideas: ideas.into_iter().map(|idea| idea.title).collect(),
        articles: contents
            .into_iter()
            .map(|content| (content.draft.title, content.draft.word_count))
            .collect(),
        images: igny8.images(&scope).list(&ImageQuery::default().page(ALL)).await.unwrap().items.len(),
        charges,
        balance: credits.balance().await.unwrap().balance,
    }
}

/// No two rows that say the same, and nothing half done.
async fn assert_nothing_doubled(job: &Job) {
    let (igny8, scope) = job.look().await.unwrap();
    let once = |what: &str, keys: Vec<String>| {
        let distinct: BTreeSet<&String> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len(), "{what}: {keys:#?}");
    };
    let keywords = igny8.keywords(&scope).list(&KeywordQuery::default().page(ALL)).await.unwrap().items;
    once("keywords", keywords.into_iter().map(|keyword| keyword.keyword).collect());
    let ideas = igny8.ideas(&scope).list(&IdeaQuery::default().page(ALL)).await.unwrap().items;
    once("ideas", ideas.iter().map(|idea| idea.title.to_lowercase()).collect());
    let tasks = igny8.tasks(&scope).list(&TaskQuery::default().page(ALL)).await.unwrap().items;
    once("tasks by idea", tasks.iter().map(|task| format!("{:?}", task.idea)).collect());
    let contents = igny8.contents(&scope).list(&ContentQuery::default().page(ALL)).await.unwrap().items;
    once("articles by task", contents.iter().map(|content| content.task.to_string()).collect());
    for content in &contents {
        let revisions = igny8.contents(&scope).revisions(content.id).await.unwrap();
        assert_eq!((content.revision, revisions.len()), (1, 1), "{}", content.draft.title);
    }
    let images = igny8.images(&scope).list(&ImageQuery::default().page(ALL)).await.unwrap().items;
    assert!(images.iter().all(|image| image.status == ImageStatus::Generated));
    let places =
        images.iter().map(|image| format!("{:?} {} {}", image.content, image.image_type, image.position));
    once("images by place", places.collect());
    let files = images.iter().filter_map(|image| image.image_url.as_ref());
    assert_eq!(files.filter(|key| job.out().join("images").join(key).is_file()).count(), images.len());

    let credits = igny8.credits(&scope);
    assert_eq!(credits.verify().await.unwrap(), []);
    assert_eq!(credits.balance().await.unwrap().reserved, 0);
}
