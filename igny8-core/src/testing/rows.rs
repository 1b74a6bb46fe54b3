//! Rows that cases begin with, made through the ports like any other.
//! Each maker says no more than its cases need.

use std::time::Duration;

use serde_json::json;

use super::check::Outcome;
use super::world::{FUNCTION, Workplace};
use crate::credits::{Balance, Credits, Reservation, UsageNote};
use crate::error::Error;
use crate::exchange::{KeywordRow, VolumeSource, normalize_keyword};
use crate::idempotency::StoredResponse;
use crate::identity::{ApiKey, NewApiKey, TokenHash};
use crate::ids::{ClusterId, ContentId, IdeaId, ImportId, KeywordId, RunId, TaskId};
use crate::paging::{ListQuery, Page};
use crate::pipeline::{
    Cluster, Content, ContentChange, ContentStatus, Draft, Idea, Image, ImageOwner, ImageType, Keyword,
    KeywordChange, KeywordFilter, NewCluster, NewIdea, NewImage, NewKeyword, NewTask, Task, TaskStatus,
};
use crate::ports::{ImportSession, ImportTotals};
use crate::runs::{Announced, NewRun, Run};
use crate::tenancy::{NewUser, Role, User};
use crate::vocabulary::Vocabularies;
use crate::webhooks::{NewWebhook, Webhook, WebhookEvent};

impl Workplace {
    /// A user of the account, `<name>@<account's slug>…`, unique by name.
    pub(super) async fn user(&self, name: &str, role: Role) -> Outcome<User> {
        let user = NewUser::new(format!("{name}@{}.example", self.account), role).checked()?;
        Ok(self.store.create_user(&self.scope, user).await?)
    }

    /// A machine key of the owner's, an editor's at the most.
    pub(super) async fn api_key(&self, name: &str) -> Outcome<ApiKey> {
        Ok(self.store.create_api_key(&self.scope, self.new_api_key(name)).await?)
    }

    /// The same before it is stored; its token is this place's and the name's.
    pub(super) fn new_api_key(&self, name: &str) -> NewApiKey {
        NewApiKey {
            name: name.to_owned(),
            role: Role::Editor,
            expires_at: None,
            user: self.owner,
            prefix: "ig8_test".to_owned(),
            hash: self.token(name),
        }
    }

    /// A token's hash, this account's and the word's: no other place has it.
    pub(super) fn token(&self, word: &str) -> TokenHash {
        let mut bytes = [0; 32];
        for (byte, of_word) in bytes[16..].iter_mut().zip(word.bytes()) {
            *byte = of_word;
        }
        bytes[..16].copy_from_slice(self.account.as_uuid().as_bytes());
        TokenHash::from_bytes(bytes)
    }

    /// A webhook that hears of these; `None` when the store has no key for its secret, and rightly refused.
    pub(super) async fn webhook(&self, events: &[WebhookEvent]) -> Outcome<Option<Webhook>> {
        match self.store.create_webhook(&self.scope, new_webhook(events)).await {
            Ok(made) => Ok(Some(made)),
            Err(Error::Configuration(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// A keyword of which nothing is known.
    pub(super) async fn keyword(&self, text: &str) -> Outcome<Keyword> {
        self.keyword_as(NewKeyword::new(text)).await
    }

    /// A keyword in a cluster.
    pub(super) async fn keyword_in(&self, cluster: ClusterId, text: &str, volume: u32) -> Outcome<Keyword> {
        let keyword = NewKeyword { volume: Some(volume), cluster: Some(cluster), ..NewKeyword::new(text) };
        self.keyword_as(keyword).await
    }

    pub(super) async fn keyword_as(&self, keyword: NewKeyword) -> Outcome<Keyword> {
        let (keyword, key) = keyword.checked()?;
        Ok(self.store.create_keyword(&self.scope, self.sector, keyword, &key).await?)
    }

    /// The keyword as it is stored now.
    pub(super) async fn keyword_now(&self, id: KeywordId) -> Outcome<Keyword> {
        Ok(self.store.get_keyword(&self.scope, id).await?)
    }

    /// The keyword with this exact text, which the sector must have.
    pub(super) async fn keyword_called(&self, text: &str) -> Outcome<Keyword> {
        let filter = KeywordFilter { search: Some(text.to_owned()), ..KeywordFilter::sector(self.sector) };
        let query = ListQuery::filtered(filter).page(Page::first(50));
        let page = self.store.list_keywords(&self.scope, &query).await?;
        let found = page.items.into_iter().find(|keyword| keyword.keyword == text);
        found.ok_or_else(|| super::check::Failure::new(format!("the sector has no keyword `{text}`")))
    }

    pub(super) async fn change_keyword(&self, id: KeywordId, change: KeywordChange) -> Outcome<Keyword> {
        let (change, key) = change.checked()?;
        Ok(self.store.update_keyword(&self.scope, id, change, key.as_deref()).await?)
    }

    pub(super) async fn cluster(&self, name: &str) -> Outcome<Cluster> {
        Ok(self.store.create_cluster(&self.scope, self.sector, NewCluster::named(name).checked()?).await?)
    }

    /// The cluster as it is stored now.
    pub(super) async fn cluster_now(&self, id: ClusterId) -> Outcome<Cluster> {
        Ok(self.store.get_cluster(&self.scope, id).await?)
    }

    /// An idea of a cluster, if one is given.
    pub(super) async fn idea(&self, title: &str, cluster: Option<ClusterId>) -> Outcome<Idea> {
        self.idea_as(NewIdea { cluster, ..NewIdea::titled(title) }).await
    }

    pub(super) async fn idea_as(&self, idea: NewIdea) -> Outcome<Idea> {
        let idea = idea.checked(&Vocabularies::default())?;
        Ok(self.store.create_idea(&self.scope, self.sector, idea).await?)
    }

    /// The idea as it is stored now.
    pub(super) async fn idea_now(&self, id: IdeaId) -> Outcome<Idea> {
        Ok(self.store.get_idea(&self.scope, id).await?)
    }

    pub(super) async fn task(&self, title: &str) -> Outcome<Task> {
        self.task_as(NewTask::titled(title)).await
    }

    pub(super) async fn task_as(&self, task: NewTask) -> Outcome<Task> {
        let task = task.checked(&Vocabularies::default())?;
        Ok(self.store.create_task(&self.scope, self.sector, task).await?)
    }

    /// The task as it is stored now.
    pub(super) async fn task_now(&self, id: TaskId) -> Outcome<Task> {
        Ok(self.store.get_task(&self.scope, id).await?)
    }

    /// The task moved on to these statuses, one after the other.
    pub(super) async fn move_task(&self, id: TaskId, through: &[TaskStatus]) -> Outcome {
        for to in through {
            self.store.set_task_status(&self.scope, &[id], *to).await?;
        }
        Ok(())
    }

    /// An article for a task, written by an editor.
    pub(super) async fn content(&self, task: TaskId, title: &str) -> Outcome<Content> {
        Ok(self.store.save_draft(&self.scope, task, draft(title)?, None).await?)
    }

    /// The article as it is stored now.
    pub(super) async fn content_now(&self, id: ContentId) -> Outcome<Content> {
        Ok(self.store.get_content(&self.scope, id).await?)
    }

    /// The article moved on to these statuses, one after the other.
    pub(super) async fn move_content(&self, id: ContentId, through: &[ContentStatus]) -> Outcome {
        for to in through {
            let change = ContentChange { status: Some(*to), ..ContentChange::default() };
            self.store.update_content(&self.scope, id, change).await?;
        }
        Ok(())
    }

    pub(super) async fn image(&self, owner: ImageOwner, prompt: &str) -> Outcome<Image> {
        Ok(self.store.create_image(&self.scope, new_image(owner, prompt)).await?)
    }

    /// Imports these rows in one session.
    pub(super) async fn import(&self, rows: Vec<KeywordRow>) -> Outcome<(ImportId, ImportTotals)> {
        let id = ImportId::new();
        let mut session = self.begin_import(id).await?;
        session.push(rows).await?;
        Ok((id, session.commit().await?))
    }

    pub(super) async fn begin_import(&self, id: ImportId) -> Outcome<Box<dyn ImportSession>> {
        Ok(self.store.begin_import(&self.scope, self.sector, id).await?)
    }

    pub(super) async fn balance(&self) -> Outcome<Balance> {
        Ok(self.store.balance(&self.scope).await?)
    }

    /// Credits held for a while, under a key.
    pub(super) async fn reserve(&self, key: &str, amount: Credits) -> Outcome<Reservation> {
        Ok(self
            .store
            .reserve(&self.scope, key, amount, Duration::from_secs(3_600), "Held by the suite")
            .await?)
    }

    /// A run of [`FUNCTION`] that may be tried three times. The name stands in its input.
    pub(super) fn new_run(&self, name: &str, reserve: Credits) -> NewRun {
        NewRun {
            id: RunId::new(),
            site: self.site,
            sector: Some(self.sector),
            function: FUNCTION.to_owned(),
            input: json!({ "name": name }),
            reserve,
            announced: Announced::default(),
            forecast: None,
            subjects: Vec::new(),
            waiting_tasks: Vec::new(),
            max_attempts: 3,
            priority: 0,
            delay: Duration::ZERO,
            idempotency_key: None,
        }
    }

    pub(super) async fn enqueue(&self, run: NewRun) -> Outcome<Run> {
        Ok(self.store.enqueue(&self.scope, run).await?.run)
    }

    /// The run as it is stored now.
    pub(super) async fn run_now(&self, id: RunId) -> Outcome<Run> {
        Ok(self.store.get_run(&self.scope, id).await?)
    }
}

/// A row of a keyword file that says nothing but the keyword.
pub(super) fn row(text: &str) -> Outcome<KeywordRow> {
    let (keyword, key) = normalize_keyword(text).map_err(|fault| {
        super::check::Failure::new(format!("the suite's own keyword is not acceptable: {fault}"))
    })?;
    Ok(KeywordRow { keyword, key, ..KeywordRow::default() })
}

/// A row with an exact volume.
pub(super) fn row_of_volume(text: &str, volume: u32) -> Outcome<KeywordRow> {
    Ok(KeywordRow { volume: Some(volume), volume_source: VolumeSource::Exact, ..row(text)? })
}

/// A text of 500 words, as its figures claim.
pub(super) fn draft(title: &str) -> Outcome<Draft> {
    Ok(Draft {
        title: title.to_owned(),
        html_content: format!("<h1>{title}</h1><p>Steep the leaves.</p>"),
        word_count: 500,
        within_word_target: true,
        meta_title: Some(format!("{title} | Acme")),
        meta_description: None,
        primary_keyword: Some("green tea".to_owned()),
        secondary_keywords: vec!["sencha".to_owned(), "matcha".to_owned()],
        // Read, not built: what a report holds beside its score is the article module's affair.
        seo: serde_json::from_value(json!({ "score": 80, "checks": [] }))?,
        written_by: "editor".to_owned(),
    })
}

pub(super) fn new_image(owner: ImageOwner, prompt: &str) -> NewImage {
    NewImage {
        id: crate::ids::ImageId::new(),
        owner,
        image_type: ImageType::Featured,
        position: 0,
        heading: None,
        prompt: prompt.to_owned(),
        alt: String::new(),
    }
}

/// What a settlement of the suite writes to the usage log: twelve and a half cents for this operation.
pub(super) fn usage_of(operation: &str) -> UsageNote {
    UsageNote {
        operation_type: operation.to_owned(),
        cost_usd: rust_decimal::Decimal::new(125, 3),
        details: json!({ "items": 1 }),
    }
}

/// An answer of this text.
pub(super) fn response(text: &str) -> StoredResponse {
    StoredResponse {
        status: 201,
        headers: vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-tea".to_owned(), "„Grün“".to_owned()),
        ],
        body: text.as_bytes().to_vec(),
    }
}

/// What messages of [`new_webhook`] are signed with.
pub(super) const WEBHOOK_SECRET: &str = "0123456789abcdef";

/// A webhook that hears of these.
pub(super) fn new_webhook(events: &[WebhookEvent]) -> NewWebhook {
    NewWebhook {
        url: "https://example.com/hooks".to_owned(),
        events: events.to_vec(),
        secret: WEBHOOK_SECRET.into(),
        is_active: true,
        description: String::new(),
    }
}
