//! What an account may not do: spend what it does not have, and pass its plan. Each refusal says how far it is.

use igny8_core::functions::{AutoCluster, GenerateContent, GenerateIdeas};
use igny8_core::pipeline::{NewCluster, NewKeyword, TaskStatus};
use igny8_core::runs::RunState;
use igny8_core::tenancy::{Limit, NewSite, NewUser, Plan, Role, seed_plans};
use igny8_core::{Error, NewAccount};
use igny8_tests::desk::brisk;
use igny8_tests::{Answer, Desk, FakeOpenAi};
use serde_json::json;

/// A desk whose account is on a plan of the test's own making, which begins with no limits at all.
async fn desk_on(service: &FakeOpenAi, limits: impl FnOnce(&mut Plan)) -> Desk {
    let mut desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    let mut plan = Plan { credits_per_month: Some(100), ..seed_plans().pop().unwrap() };
    plan.id = igny8_core::ids::PlanId::new();
    plan.slug = "own".to_owned();
    limits(&mut plan);
    desk.igny8.save_plan(plan).await.unwrap();
    desk.home = desk.igny8.provision(NewAccount::named("Small").plan("own")).await.unwrap();
    desk.scope = desk.igny8.enter(&desk.home.owner, desk.home.account).await.unwrap();
    desk
}

/// The refusal's limit, what is used and what is allowed.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (Limit, u64, u64) {
    match result {
        Err(Error::PlanLimit { limit, used, allowed }) => (limit, used, allowed),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn work_that_the_balance_does_not_cover_is_not_begun() {
    let service = FakeOpenAi::good().await;
    let desk = desk_on(&service, |_| {}).await;
    let tasks = desk.tasks(&[5_000, 5_000]).await;
    let started = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await;
    assert!(
        matches!(started, Err(Error::InsufficientCredits { needed: 120, available: 100 })),
        "{started:?}"
    );
    assert!(desk.runs().await.is_empty());
    let balance = desk.balance().await;
    assert_eq!((balance.balance, balance.reserved), (100, 0));
    assert!(desk.all_tasks().await.iter().all(|task| task.status == TaskStatus::Pending));
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn what_is_held_for_one_run_is_not_there_for_the_next() {
    let service = FakeOpenAi::good().await;
    let desk = desk_on(&service, |_| {}).await;
    let tasks = desk.tasks(&[5_000, 5_000]).await;
    desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks[..1].to_vec())).await.unwrap();
    let next = desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks[1..].to_vec())).await;
    assert!(matches!(next, Err(Error::InsufficientCredits { needed: 60, available: 40 })), "{next:?}");
    assert_eq!(desk.runs().await.len(), 1);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn rows_past_a_plan_are_refused_with_limit_used_and_allowed() {
    let service = FakeOpenAi::good().await;
    let desk = desk_on(&service, |plan| {
        plan.max_users = Some(1);
        plan.max_sites = Some(1);
        plan.max_keywords = Some(3);
        plan.max_clusters = Some(2);
    })
    .await;
    let (igny8, scope, sector) = (&desk.igny8, &desk.scope, desk.home.sector);
    let user = igny8.users(scope).create(NewUser::new("second@acme.example", Role::Editor)).await;
    assert_eq!(refused(user), (Limit::Users, 1, 1));
    let site = igny8.sites(scope).create(NewSite::named("Second")).await;
    assert_eq!(refused(site), (Limit::Sites, 1, 1));

    // An import is all or nothing, so three of four keywords are not taken either.
    let import = igny8.keywords(scope).import_csv(sector, "keyword\na b\nc d\ne f\ng h\n".as_bytes()).await;
    let (limit, _, allowed) = refused(import);
    assert_eq!((limit, allowed), (Limit::Keywords, 3));
    assert!(desk.all_keywords().await.is_empty());
    desk.keywords(&["a b", "c d", "e f"]).await;
    let keyword = igny8.keywords(scope).create(sector, NewKeyword::new("g h")).await;
    assert_eq!(refused(keyword), (Limit::Keywords, 3, 3));
    // The same keywords again are no new ones.
    igny8.keywords(scope).import_csv(sector, "keyword\na b\nc d\ne f\n".as_bytes()).await.unwrap();

    for name in ["one", "two"] {
        igny8.clusters(scope).create(sector, NewCluster::named(name)).await.unwrap();
    }
    let cluster = igny8.clusters(scope).create(sector, NewCluster::named("three")).await;
    assert_eq!(refused(cluster), (Limit::Clusters, 2, 2));
}

#[tokio::test]
async fn metered_limits_count_what_runs_under_way_have_announced() {
    let service = FakeOpenAi::good().await;
    let desk = desk_on(&service, |plan| {
        plan.max_ai_requests_per_day = Some(3);
        plan.max_words_per_month = Some(2_000);
    })
    .await;
    let start = |tasks: &[igny8_core::ids::TaskId]| {
        desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks.to_vec()))
    };
    let tasks = desk.tasks(&[300, 300, 300, 300, 1_500]).await;
    assert_eq!(refused(start(&tasks[..4]).await), (Limit::AiRequests, 0, 3));
    start(&tasks[..2]).await.unwrap();
    assert_eq!(refused(start(&tasks[2..4]).await), (Limit::AiRequests, 2, 3));
    assert_eq!(refused(start(&tasks[4..]).await), (Limit::Words, 600, 2_000));
    assert_eq!(desk.runs().await.len(), 1);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn ideas_past_the_plan_fail_their_item_and_cost_nothing() {
    let service = FakeOpenAi::good().await;
    let desk = desk_on(&service, |plan| plan.max_content_ideas = Some(4)).await;
    let clusters = desk.clusters(&["green tea", "black tea"]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.igny8.start(&desk.scope, GenerateIdeas::for_clusters(clusters)).await.unwrap().id();
    let finished = desk.finished(run).await;
    assert_eq!((finished.state, finished.charged), (RunState::Success, Some(2)));
    let errors: Vec<_> = desk.items(run).await.into_iter().filter_map(|item| item.error).collect();
    assert_eq!(errors.iter().map(|error| error.code.as_str()).collect::<Vec<_>>(), ["plan_limit"]);
    assert_eq!(desk.all_ideas().await.len(), 3);
    desk.assert_ledger_sound().await;
}

#[tokio::test]
async fn clusters_past_the_plan_leave_their_keywords_out_and_say_so() {
    let service = FakeOpenAi::answering(|_| {
        let cluster =
            |name: &str, ids: [u64; 2]| json!({"name": name, "description": "d", "keyword_ids": ids});
        let clusters = [cluster("One", [0, 1]), cluster("Two", [2, 3]), cluster("Three", [4, 5])];
        Answer::json(&json!({"clusters": clusters, "unclustered": []}))
    })
    .await;
    let desk = desk_on(&service, |plan| plan.max_clusters = Some(2)).await;
    let keywords = desk.keywords(&["tea 1", "tea 2", "tea 3", "tea 4", "tea 5", "tea 6"]).await;
    let _worker = desk.igny8.spawn_worker(brisk());
    let run = desk.igny8.start(&desk.scope, AutoCluster::for_keywords(keywords)).await.unwrap();
    let output = run.output().await.unwrap().output;
    assert_eq!((output.clusters, output.clustered), (2, 4));
    assert_eq!((output.unclustered, output.over_plan_limit), (2, 2));
    assert_eq!(desk.all_clusters().await.len(), 2);
    desk.assert_ledger_sound().await;
}
