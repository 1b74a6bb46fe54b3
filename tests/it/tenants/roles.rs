//! Every method of every room, by every role: what the table of permissions forbids is refused, and nothing else is.
//! The rooms' source is read too, so that a method which stands in no line of the table fails the test.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use igny8_core::credits::{UsageFilter, UsageNote};
use igny8_core::exchange::ExportOptions;
use igny8_core::functions::AutoCluster;
use igny8_core::idempotency::StoredResponse;
use igny8_core::identity::{ApiKeyRequest, TokenHash};
use igny8_core::ids::{
    AccountId, ApiKeyId, AuthorProfileId, ClusterId, ContentId, IdeaId, ImageId, KeywordId, PromptId,
    ReservationId, RunId, SectorId, SiteId, StrategyId, TaskId, UserId, WebhookId,
};
use igny8_core::paging::ListQuery;
use igny8_core::pipeline::{
    ClusterChange, ContentChange, IdeaChange, ImageChange, ImageOwner, ImageType, KeywordChange,
    KeywordFilter, KeywordStatus, NewCluster, NewIdea, NewImage, NewKeyword, NewTask, TaskChange, TaskStatus,
};
use igny8_core::sdk::{ImportRequest, StartOptions};
use igny8_core::settings::{
    AuthorProfileChange, NewAuthorProfile, NewStrategy, PromptType, SavedIntegration, StrategyChange,
};
use igny8_core::tenancy::{
    AccountChange, AccountStatus, Action, NewSector, NewSite, NewUser, PERMISSIONS, Plan, Role, SectorChange,
    SiteChange, TenantScope, UserChange, seed_plans,
};
use igny8_core::vocabulary::Tone;
use igny8_core::webhooks::{NewWebhook, WebhookChange, WebhookEvent};
use igny8_core::{Error, Igny8, NewAccount, Result};
use serde_json::json;

use super::Neighbourhood;

type Doing<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// One method of a room.
struct Method {
    name: &'static str,
    action: Action,
    /// Calls it on rows that are not there: whether it is allowed shows before that.
    call: for<'a> fn(&'a Igny8, &'a TenantScope) -> Doing<'a>,
}

macro_rules! methods {
    ($($action:ident $name:literal => |$igny8:ident, $scope:ident| $call:expr;)+) => {
        &[$(Method {
            name: $name,
            action: Action::$action,
            call: |$igny8, $scope| Box::pin(async move { $call.await.map(drop) }),
        },)+]
    };
}

const METHODS: &[Method] = methods! {
    Read "AccountRoom::get" => |igny8, scope| igny8.account(scope).get();
    ManageUsers "AccountRoom::rename" => |igny8, scope| igny8.account(scope).rename("");
    Read "AccountRoom::plan" => |igny8, scope| igny8.account(scope).plan();
    Read "AccountRoom::usage" => |igny8, scope| igny8.account(scope).usage();
    ManageSites "AccountRoom::grant_site" => |igny8, scope| igny8.account(scope).grant_site(UserId::new(), SiteId::new());
    ManageSites "AccountRoom::revoke_site" => |igny8, scope| igny8.account(scope).revoke_site(UserId::new(), SiteId::new());
    ManageSites "AccountRoom::grants" => |igny8, scope| igny8.account(scope).grants(None);
    ManageUsers "UsersRoom::create" => |igny8, scope| igny8.users(scope).create(NewUser::new("new@acme.example", Role::Viewer));
    Read "UsersRoom::get" => |igny8, scope| igny8.users(scope).get(UserId::new());
    Read "UsersRoom::list" => |igny8, scope| igny8.users(scope).list(&ListQuery::default());
    ManageUsers "UsersRoom::update" => |igny8, scope| igny8.users(scope).update(UserId::new(), UserChange::default());
    ManageUsers "UsersRoom::delete" => |igny8, scope| igny8.users(scope).delete(UserId::new());
    ManageUsers "UsersRoom::set_credential" => |igny8, scope| igny8.users(scope).set_credential(UserId::new(), "$none");
    ManageAccounts "OperatorsRoom::accounts" => |igny8, scope| igny8.operators(scope).accounts();
    ManageAccounts "OperatorsRoom::account" => |igny8, scope| igny8.operators(scope).account(AccountId::new());
    ManageAccounts "OperatorsRoom::open" => |igny8, scope| igny8.operators(scope).open(NewAccount::named(""));
    ManageAccounts "OperatorsRoom::change" => |igny8, scope|
        igny8.operators(scope).change(AccountId::new(), AccountChange::default());
    ManageAccounts "OperatorsRoom::save_plan" => |igny8, scope| igny8.operators(scope).save_plan(nameless_plan());
    ManageUsers "ApiKeysRoom::create" => |igny8, scope| igny8.api_keys(scope).create(api_key());
    ManageUsers "ApiKeysRoom::get" => |igny8, scope| igny8.api_keys(scope).get(ApiKeyId::new());
    ManageUsers "ApiKeysRoom::list" => |igny8, scope| igny8.api_keys(scope).list(&ListQuery::default());
    ManageUsers "ApiKeysRoom::revoke" => |igny8, scope| igny8.api_keys(scope).revoke(ApiKeyId::new());
    Read "IdempotencyRoom::claim" => |igny8, scope| igny8.idempotency(scope).claim("key", &[0; 32], MOMENT, MOMENT);
    Read "IdempotencyRoom::complete" => |igny8, scope| igny8.idempotency(scope).complete("key", answer());
    Read "IdempotencyRoom::release" => |igny8, scope| igny8.idempotency(scope).release("key");
    ManageSites "SitesRoom::create" => |igny8, scope| igny8.sites(scope).create(NewSite::named("New"));
    Read "SitesRoom::get" => |igny8, scope| igny8.sites(scope).get(SiteId::new());
    Read "SitesRoom::list" => |igny8, scope| igny8.sites(scope).list();
    ManageSites "SitesRoom::update" => |igny8, scope| igny8.sites(scope).update(SiteId::new(), SiteChange::default());
    ManageSites "SitesRoom::delete" => |igny8, scope| igny8.sites(scope).delete(SiteId::new(), true);
    ManageSites "SectorsRoom::create" => |igny8, scope| igny8.sectors(scope).create(SiteId::new(), NewSector::named("New"));
    Read "SectorsRoom::get" => |igny8, scope| igny8.sectors(scope).get(SectorId::new());
    Read "SectorsRoom::list" => |igny8, scope| igny8.sectors(scope).list(None);
    ManageSites "SectorsRoom::update" => |igny8, scope| igny8.sectors(scope).update(SectorId::new(), SectorChange::default());
    ManageSites "SectorsRoom::delete" => |igny8, scope| igny8.sectors(scope).delete(SectorId::new(), true);

    Edit "KeywordsRoom::create" => |igny8, scope| igny8.keywords(scope).create(SectorId::new(), NewKeyword::new("tea"));
    Read "KeywordsRoom::get" => |igny8, scope| igny8.keywords(scope).get(KeywordId::new());
    Read "KeywordsRoom::list" => |igny8, scope| igny8.keywords(scope).list(&ListQuery::default());
    Edit "KeywordsRoom::update" => |igny8, scope| igny8.keywords(scope).update(KeywordId::new(), KeywordChange::default());
    Edit "KeywordsRoom::bulk_delete" => |igny8, scope| igny8.keywords(scope).bulk_delete(&[]);
    Edit "KeywordsRoom::bulk_update_status" => |igny8, scope| igny8.keywords(scope).bulk_update_status(&[], KeywordStatus::New);
    Edit "KeywordsRoom::import_csv" => |igny8, scope| igny8.keywords(scope).import_csv(SectorId::new(), &b"keyword\ntea\n"[..]);
    Edit "KeywordsRoom::import" => |igny8, scope| igny8.keywords(scope).import(ImportRequest::into_sector(SectorId::new()));
    Read "KeywordsRoom::export_csv" => |igny8, scope|
        igny8.keywords(scope).export_csv(KeywordFilter::default(), Vec::new(), ExportOptions::default());
    Edit "ClustersRoom::create" => |igny8, scope| igny8.clusters(scope).create(SectorId::new(), NewCluster::named("Tea"));
    Read "ClustersRoom::get" => |igny8, scope| igny8.clusters(scope).get(ClusterId::new());
    Read "ClustersRoom::list" => |igny8, scope| igny8.clusters(scope).list(&ListQuery::default());
    Read "ClustersRoom::quality" => |igny8, scope| igny8.clusters(scope).quality(SectorId::new());
    Edit "ClustersRoom::update" => |igny8, scope| igny8.clusters(scope).update(ClusterId::new(), ClusterChange::default());
    Edit "ClustersRoom::delete" => |igny8, scope| igny8.clusters(scope).delete(ClusterId::new());
    Edit "IdeasRoom::create" => |igny8, scope| igny8.ideas(scope).create(SectorId::new(), NewIdea::titled("Tea"));
    Read "IdeasRoom::get" => |igny8, scope| igny8.ideas(scope).get(IdeaId::new());
    Read "IdeasRoom::list" => |igny8, scope| igny8.ideas(scope).list(&ListQuery::default());
    Edit "IdeasRoom::update" => |igny8, scope| igny8.ideas(scope).update(IdeaId::new(), IdeaChange::default());
    Edit "IdeasRoom::delete" => |igny8, scope| igny8.ideas(scope).delete(IdeaId::new());
    Edit "IdeasRoom::queue_to_writer" => |igny8, scope| igny8.ideas(scope).queue_to_writer(&[]);

    Edit "TasksRoom::create" => |igny8, scope| igny8.tasks(scope).create(SectorId::new(), NewTask::titled("Tea"));
    Read "TasksRoom::get" => |igny8, scope| igny8.tasks(scope).get(TaskId::new());
    Read "TasksRoom::list" => |igny8, scope| igny8.tasks(scope).list(&ListQuery::default());
    Edit "TasksRoom::update" => |igny8, scope| igny8.tasks(scope).update(TaskId::new(), TaskChange::default());
    Edit "TasksRoom::bulk_delete" => |igny8, scope| igny8.tasks(scope).bulk_delete(&[]);
    Edit "TasksRoom::bulk_update" => |igny8, scope| igny8.tasks(scope).bulk_update(&[], TaskStatus::Pending);
    Read "ContentsRoom::get" => |igny8, scope| igny8.contents(scope).get(ContentId::new());
    Read "ContentsRoom::list" => |igny8, scope| igny8.contents(scope).list(&ListQuery::default());
    Edit "ContentsRoom::update" => |igny8, scope| igny8.contents(scope).update(ContentId::new(), ContentChange::default());
    Edit "ContentsRoom::save_draft" => |igny8, scope|
        igny8.contents(scope).save_draft(TaskId::new(), igny8_tests::desk::draft("Tea"), None);
    Read "ContentsRoom::revisions" => |igny8, scope| igny8.contents(scope).revisions(ContentId::new());
    Edit "ImagesRoom::create" => |igny8, scope| igny8.images(scope).create(image());
    Read "ImagesRoom::get" => |igny8, scope| igny8.images(scope).get(ImageId::new());
    Read "ImagesRoom::list" => |igny8, scope| igny8.images(scope).list(&ListQuery::default());
    Edit "ImagesRoom::update" => |igny8, scope| igny8.images(scope).update(ImageId::new(), ImageChange::default());
    Edit "ImagesRoom::delete" => |igny8, scope| igny8.images(scope).delete(ImageId::new());
    Read "ImagesRoom::file" => |igny8, scope| igny8.images(scope).file(ImageId::new());

    Read "PromptsRoom::effective" => |igny8, scope| igny8.prompts(scope).effective();
    Read "PromptsRoom::own" => |igny8, scope| igny8.prompts(scope).own();
    Read "PromptsRoom::get" => |igny8, scope| igny8.prompts(scope).get(PromptId::new());
    ManageSettings "PromptsRoom::save" => |igny8, scope| igny8.prompts(scope).save(PromptType::Ideas, "Think", None);
    ManageSettings "PromptsRoom::reset_to_default" => |igny8, scope| igny8.prompts(scope).reset_to_default(PromptType::Ideas);
    ManageSettings "WebhooksRoom::create" => |igny8, scope| igny8.webhooks(scope).create(webhook());
    ManageSettings "WebhooksRoom::get" => |igny8, scope| igny8.webhooks(scope).get(WebhookId::new());
    ManageSettings "WebhooksRoom::list" => |igny8, scope| igny8.webhooks(scope).list(&ListQuery::default());
    ManageSettings "WebhooksRoom::update" => |igny8, scope| igny8.webhooks(scope).update(WebhookId::new(), WebhookChange::default());
    ManageSettings "WebhooksRoom::delete" => |igny8, scope| igny8.webhooks(scope).delete(WebhookId::new());
    ManageSettings "WebhooksRoom::deliveries" => |igny8, scope| igny8.webhooks(scope).deliveries(WebhookId::new(), &ListQuery::default());
    ManageSettings "IntegrationsRoom::list" => |igny8, scope| igny8.integrations(scope).list();
    ManageSettings "IntegrationsRoom::get" => |igny8, scope| igny8.integrations(scope).get("openai");
    ManageSettings "IntegrationsRoom::save" => |igny8, scope| igny8.integrations(scope).save(integration());
    ManageSettings "AuthorProfilesRoom::create" => |igny8, scope| igny8.author_profiles(scope).create(profile());
    Read "AuthorProfilesRoom::get" => |igny8, scope| igny8.author_profiles(scope).get(AuthorProfileId::new());
    Read "AuthorProfilesRoom::list" => |igny8, scope| igny8.author_profiles(scope).list();
    ManageSettings "AuthorProfilesRoom::update" => |igny8, scope|
        igny8.author_profiles(scope).update(AuthorProfileId::new(), AuthorProfileChange::default());
    ManageSettings "AuthorProfilesRoom::delete" => |igny8, scope| igny8.author_profiles(scope).delete(AuthorProfileId::new());
    ManageSettings "StrategiesRoom::create" => |igny8, scope| igny8.strategies(scope).create(NewStrategy::default());
    Read "StrategiesRoom::get" => |igny8, scope| igny8.strategies(scope).get(StrategyId::new());
    Read "StrategiesRoom::list" => |igny8, scope| igny8.strategies(scope).list();
    ManageSettings "StrategiesRoom::update" => |igny8, scope|
        igny8.strategies(scope).update(StrategyId::new(), StrategyChange::default());
    ManageSettings "StrategiesRoom::delete" => |igny8, scope| igny8.strategies(scope).delete(StrategyId::new());

    Run "Igny8::start" => |igny8, scope| igny8.start(scope, AutoCluster::for_sector(SectorId::new()));
    Run "Igny8::start_with" => |igny8, scope|
        igny8.start_with(scope, AutoCluster::for_sector(SectorId::new()), StartOptions::keyed("once"));
    Run "Igny8::start_by_name" => |igny8, scope| igny8.start_by_name(scope, "auto_cluster", json!({}), StartOptions::default());
    Read "Igny8::estimate" => |igny8, scope| igny8.estimate(scope, &AutoCluster::for_sector(SectorId::new()));
    Read "RunsRoom::get" => |igny8, scope| igny8.runs(scope).get(RunId::new());
    Read "RunsRoom::list" => |igny8, scope| igny8.runs(scope).list(&ListQuery::default());
    Read "RunsRoom::items" => |igny8, scope| igny8.runs(scope).items(RunId::new());
    Read "RunsRoom::provider_calls" => |igny8, scope| igny8.runs(scope).provider_calls(RunId::new());
    Cancel "RunsRoom::cancel" => |igny8, scope| igny8.runs(scope).cancel(RunId::new());

    ReadBilling "CreditService::balance" => |igny8, scope| igny8.credits(scope).balance();
    Run "CreditService::check" => |igny8, scope| igny8.credits(scope).check(1);
    Run "CreditService::reserve" => |igny8, scope| igny8.credits(scope).reserve("own", 1, "Own work");
    Run "CreditService::settle" => |igny8, scope| igny8.credits(scope).settle(ReservationId::new(), 1, usage());
    Run "CreditService::release" => |igny8, scope| igny8.credits(scope).release(ReservationId::new());
    Run "CreditService::deduct" => |igny8, scope| igny8.credits(scope).deduct("done", 1, "Own work", usage());
    GrantCredits "CreditService::add" => |igny8, scope| igny8.credits(scope).add("bought", 1, "Bought");
    GrantCredits "CreditService::refund" => |igny8, scope| igny8.credits(scope).refund("back", ReservationId::new(), 1, "Back");
    GrantCredits "CreditService::adjust" => |igny8, scope| igny8.credits(scope).adjust("corrected", 1, "Corrected");
    ReadBilling "CreditService::transactions" => |igny8, scope| igny8.credits(scope).transactions(&ListQuery::default());
    ReadBilling "CreditService::usage" => |igny8, scope| igny8.credits(scope).usage(&ListQuery::default());
    ReadBilling "CreditService::usage_summary" => |igny8, scope| igny8.credits(scope).usage_summary(&UsageFilter::default());
    ReadBilling "CreditService::verify" => |igny8, scope| igny8.credits(scope).verify();
};

const MOMENT: Duration = Duration::from_secs(1);

/// Rooms without a scope, which only adapters and operators have.
const CROSSING: [&str; 2] = ["DeliveriesRoom", "IdentityRoom"];

fn api_key() -> ApiKeyRequest {
    ApiKeyRequest {
        name: "Machine".to_owned(),
        role: Role::Viewer,
        expires_at: None,
        prefix: "ig8_".to_owned(),
        hash: TokenHash::from_bytes([0; 32]),
    }
}

fn answer() -> StoredResponse {
    StoredResponse { status: 204, headers: Vec::new(), body: Vec::new() }
}

fn webhook() -> NewWebhook {
    NewWebhook {
        url: "https://example.com/hooks".to_owned(),
        events: vec![WebhookEvent::RunFailed],
        secret: "0123456789abcdef".into(),
        is_active: true,
        description: String::new(),
    }
}

fn image() -> NewImage {
    NewImage {
        id: ImageId::new(),
        owner: ImageOwner::Task(TaskId::new()),
        image_type: ImageType::Featured,
        position: 0,
        heading: None,
        prompt: "A cup of tea".to_owned(),
        alt: String::new(),
    }
}

fn integration() -> SavedIntegration {
    SavedIntegration {
        integration_type: "openai".to_owned(),
        config: serde_json::Map::new(),
        secrets: std::collections::BTreeMap::new(),
        is_active: true,
    }
}

fn profile() -> NewAuthorProfile {
    NewAuthorProfile {
        name: "Ada".to_owned(),
        description: String::new(),
        tone: Tone::FRIENDLY,
        language: "en".to_owned(),
        is_default: false,
    }
}

fn usage() -> UsageNote {
    UsageNote { operation_type: "own".to_owned(), cost_usd: rust_decimal::Decimal::ZERO, details: json!({}) }
}

#[tokio::test]
async fn every_method_asks_for_its_action() {
    let there = Neighbourhood::open().await;
    for role in Role::ALL {
        let scope = there.entered(&there.user(*role).await).await;
        assert_eq!(scope.role(), *role);
        let allowed = PERMISSIONS.iter().find(|(of, _)| of == role).map(|(_, actions)| *actions).unwrap();
        for Method { name, action, call } in METHODS {
            let answer = call(there.igny8(), &scope).await;
            if allowed.contains(action) {
                assert!(
                    !matches!(answer, Err(Error::Forbidden { .. } | Error::AccountInactive { .. })),
                    "{name} as {role}: {answer:?}"
                );
            } else {
                assert!(
                    matches!(&answer, Err(Error::Forbidden { role: by, action: of }) if by == role && of == action),
                    "{name} as {role} is not refused: {answer:?}"
                );
            }
        }
    }
}

/// A plan that nobody saves.
fn nameless_plan() -> Plan {
    Plan { name: String::new(), ..seed_plans().remove(0) }
}

#[tokio::test]
async fn a_suspended_account_is_read_and_given_back_to_and_nothing_else() {
    let there = Neighbourhood::open().await;
    let change = AccountChange { status: Some(AccountStatus::Suspended), ..AccountChange::default() };
    there.igny8().change_account(there.desk.home.account, change).await.unwrap();
    let scope = there.igny8().enter(&there.operator, there.desk.home.account).await.unwrap();
    for Method { name, action, call } in METHODS {
        let answer = call(there.igny8(), &scope).await;
        let inactive = matches!(answer, Err(Error::AccountInactive { status: AccountStatus::Suspended }));
        assert_eq!(inactive, !action.works_when_inactive(), "{name}: {answer:?}");
    }
}

#[test]
fn every_method_of_every_room_stands_in_the_table() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../igny8-core/src");
    let mut files: Vec<_> =
        std::fs::read_dir(core.join("sdk")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.push(core.join("credits/service.rs"));
    let mut found = BTreeSet::new();
    for file in files {
        let mut room = None;
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            if let Some(of) = line.strip_prefix("impl ").and_then(|rest| rest.strip_suffix(" {")) {
                let is_room = of.ends_with("Room") && !CROSSING.contains(&of);
                room = (is_room || of == "CreditService").then(|| of.to_owned());
            } else if line == "}" {
                room = None;
            } else if let (Some(room), Some(rest)) = (&room, line.strip_prefix("    pub async fn ")) {
                let name = rest.split(['(', '<']).next().unwrap();
                found.insert(format!("{room}::{name}"));
            }
        }
    }
    assert!(found.len() > 80, "{found:?}");
    let known: BTreeSet<String> = METHODS.iter().map(|method| method.name.to_owned()).collect();
    let missing: Vec<_> = found.difference(&known).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    let gone: Vec<_> = known.difference(&found).filter(|name| !name.starts_with("Igny8::")).collect();
    assert!(gone.is_empty(), "no longer there: {gone:?}");
}
