//! The tenant that strangers try their hands on: one row of everything, and a way to see whether any has changed.

use std::time::Duration;

use crate::ids::{
    ApiKeyId, AuthorProfileId, ClusterId, ContentId, IdeaId, ImageId, KeywordId, PromptId, ReservationId,
    StrategyId, TaskId, UserId, WebhookId,
};
use crate::paging::{ListQuery, Page};
use crate::pipeline::ImageOwner;
use crate::runs::{NewRun, ProviderCall};
use crate::settings::{NewAuthorProfile, NewStrategy, PromptType, SavedIntegration};
use crate::tenancy::Role;
use crate::testing::check::Outcome;
use crate::testing::rows::{response, usage_of};
use crate::testing::work::{Work, answer, call};
use crate::testing::world::{Workplace, World};
use crate::vocabulary::{Tone, Vocabularies};
use crate::webhooks::WebhookEvent;

/// The key of a request that was made and answered.
pub(super) const REQUEST: &str = "request";

/// A service that the victim has settings for.
pub(super) const SERVICE: &str = "openai";

/// A tenant with one row of everything. Its cluster, idea, task and images hang together; the run is under way.
pub(super) struct Victim {
    pub(super) at: Workplace,
    pub(super) user: UserId,
    pub(super) api_key: ApiKeyId,
    pub(super) keyword: KeywordId,
    pub(super) cluster: ClusterId,
    pub(super) idea: IdeaId,
    pub(super) task: TaskId,
    pub(super) content: ContentId,
    pub(super) image: ImageId,
    pub(super) prompt: PromptId,
    pub(super) profile: AuthorProfileId,
    pub(super) strategy: StrategyId,
    /// Nobody's where the store keeps no secrets.
    pub(super) webhook: WebhookId,
    pub(super) held: ReservationId,
    pub(super) settled: ReservationId,
    pub(super) run: Work,
    /// One of the run's calls, under way.
    pub(super) call: ProviderCall,
}

impl Victim {
    pub(super) async fn settle_in(world: &World) -> Outcome<Self> {
        let at = world.home.clone();
        let (store, scope) = (&at.store, &at.scope);
        let user = at.user("ada", Role::Editor).await?.id;
        store.grant_site(scope, user, at.site).await?;
        let api_key = at.api_key("Machine").await?.id;
        store.claim_key(scope, REQUEST, &[1; 32], WHILE, WHILE).await?;
        store.complete_key(scope, REQUEST, response("theirs")).await?;
        let cluster = at.cluster("Tea").await?.id;
        let keyword = at.keyword_in(cluster, "assam", 10).await?.id;
        let idea = at.idea("Steeping", Some(cluster)).await?.id;
        let task = at.task("Brewing").await?.id;
        let content = at.content(task, "Brewing").await?.id;
        let image = at.image(ImageOwner::Content(content), "A pot").await?.id;
        let prompt = store.save_prompt(scope, PromptType::Ideas, "Think", None).await?.id;
        let profile = NewAuthorProfile {
            name: "Ada".to_owned(),
            description: String::new(),
            tone: Tone::FRIENDLY,
            language: "en".to_owned(),
            is_default: true,
        };
        let profile = profile.checked(&Vocabularies::default())?;
        let profile = store.create_author_profile(scope, profile).await?.id;
        let strategy =
            NewStrategy { name: "Plain".to_owned(), sector: Some(at.sector), ..NewStrategy::default() };
        let strategy = store.create_strategy(scope, strategy.checked()?).await?.id;
        let settings = SavedIntegration {
            integration_type: SERVICE.to_owned(),
            config: serde_json::Map::from_iter([("model".to_owned(), "tea-1".into())]),
            secrets: std::collections::BTreeMap::new(),
            is_active: true,
        };
        store.save_integration(scope, settings).await?;
        let webhook = at.webhook(&[WebhookEvent::RunFinished]).await?;
        let webhook = webhook.map_or_else(WebhookId::new, |webhook| webhook.id);
        let told = at.enqueue(NewRun { delay: WHILE, ..at.new_run("told", 0) }).await?;
        store.cancel_run(scope, told.id).await?;
        let held = at.reserve("held", 5).await?.id;
        let settled = at.reserve("settled", 5).await?.id;
        store.settle(scope, settled, 3, usage_of("host_work")).await?;
        let run = world.work(&at, 20).await?;
        run.plan(&["a"]).await?;
        run.record(call("a"), Some(answer("a/1"))).await?;
        let call = call("a");
        run.begin_call(&call).await?;
        Ok(Self {
            at,
            user,
            api_key,
            keyword,
            cluster,
            idea,
            task,
            content,
            image,
            prompt,
            profile,
            strategy,
            webhook,
            held,
            settled,
            run,
            call,
        })
    }

    /// Everything the tenant has, in words.
    pub(super) async fn state(&self) -> Outcome<String> {
        let (store, scope) = (&self.at.store, &self.at.scope);
        let page = Page::first(50);
        let mut state = String::new();
        let mut note = |row: &dyn std::fmt::Debug| state.push_str(&format!("{row:?}\n"));
        note(&store.account_of(scope).await?);
        note(&store.list_users(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_grants(scope, None).await?);
        note(&store.list_api_keys(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.claim_key(scope, REQUEST, &[1; 32], WHILE, WHILE).await?);
        note(&store.get_site(scope, self.at.site).await?);
        note(&store.list_sectors(scope, Some(self.at.site)).await?);
        note(&store.list_keywords(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_clusters(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_ideas(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_tasks(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_contents(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_revisions(scope, self.content).await?);
        note(&store.list_images(scope, &ListQuery::default().page(page.clone())).await?.items);
        note(&store.list_prompts(scope).await?);
        note(&store.list_integrations(scope).await?);
        note(&store.list_author_profiles(scope).await?);
        note(&store.list_strategies(scope).await?);
        let webhooks = store.list_webhooks(scope, &ListQuery::default().page(page.clone())).await?.items;
        for webhook in &webhooks {
            let told = ListQuery::default().page(page.clone());
            note(&store.list_deliveries(scope, webhook.id, &told).await?.items);
        }
        note(&webhooks);
        note(&store.list_runs(scope, &ListQuery::default().page(page)).await?.items);
        note(&self.run.items().await?);
        note(&self.run.calls().await?);
        note(&self.run.stored("a/1").await?);
        let ledger = store.ledger(scope).await?;
        note(&(ledger.balance, ledger.transactions, ledger.reservations, ledger.usage));
        Ok(state)
    }
}

/// Longer than any case.
pub(super) const WHILE: Duration = Duration::from_secs(600);
