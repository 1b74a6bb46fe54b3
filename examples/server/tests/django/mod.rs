//! The move from Django: a database as Django leaves one, into SQLite and into PostgreSQL, twice, and once more.

use igny8_ai::Offline;
use igny8_core::Igny8;
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ClusterChange, ClusterFilter, ClusterQuery, ClusterStatus, Content, ContentQuery, ContentStatus,
    IdeaFilter, IdeaQuery, ImageQuery, ImageStatus, KeywordFilter, KeywordQuery, KeywordStatus, TaskQuery,
    TaskStatus,
};
use igny8_core::ports::Directory;
use igny8_core::tenancy::{AccountChange, AccountStatus, Plan, Role, TenantScope};
use igny8_server::cli::ImportDjango;
use igny8_server::import_django::{Report, import};
use igny8_storage::secrets::{Cipher, SecretsKey};
use igny8_storage::{ObjectBlobs, PostgresOptions, SqliteOptions};
use igny8_test_postgres::{Database, Server};

async fn django(server: &Server) -> Database {
    let database = server.database().await;
    database.administer(include_str!("schema.sql")).await;
    database.administer(include_str!("rows.sql")).await;
    // Whoever moves may read, and nothing else.
    database.administer("GRANT SELECT ON ALL TABLES IN SCHEMA public TO igny8_test_application").await;
    database
}

fn cipher() -> Cipher {
    Cipher::new(SecretsKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()).unwrap()
}

fn from(django: &Database) -> ImportDjango {
    ImportDjango {
        from: django.application_url(),
        schema: "public".to_owned(),
        account: None,
        media: None,
        history: None,
    }
}

/// Read, created, unchanged, skipped.
fn counts(report: &Report, table: &str) -> (u64, u64, u64, u64) {
    let table = report.table(table).unwrap_or_else(|| panic!("{table} is not in the report"));
    (table.read, table.created, table.unchanged, table.skipped)
}

#[tokio::test]
async fn into_sqlite() {
    let Some(server) = Server::get().await else { return };
    let store = SqliteOptions::new("sqlite::memory:").secrets(cipher()).open().await.unwrap();
    let igny8 =
        Igny8::builder(store).text_model(Offline::new()).blobs(ObjectBlobs::memory()).build().unwrap();
    moved_twice(&igny8, &django(server).await).await;
}

#[tokio::test]
async fn into_postgres() {
    let Some(server) = Server::get().await else { return };
    let target = server.database().await;
    let options = PostgresOptions::new(target.application_url()).migrated_by(target.owner_url());
    let store = options.secrets(cipher()).open().await.unwrap();
    let igny8 =
        Igny8::builder(store).text_model(Offline::new()).blobs(ObjectBlobs::memory()).build().unwrap();
    moved_twice(&igny8, &django(server).await).await;
}

async fn moved_twice(igny8: &Igny8, django: &Database) {
    let history = tempfile::tempdir().unwrap();
    let mut options = from(django);
    options.history = Some(history.path().join("history"));
    let first = import(igny8, &ObjectBlobs::memory(), &options).await.unwrap();
    as_reported(&first);
    let acme = entered(igny8, "acme").await;
    let globex = entered(igny8, "globex-corp").await;
    people_and_places(igny8, &acme, &globex).await;
    pipeline(igny8, &acme, &globex).await;
    credits(igny8, &acme, &globex).await;
    settings(igny8, &acme).await;
    let lines = |name: &str| {
        std::fs::read_to_string(history.path().join("history").join(name)).unwrap().lines().count()
    };
    assert_eq!((lines("transactions.jsonl"), lines("usage.jsonl"), lines("image-files.jsonl")), (30, 30, 30));

    let before = totals(igny8, &acme, &globex).await;
    let second = import(igny8, &ObjectBlobs::memory(), &from(django)).await.unwrap();
    for table in &first.tables {
        let again = counts(&second, &table.table);
        let expected = (table.read, 0, table.created + table.unchanged, table.skipped);
        assert_eq!(again, expected, "{}: {:?}", table.table, second.table(&table.table).unwrap());
    }
    assert_eq!(totals(igny8, &acme, &globex).await, before);

    let new = "INSERT INTO igny8_keywords (account_id, site_id, sector_id, keyword, volume) VALUES (1, 1, 1, 'late', 7)";
    django.administer(new).await;
    let third = import(igny8, &ObjectBlobs::memory(), &from(django)).await.unwrap();
    let created: u64 = third.tables.iter().map(|table| table.created).sum();
    assert_eq!((created, third.table("igny8_keywords").unwrap().created), (1, 1));
    status_and_plan(igny8).await;
    broken_off(igny8, django, &acme).await;
    status_and_plan(igny8).await;
}

/// An account that is still on the plan it is filled on was left in the middle: its rows are brought to their end.
async fn broken_off(igny8: &Igny8, django: &Database, acme: &TenantScope) {
    let plans = igny8.plans().await.unwrap();
    let staging = plans.iter().find(|plan| plan.slug == "django-import").unwrap().id;
    let legacy = plans.iter().find(|plan| plan.slug == "legacy").unwrap().clone();
    igny8.save_plan(Plan { is_active: true, ..legacy }).await.unwrap();
    let change = AccountChange { plan: Some(staging), ..AccountChange::default() };
    igny8.change_account(acme.account(), change).await.unwrap();
    let find = ClusterFilter { names: Some(vec!["Cluster 3".to_owned()]), ..ClusterFilter::default() };
    let find = ClusterQuery::filtered(find);
    let cluster = igny8.clusters(acme).list(&find).await.unwrap().items.remove(0);
    assert_eq!(cluster.status, ClusterStatus::Finalized);
    let back = ClusterChange { status: Some(ClusterStatus::Pending), ..ClusterChange::default() };
    igny8.clusters(acme).update(cluster.id, back).await.unwrap();
    let report = import(igny8, &ObjectBlobs::memory(), &from(django)).await.unwrap();
    assert_eq!(report.tables.iter().map(|table| table.created).sum::<u64>(), 0);
    let cluster = igny8.clusters(acme).get(cluster.id).await.unwrap();
    assert_eq!(cluster.status, ClusterStatus::Finalized);
}

fn as_reported(report: &Report) {
    let expected = [
        ("igny8_plans", (3, 2, 1, 0)),
        ("igny8_industries", (2, 1, 1, 0)),
        ("igny8_industry_sectors", (2, 2, 0, 0)),
        ("igny8_accounts", (3, 2, 0, 1)),
        ("igny8_users", (62, 60, 0, 2)),
        ("igny8_sites", (3, 3, 0, 0)),
        ("igny8_sectors", (13, 12, 0, 1)),
        ("igny8_site_user_access", (30, 29, 0, 1)),
        ("igny8_clusters", (31, 30, 0, 1)),
        ("igny8_keywords", (65, 62, 0, 3)),
        ("igny8_keywords_cluster", (63, 60, 0, 3)),
        ("igny8_content_ideas", (60, 60, 0, 0)),
        ("igny8_tasks", (61, 61, 0, 0)),
        ("igny8_content", (61, 59, 0, 2)),
        ("igny8_images", (33, 31, 0, 2)),
        ("igny8_ai_prompts", (4, 2, 0, 2)),
        ("igny8_integration_settings", (2, 2, 0, 0)),
        ("igny8_author_profiles", (3, 3, 0, 0)),
        ("igny8_strategies", (3, 2, 0, 1)),
        ("igny8_credit_transactions", (30, 0, 0, 30)),
        ("igny8_credit_usage_logs", (30, 0, 0, 30)),
    ];
    for (table, expected) in expected {
        assert_eq!(counts(report, table), expected, "{table}: {:#?}", report.table(table).unwrap());
    }
    assert_eq!(report.tables.len(), expected.len());
    assert_eq!(report.unknown_tables, ["igny8_module_settings"]);
    let refused = |table: &str, reason: &str| report.table(table).unwrap().reasons[reason].ids.clone();
    assert_eq!(refused("igny8_keywords_cluster", "its cluster is in another sector than its keyword"), [5]);
    assert_eq!(refused("igny8_sectors", "its account is not its site's"), [13]);
    assert_eq!(refused("igny8_keywords", "its account is not its sector's"), [65]);
    assert_eq!(refused("igny8_content", "its task is in another sector"), [61]);
    let noted = |table: &str, note: &str| report.table(table).unwrap().notes[note].ids.clone();
    assert_eq!(
        noted("igny8_sectors", "its site has five active sectors already: it came switched off"),
        [6, 7, 8]
    );
    assert_eq!(noted("igny8_content_ideas", "its cluster is in another sector: it came without"), [7]);
    assert_eq!(noted("igny8_tasks", "its idea has another task already: it came without"), [61]);
    let users = report.table("igny8_users").unwrap();
    assert!(users.columns_left_out.contains(&"password".to_owned()), "{:?}", users.columns_left_out);
}

async fn entered(igny8: &Igny8, slug: &str) -> TenantScope {
    let (account, owner) = igny8.find_account(slug).await.unwrap().unwrap();
    igny8.enter(&owner, account.id).await.unwrap()
}

async fn people_and_places(igny8: &Igny8, acme: &TenantScope, globex: &TenantScope) {
    let directory: &dyn Directory = igny8.store();
    let system = igny8.system("look at what was moved");
    let role = async |email: &str| {
        let user = directory.user_by_email(&system, email).await.unwrap().unwrap();
        (user.account, user.role, user.is_active)
    };
    assert_eq!(role("user1@acme.test").await, (acme.account(), Role::Owner, true));
    assert_eq!(role("user2@acme.test").await, (acme.account(), Role::Admin, true));
    assert_eq!(role("user3@acme.test").await, (acme.account(), Role::Developer, true));
    assert_eq!(role("user10@acme.test").await, (acme.account(), Role::Editor, false));
    // Its owner was another account's user, so the first owner of its own became it.
    assert_eq!(role("user1@globex.test").await, (globex.account(), Role::Owner, true));
    let sites = igny8.sites(acme).list().await.unwrap();
    let site = |slug: &str| sites.iter().find(|site| site.slug == slug).unwrap();
    assert_eq!((sites.len(), site("acme-old").is_active, site("acme-tea").active_sectors), (2, false, 5));
    assert!(site("acme-tea").has_wp_app_password && site("acme-tea").industry.is_some());
    let editor = directory.user_by_email(&system, "user6@acme.test").await.unwrap().unwrap();
    let reach = igny8.enter(&editor, acme.account()).await.unwrap();
    assert_eq!(reach.sites().unwrap().iter().copied().collect::<Vec<_>>(), [site("acme-tea").id]);
}

async fn pipeline(igny8: &Igny8, acme: &TenantScope, globex: &TenantScope) {
    let search = |text: &str| {
        let filter = KeywordFilter { search: Some(text.to_owned()), ..KeywordFilter::default() };
        KeywordQuery::filtered(filter)
    };
    let one = async |text: &str| igny8.keywords(acme).list(&search(text)).await.unwrap().items.remove(0);
    assert_eq!(one("null difficulty").await.difficulty, None);
    let hard = one("hard").await;
    assert_eq!((hard.volume, hard.difficulty, hard.status), (None, None, KeywordStatus::Archived));
    let fifth = one("green tea 5").await;
    assert_eq!((fifth.clusters.len(), fifth.status, fifth.volume), (1, KeywordStatus::InUse, Some(500)));
    let clusters =
        igny8.clusters(globex).list(&ClusterQuery::default().page(Page::first(100))).await.unwrap();
    assert!(clusters.items.iter().all(|cluster| cluster.keywords_count == 2), "{:?}", clusters.items);

    let idea = IdeaFilter { search: Some("Idea 7".to_owned()), ..IdeaFilter::default() };
    let idea = igny8.ideas(acme).list(&IdeaQuery::filtered(idea)).await.unwrap().items.remove(0);
    assert_eq!((idea.cluster, idea.target_keywords.len()), (None, 2));
    let tasks = igny8.tasks(acme).list(&TaskQuery::default().page(Page::first(100))).await.unwrap().items;
    let of = |status: TaskStatus| tasks.iter().filter(|task| task.status == status).count();
    assert_eq!(
        [TaskStatus::Pending, TaskStatus::Generated, TaskStatus::Published, TaskStatus::Failed].map(of),
        [11, 10, 5, 5]
    );
    let contents =
        igny8.contents(acme).list(&ContentQuery::default().page(Page::first(100))).await.unwrap().items;
    let live: Vec<&Content> =
        contents.iter().filter(|content| content.status == ContentStatus::Published).collect();
    assert_eq!((contents.len(), live.len()), (30, 10));
    assert!(live.iter().all(|content| content.wp_post_id.is_some_and(|post| post > 500)));
    let html = &live[0].draft.html_content;
    assert!(html.contains("<b>number") && !html.contains("script") && !html.contains("onclick"), "{html}");
    assert!(live[0].draft.meta_title.as_ref().unwrap().chars().count() <= 60);
    let images = igny8.images(acme).list(&ImageQuery::default().page(Page::first(100))).await.unwrap().items;
    let failed = images.iter().filter(|image| image.status == ImageStatus::Failed).count();
    assert_eq!((images.len(), failed), (31, 10));
}

async fn credits(igny8: &Igny8, acme: &TenantScope, globex: &TenantScope) {
    let balance = async |scope| igny8.credits(scope).balance().await.unwrap().balance;
    assert_eq!((balance(acme).await, balance(globex).await), (1234, 0));
    assert!(igny8.credits(acme).verify().await.unwrap().is_empty());
    assert!(igny8.credits(globex).verify().await.unwrap().is_empty());
}

async fn settings(igny8: &Igny8, acme: &TenantScope) {
    let openai = igny8.integrations(acme).get("openai").await.unwrap();
    assert!(openai.config.get("apiKey").is_none() && openai.secrets["apiKey"].last4 == "1234");
    assert_eq!(openai.config["max_tokens"], 4000);
    let strategies = igny8.strategies(acme).list().await.unwrap();
    assert_eq!(strategies[0].sections(), ["Introduction", "Outlook"]);
}

async fn status_and_plan(igny8: &Igny8) {
    let plans = igny8.plans().await.unwrap();
    let expected = [
        ("acme", AccountStatus::Active, "starter-django"),
        ("globex-corp", AccountStatus::Suspended, "legacy"),
    ];
    for (slug, status, plan) in expected {
        let (account, _) = igny8.find_account(slug).await.unwrap().unwrap();
        let own = plans.iter().find(|plan| plan.id == account.plan).unwrap();
        assert_eq!((account.status, own.slug.as_str()), (status, plan));
    }
    let offered = |slug: &str| plans.iter().find(|plan| plan.slug == slug).unwrap().is_active;
    assert!(offered("starter-django") && !offered("legacy") && !offered("django-import"));
}

/// Everything there is, counted, and the ledgers' entries.
async fn totals(igny8: &Igny8, acme: &TenantScope, globex: &TenantScope) -> Vec<String> {
    let mut totals = Vec::new();
    for scope in [acme, globex] {
        totals.push(format!("{:?}", igny8.account(scope).usage().await.unwrap()));
        let ledger =
            igny8.credits(scope).transactions(&igny8_core::paging::ListQuery::default()).await.unwrap();
        totals.push(format!("{ledger:?}"));
        let mut tasks =
            igny8.tasks(scope).list(&TaskQuery::default().page(Page::first(500))).await.unwrap().items;
        tasks.sort_by_key(|task| task.id);
        totals.push(format!("{tasks:?}"));
        let contents =
            igny8.contents(scope).list(&ContentQuery::default().page(Page::first(500))).await.unwrap();
        totals.push(format!(
            "{:?}",
            contents.items.iter().map(|content| (content.id, content.revision)).collect::<Vec<_>>()
        ));
    }
    totals
}

/// An account of the same slug that nobody moved is not touched.
#[tokio::test]
async fn an_account_that_was_here_is_left_alone() {
    let Some(server) = Server::get().await else { return };
    let store = SqliteOptions::new("sqlite::memory:").open().await.unwrap();
    let igny8 = Igny8::builder(store).build().unwrap();
    let own = igny8_core::NewAccount::named("Acme").slug("acme").owner("user1@acme.test");
    let own = igny8.provision(own).await.unwrap();
    let django = django(server).await;
    let mut options = from(&django);
    options.account = Some("acme".to_owned());
    let report = import(&igny8, &ObjectBlobs::memory(), &options).await.unwrap();
    assert_eq!(counts(&report, "igny8_accounts"), (3, 0, 0, 3));
    assert_eq!(counts(&report, "igny8_keywords").1, 0);
    let scope = igny8.enter(&own.owner, own.account).await.unwrap();
    assert_eq!(igny8.sites(&scope).list().await.unwrap().len(), 1);
}

/// Tables and columns may be missing: other releases of the source had others.
#[tokio::test]
async fn a_smaller_database_moves_too() {
    let Some(server) = Server::get().await else { return };
    let django = django(server).await;
    django
        .administer(
            "DROP TABLE igny8_keywords_cluster, igny8_images, igny8_strategies, igny8_industry_sectors;
             ALTER TABLE igny8_keywords ADD cluster_id bigint, DROP COLUMN difficulty;
             ALTER TABLE igny8_accounts DROP COLUMN status;
             UPDATE igny8_keywords SET cluster_id = 3 WHERE id <= 10",
        )
        .await;
    let store = SqliteOptions::new("sqlite::memory:").open().await.unwrap();
    let igny8 = Igny8::builder(store).build().unwrap();
    let report = import(&igny8, &ObjectBlobs::memory(), &from(&django)).await.unwrap();
    assert!(!report.table("igny8_images").unwrap().found);
    assert_eq!(counts(&report, "igny8_keywords").1, 62);
    assert_eq!(counts(&report, "igny8_keywords.cluster_id"), (10, 10, 0, 0));
    let notes = &report.table("igny8_integration_settings").unwrap().notes;
    assert!(notes.contains_key("its secrets were left out: no IGNY8_SECRETS_KEY is set"), "{notes:?}");
}

/// Files come from the folder of uploads, and from nowhere else.
#[tokio::test]
async fn images_bring_their_files() {
    let Some(server) = Server::get().await else { return };
    let django = django(server).await;
    let around = tempfile::tempdir().unwrap();
    let media = around.path().join("media");
    std::fs::create_dir_all(media.join("tea")).unwrap();
    let png = b"\x89PNG\r\n\x1a\n and so on";
    std::fs::write(media.join("1.png"), png).unwrap();
    std::fs::write(media.join("tea/2.png"), png).unwrap();
    std::fs::write(media.join("3.png"), "<script>no image</script>").unwrap();
    std::fs::write(around.path().join("4.png"), png).unwrap();
    let addresses = "UPDATE igny8_images SET image_url = 'https://old.test/media/tea/2.png?v=1' WHERE id = 2;
        UPDATE igny8_images SET image_url = '/media/../4.png' WHERE id = 4";
    django.administer(addresses).await;
    let store = SqliteOptions::new("sqlite::memory:").open().await.unwrap();
    let files = ObjectBlobs::memory();
    let igny8 = Igny8::builder(store).blobs(files.clone()).build().unwrap();
    let options = ImportDjango { media: Some(media), ..from(&django) };
    // Also when the folder is named later only.
    for options in [from(&django), options] {
        import(&igny8, &files, &options).await.unwrap();
    }
    let acme = entered(&igny8, "acme").await;
    let images = igny8.images(&acme).list(&ImageQuery::default().page(Page::first(100))).await.unwrap().items;
    let made: Vec<_> = images.iter().filter(|image| image.image_url.is_some()).collect();
    let mut prompts: Vec<&str> = made.iter().map(|image| image.prompt.as_str()).collect();
    prompts.sort_unstable();
    assert_eq!(prompts, ["A cup 1", "A cup 2"]);
    for image in made {
        assert_eq!(image.status, ImageStatus::Generated);
        let file = igny8.images(&acme).file(image.id).await.unwrap();
        assert_eq!((file.bytes.as_slice(), file.media_type.as_str()), (png.as_slice(), "image/png"));
    }
}
