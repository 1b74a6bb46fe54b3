//! auto_cluster by each of its methods, from a file to rows: what a sector chooses, what a model is shown and may do, what
//! a failed call leaves, and what all of it took beside what was expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use igny8_core::clustering::ClusteringMethod;
use igny8_core::functions::{AutoCluster, Clustered, RunReport};
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ClusterChange, ClusterStatus, KeywordChange, KeywordFilter, KeywordQuery, KeywordStatus,
};
use igny8_core::runs::RunState;
use igny8_core::tenancy::SectorChange;
use igny8_tests::desk::{brisk, eventually};
use igny8_tests::fake_openai::{Gate, good};
use igny8_tests::{Answer, Desk, FakeOpenAi, tokens};
use serde_json::{Value, json};

async fn clustered(desk: &Desk, request: AutoCluster) -> RunReport<Clustered> {
    let _worker = desk.igny8.spawn_worker(brisk());
    desk.igny8.start(&desk.scope, request).await.unwrap().output().await.unwrap()
}

/// The texts of each cluster, by its name.
async fn by_cluster(desk: &Desk) -> BTreeMap<String, Vec<String>> {
    let clusters = desk.all_clusters().await;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for keyword in desk.all_keywords().await {
        let cluster =
            keyword.clusters.first().and_then(|id| clusters.iter().find(|cluster| cluster.id == *id));
        found
            .entry(cluster.map(|cluster| cluster.name.clone()).unwrap_or_default())
            .or_default()
            .push(keyword.keyword);
    }
    found.values_mut().for_each(|texts| texts.sort());
    found
}

async fn import(desk: &Desk, file: &str) {
    let report =
        desk.igny8.keywords(&desk.scope).import_csv(desk.home.sector, file.as_bytes()).await.unwrap();
    assert_eq!(report.rejected_total, 0, "{report:#?}");
}

async fn choose(desk: &Desk, method: Option<ClusteringMethod>) {
    let change = SectorChange { clustering: Some(method), ..SectorChange::default() };
    desk.igny8.sectors(&desk.scope).update(desk.home.sector, change).await.unwrap();
}

const SERP: &str = "keyword,serp_urls\n\
    sofa bed,https://a.test/1 https://a.test/2 https://a.test/3 https://a.test/4\n\
    sleeper couch,https://a.test/1 https://a.test/2 https://a.test/3 https://a.test/4\n\
    sofa bed frame,https://b.test/1 https://b.test/2 https://b.test/3 https://b.test/4\n\
    bedstead,https://b.test/1 https://b.test/2 https://b.test/3 https://b.test/4\n";

#[tokio::test]
async fn a_sector_chooses_how_its_keywords_are_grouped_and_a_run_may_choose_otherwise() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    import(&desk, SERP).await;
    choose(&desk, Some(ClusteringMethod::Serp)).await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert_eq!((report.output.clusters, report.usage.calls, report.forecast), (2, 0, None));
    let groups: Vec<Vec<String>> = by_cluster(&desk).await.into_values().collect();
    assert!(groups.contains(&vec!["sleeper couch".to_owned(), "sofa bed".to_owned()]), "{groups:?}");

    import(&desk, "keyword\noolong tea\ntea oolong\noolong tea benefits\n").await;
    choose(&desk, None).await;
    let lexical = AutoCluster::for_sector(desk.home.sector).method(ClusteringMethod::Lexical);
    let report = clustered(&desk, lexical).await;
    assert_eq!((report.output.clusters, report.output.clustered, report.usage.calls), (1, 3, 0));
    assert!(service.asked().is_empty());

    import(&desk, "keyword\nbike repair\nrepair a bike\nbike repair stand\n").await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert_eq!(
        (report.usage.calls, service.asked().len()),
        (1, 1),
        "a model that writes is asked by default"
    );
    assert!(report.forecast.is_some());
}

#[tokio::test]
async fn serp_without_addresses_says_what_to_do_and_charges_nothing() {
    let desk = Desk::in_memory(|builder| builder.text_model(igny8_ai::Offline::new())).await;
    import(&desk, "keyword\ntea\ngreen tea\n").await;
    let request = AutoCluster::for_sector(desk.home.sector).method(ClusteringMethod::Serp);
    let run = desk.igny8.start(&desk.scope, request).await.unwrap().id();
    let _worker = desk.igny8.spawn_worker(brisk());
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.charged), (RunState::Failure, Some(0)));
    assert!(finished.error.unwrap().message.contains("serp_urls"));
    desk.assert_ledger_sound().await;
}

/// Answers by what a model may do with groups: the first two become one, the first entry of the third is dropped as junk,
/// and of the others each entry is a cluster of its own.
fn merged_split_and_dropped(data: &Value) -> Value {
    let groups: Vec<Vec<u64>> = data["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group.as_array().unwrap().iter().map(|entry| entry[0].as_u64().unwrap()).collect())
        .collect();
    let cluster =
        |name: String, ids: Vec<u64>| json!({"name": name, "description": "Told.", "keyword_ids": ids});
    let mut clusters = vec![cluster("Merged".to_owned(), groups[..2].concat())];
    clusters.push(cluster("Rest of the third".to_owned(), groups[2][1..].to_vec()));
    for id in groups[3..].concat() {
        clusters.push(cluster(format!("Alone {id}"), vec![id]));
    }
    json!({"clusters": clusters, "unclustered": [groups[2][0]]})
}

#[tokio::test]
async fn a_model_merges_splits_names_and_drops() {
    let service = FakeOpenAi::answering(|asked| Answer::json(&merged_split_and_dropped(&asked.data))).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let mut file = "keyword\n".to_owned();
    for topic in ["green tea", "bike repair", "sourdough bread", "solar panel"] {
        for words in ["benefits", "cost", "near me", "for beginners"] {
            file.push_str(&format!("{topic} {words}\n"));
        }
    }
    import(&desk, &file).await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert_eq!((report.output.clustered, report.output.unclustered), (15, 1));
    let groups = by_cluster(&desk).await;
    assert_eq!((groups["Merged"].len(), groups["Rest of the third"].len(), groups[""].len()), (8, 3, 1));
    assert_eq!(groups.keys().filter(|name| name.starts_with("Alone")).count(), 4);
    let all: usize = groups.values().map(Vec::len).sum();
    assert_eq!(all, 16, "every keyword is in exactly one place");
    for cluster in desk.all_clusters().await {
        assert_eq!(cluster.keywords_count as usize, groups[&cluster.name].len(), "{}", cluster.name);
    }
}

/// So many different keywords about a few hundred subjects.
fn long_list(keywords: usize) -> String {
    const QUALITIES: [&str; 16] = [
        "best",
        "cheap",
        "organic",
        "vintage",
        "portable",
        "electric",
        "wooden",
        "small",
        "large",
        "modern",
        "used",
        "custom",
        "waterproof",
        "quiet",
        "fast",
        "heavy",
    ];
    let mut file = "keyword,volume\n".to_owned();
    for number in 0..keywords {
        let (subject, quality) = (number / QUALITIES.len(), QUALITIES[number % QUALITIES.len()]);
        let subject: String =
            format!("{subject:03}").bytes().map(|digit| char::from(b'a' + (digit - b'0') * 2)).collect();
        file.push_str(&format!("{quality} {subject}ware for the kitchen,{}\n", number % 1_000));
    }
    file
}

#[tokio::test]
async fn a_long_list_is_read_at_a_tenth_and_told_beforehand() {
    let service = FakeOpenAi::good().await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let file = long_list(8_000);
    import(&desk, &file).await;
    let request = AutoCluster::for_sector(desk.home.sector);
    let expected = desk.igny8.estimate(&desk.scope, &request).await.unwrap().forecast.unwrap();
    let report = clustered(&desk, request).await;

    let read: u64 = service.asked().iter().map(tokens::of_question).sum();
    let whole: u64 = file.lines().map(|line| tokens::count(line.split(',').next().unwrap())).sum();
    assert!(read * 10 <= whole, "{read} tokens were read, the list has {whole}");
    assert_eq!(report.forecast, Some(expected));
    assert!(expected.calls >= report.usage.calls && expected.calls <= report.usage.calls + 1, "{expected}");
    let near = expected.prompt_tokens as f64 / read as f64;
    assert!((0.5..2.0).contains(&near), "{expected} was expected and {read} tokens were read");
    assert_eq!(report.output.clustered + report.output.unclustered, 8_000);
    assert_eq!(report.credits, 800);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_call_that_fails_takes_only_its_own_keywords_with_it() {
    let service = FakeOpenAi::answering(|asked| match asked.number {
        1 => Answer::json(&good(asked)),
        _ => Answer::text("I would rather talk about the weather."),
    })
    .await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    import(&desk, &long_list(6_000)).await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert!(report.succeeded >= 1 && !report.failed.is_empty(), "{report:#?}");
    let placed = report.output.clustered + report.output.unclustered;
    assert!(placed > 0 && placed < 6_000);
    let free =
        KeywordFilter { statuses: vec![KeywordStatus::New], ..KeywordFilter::sector(desk.home.sector) };
    let free = KeywordQuery::filtered(free).page(Page::Number { number: 1, size: 1 });
    let free = desk.igny8.keywords(&desk.scope).list(&free).await.unwrap().total.unwrap();
    assert_eq!(free, 6_000 - report.output.clustered);
    let run = desk.runs().await.first().unwrap().id;
    let done: i64 = desk.items(run).await.iter().map(|item| item.credits).sum();
    assert!(done > 0 && done < 600);
    assert_eq!(report.credits, done);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn new_keywords_join_what_is_there_and_nothing_old_moves() {
    let desk = Desk::in_memory(|builder| builder.text_model(igny8_ai::Offline::new())).await;
    let topics = ["green tea", "bike repair", "sourdough bread", "solar panel"];
    let of = |words: &[&str]| {
        let lines =
            topics.iter().flat_map(|topic| words.iter().map(move |words| format!("{topic} {words}\n")));
        format!("keyword\n{}", lines.collect::<String>())
    };
    import(&desk, &of(&["benefits", "cost", "near me", "for beginners"])).await;
    clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    let before = by_cluster(&desk).await;
    assert_eq!(before.len(), 4);

    import(&desk, &of(&["benefits and cost", "for beginners near me"])).await;
    import(&desk, "keyword\nespresso machine\nbest espresso machine\n").await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert_eq!((report.output.joined, report.output.clusters), (8, 1));
    let after = by_cluster(&desk).await;
    for (name, texts) in &before {
        assert!(texts.iter().all(|text| after[name].contains(text)), "{name} lost some of {texts:?}");
    }

    let quality = desk.igny8.clusters(&desk.scope).quality(desk.home.sector).await.unwrap();
    assert_eq!((quality.keywords, quality.unclustered, quality.sizes.clusters), (26, 0, 5));
    assert_eq!(quality.likely_duplicates.total, 0);
    assert!(quality.to_html("Clusters").contains("espresso machine"));
}

#[tokio::test]
async fn what_others_take_while_a_model_thinks_stays_theirs() {
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let service = FakeOpenAi::answering(move |asked| Answer::json(&good(asked)).held(&held)).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    import(&desk, "keyword\ngreen tea\ngreen tea cost\ngreen tea benefits\nbike repair\nbike repair cost\n")
        .await;
    let run = desk.igny8.start(&desk.scope, AutoCluster::for_sector(desk.home.sector)).await.unwrap();
    let _worker = desk.igny8.spawn_worker(brisk());
    eventually("the model is asked", async || match service.asked().as_slice() {
        [] => Err("nobody asked".to_owned()),
        _ => Ok(()),
    })
    .await;

    let all = desk.all_keywords().await;
    let id = |text: &str| all.iter().find(|keyword| keyword.keyword == text).unwrap().id;
    let room = desk.igny8.keywords(&desk.scope);
    room.bulk_delete(&[id("green tea cost")]).await.unwrap();
    let mine = desk.clusters(&["mine"]).await[0];
    let change = KeywordChange { cluster: Some(Some(mine)), ..KeywordChange::default() };
    room.update(id("bike repair"), change).await.unwrap();
    gate.open();

    let report = run.output().await.unwrap();
    assert_eq!((report.output.taken, report.output.clustered), (2, 3), "{report:#?}");
    let kept = room.get(id("bike repair")).await.unwrap();
    assert_eq!(kept.clusters, [mine]);
    for cluster in desk.all_clusters().await {
        assert!(cluster.keywords_count > 0, "{} is empty", cluster.name);
    }
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn a_cluster_that_was_put_aside_gets_no_keywords() {
    let desk = Desk::in_memory(|builder| builder.text_model(igny8_ai::Offline::new())).await;
    let aside = desk.clusters(&["green tea"]).await[0];
    let archived = ClusterChange { status: Some(ClusterStatus::Archived), ..ClusterChange::default() };
    desk.igny8.clusters(&desk.scope).update(aside, archived).await.unwrap();
    import(&desk, "keyword,volume\ngreen tea,900\ntea green,10\ngreen teas,5\n").await;
    let report = clustered(&desk, AutoCluster::for_sector(desk.home.sector)).await;
    assert_eq!((report.output.clusters, report.output.clustered), (1, 3));
    let names: Vec<String> = by_cluster(&desk).await.into_keys().collect();
    assert_eq!(names, ["green tea", "green tea (2)"]);
}
