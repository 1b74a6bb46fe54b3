//! The whole flow on the offline provider: within a program of one's own, and as the real quickstart.

use std::collections::BTreeSet;
use std::io::Cursor;

use igny8_ai::Offline;
use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, GenerateImages, ImageGeneration,
};
use igny8_core::pipeline::{IdeaStatus, ImageStatus, KeywordStatus, TaskStatus};
use igny8_tests::Desk;
use igny8_tests::desk::brisk;
use igny8_tests::quickstart::Job;
use serde_json::Value;

/// A small file of one's own: three topics and a keyword that belongs to none.
const KEYWORDS: &str = "keyword,volume,difficulty,intent\n\
    green tea benefits,40500,62,informational\n\
    benefits of green tea,12100,60,informational\n\
    green tea health benefits,9900,58,informational\n\
    green tea benefits for skin,4400,41,informational\n\
    matcha whisk,8100,22,\"transactional, commercial\"\n\
    bamboo matcha whisk,1300,18,transactional\n\
    best matcha whisk,720,20,commercial\n\
    matcha whisk holder,590,9,transactional\n\
    how to brew oolong,880,15,informational\n\
    oolong brewing time,480,12,informational\n\
    oolong brewing temperature,390,12,informational\n\
    brew oolong tea,210,14,informational\n\
    quarterly tax deadline,2900,70,informational\n";

#[tokio::test]
async fn a_file_becomes_articles_with_images() {
    let desk =
        Desk::in_memory(|builder| builder.text_model(Offline::new()).image_model(Offline::new())).await;
    let (igny8, scope) = (&desk.igny8, &desk.scope);
    let _worker = igny8.spawn_worker(brisk());

    let report = igny8.keywords(scope).import_csv(desk.home.sector, KEYWORDS.as_bytes()).await.unwrap();
    assert_eq!((report.created, report.updated, report.duplicates, report.rejected_total), (13, 0, 0, 0));

    let run = igny8.start(scope, AutoCluster::for_import(report.id)).await.unwrap();
    let clustered = run.output().await.unwrap();
    assert_eq!(clustered.output.clustered + clustered.output.unclustered, 13, "every keyword has its place");
    assert!(clustered.output.clusters >= 2, "{clustered:?}");
    let clusters = desk.all_clusters().await;
    assert_eq!(clusters.len() as u64, clustered.output.clusters);
    for cluster in &clusters {
        let keywords = desk.all_keywords().await;
        let own: Vec<_> = keywords.iter().filter(|keyword| keyword.clusters == [cluster.id]).collect();
        assert_eq!(cluster.keywords_count, own.len() as u64);
        assert_eq!(
            cluster.volume,
            own.iter().filter_map(|keyword| keyword.volume).map(u64::from).sum::<u64>()
        );
        assert!(own.iter().all(|keyword| keyword.status == KeywordStatus::Clustered));
    }

    let ids: Vec<_> = clusters.iter().map(|cluster| cluster.id).collect();
    let ideated = igny8.start(scope, GenerateIdeas::for_clusters(ids.clone())).await.unwrap();
    let ideated = ideated.output().await.unwrap();
    assert!(ideated.failed.is_empty(), "{ideated:?}");
    let ideas = desk.all_ideas().await;
    for cluster in &ids {
        let own = ideas.iter().filter(|idea| idea.cluster == Some(*cluster)).count();
        assert!((1..=5).contains(&own), "{own} ideas");
    }

    let chosen: Vec<_> = ids
        .iter()
        .map(|cluster| ideas.iter().find(|idea| idea.cluster == Some(*cluster)).unwrap().id)
        .collect();
    let (tasks, outcome) = igny8.ideas(scope).queue_to_writer(&chosen).await.unwrap();
    assert_eq!((tasks.len(), outcome.refused.len()), (chosen.len(), 0));

    let run = igny8.start(scope, GenerateContent::for_tasks(tasks.iter().map(|task| task.id).collect()));
    let written = run.await.unwrap().output().await.unwrap();
    assert!(written.failed.is_empty(), "{written:?}");
    let articles = desk.articles().await;
    assert_eq!(articles.len(), tasks.len());
    for task in &tasks {
        let draft = &articles[&task.id].draft;
        assert!(draft.within_word_target, "{} words for {}", draft.word_count, task.word_count);
        assert!(draft.word_count.abs_diff(task.word_count) * 5 <= task.word_count);
        assert!(draft.seo.score > 0 && !draft.seo.checks.is_empty());
        assert!(draft.html_content.contains("<h2>"));
        let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
        assert!((1..=60).contains(&length(&draft.meta_title)));
        assert!((1..=160).contains(&length(&draft.meta_description)));
    }
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Generated));
    let used: BTreeSet<_> = desk
        .all_ideas()
        .await
        .into_iter()
        .filter(|idea| idea.status == IdeaStatus::Used)
        .map(|idea| idea.id)
        .collect();
    assert_eq!(used, chosen.iter().copied().collect());

    let contents: Vec<_> = articles.values().map(|article| article.id).collect();
    let prompted = igny8.start(scope, GenerateImagePrompts::for_contents(contents.clone())).await.unwrap();
    let prompted = prompted.output().await.unwrap();
    assert!(prompted.failed.is_empty(), "{prompted:?}");
    let run = igny8.start(scope, GenerateImages::for_images(prompted.output.images.clone())).await.unwrap();
    let made = run.output().await.unwrap();
    assert_eq!((made.failed.len(), made.output.images.len()), (0, prompted.output.images.len()));
    let size = ImageGeneration::default().size;
    for image in desk.all_images().await {
        assert_eq!((image.status, image.media_type.as_deref()), (ImageStatus::Generated, Some("image/png")));
        assert!(!image.alt.is_empty() && contents.contains(&image.content.unwrap()));
        let file = igny8.images(scope).file(image.id).await.unwrap();
        assert_eq!(png_size(&file.bytes), (size.width, size.height));
    }

    let prices = [clustered.credits, ideated.credits, written.credits, prompted.credits, made.credits];
    assert_eq!(clustered.credits, 2, "13 keywords at 10 a credit");
    assert_eq!(ideated.credits, 2 * ids.len() as i64);
    assert_eq!(
        (prompted.credits, made.credits),
        (contents.len() as i64, 5 * made.output.images.len() as i64)
    );
    assert_eq!(desk.balance().await.balance, 5_000 - prices.iter().sum::<i64>());
    desk.assert_ledger_sound().await;
}

/// The size of an image that decodes whole.
fn png_size(bytes: &[u8]) -> (u32, u32) {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    (frame.width, frame.height)
}

#[test]
fn the_quickstart_tells_everything_in_one_json_object() {
    let job = Job::new();
    let report = job.report(&["--articles", "2"]);
    for path in [
        "/import/created",
        "/import/updated",
        "/import/duplicates",
        "/import/rejected",
        "/import/seconds",
        "/clusters/count",
        "/clusters/clustered",
        "/clusters/unclustered",
        "/clusters/seconds",
        "/ideas",
        "/images",
        "/credits/granted",
        "/credits/spent",
        "/credits/balance",
        "/tokens/prompt",
        "/tokens/completion",
        "/seconds",
        "/peak_rss_mb",
    ] {
        assert!(report.pointer(path).is_some_and(Value::is_number), "{path} in {report:#}");
    }
    assert_eq!(report["import"]["created"], 300);
    assert_eq!(report["import"]["rejected"], 0);
    assert_eq!(report["credits"]["ledger_ok"], true);
    // Dollars are decimals, never floats.
    assert!(report["tokens"]["cost_usd"].as_str().is_some_and(|cost| cost.parse::<f64>() == Ok(0.0)));
    let number = |path: &str| report.pointer(path).and_then(Value::as_i64).unwrap();
    assert_eq!(number("/clusters/clustered") + number("/clusters/unclustered"), 300);
    assert_eq!(number("/credits/granted") - number("/credits/spent"), number("/credits/balance"));

    let articles = report["articles"].as_array().unwrap();
    assert_eq!(articles.len(), 2);
    let mut images = 0;
    for article in articles {
        assert!(article["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(article["word_count"].as_u64().is_some_and(|words| words >= 300));
        assert_eq!(article["within_word_target"], true);
        assert!(article["seo_score"].as_u64().is_some_and(|score| (1..=100).contains(&score)));
        assert!(article["credits"].as_i64().is_some_and(|credits| credits >= 5));
        let page = std::fs::read_to_string(article["path"].as_str().unwrap()).unwrap();
        assert!(page.contains("<h2"), "{page}");
        images += sources(&page)
            .map(|source| std::fs::read(job.out().join("articles").join(source)).unwrap())
            .inspect(|bytes| assert!(png_size(bytes).0 > 0))
            .count();
    }
    assert_eq!(report["images"].as_u64(), Some(images as u64), "every image stands in an article");
    assert!(job.out().join("index.html").is_file());
}

/// Where a page's images lie.
fn sources(page: &str) -> impl Iterator<Item = &str> {
    page.split("<img").skip(1).filter_map(|tag| tag.split("src=\"").nth(1)?.split('"').next())
}

#[test]
fn the_quickstart_started_again_on_its_database_makes_nothing_anew() {
    let job = Job::new();
    let first = job.report(&["--articles", "1"]);
    let second = job.report(&["--articles", "1"]);
    assert_eq!((&second["import"]["created"], &second["import"]["updated"]), (&0.into(), &300.into()));
    for path in ["/clusters/count", "/clusters/clustered", "/ideas", "/articles", "/images", "/credits"] {
        assert_eq!(first.pointer(path), second.pointer(path), "{path}");
    }
    // Asked for more, it makes only what is missing.
    let third = job.report(&["--articles", "2"]);
    assert_eq!(third["articles"].as_array().unwrap().len(), 2);
    assert_eq!(third["articles"][0], second["articles"][0]);
    assert_eq!(third["credits"]["ledger_ok"], true);
}
