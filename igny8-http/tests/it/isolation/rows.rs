//! One row of every kind, made the way clients make them: the pipeline is run from a keyword to a picture.
//! Every text has the marker of who owns it, so that a leak shows wherever it comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;

/// Ids by kind.
pub(crate) type Rows = BTreeMap<String, Vec<String>>;

/// Kinds that belong to the whole installation: everybody may name them.
pub(crate) const SHARED: [&str; 3] = ["PlanId", "IndustryId", "IndustrySectorId"];

/// Makes a number, so that texts are not there twice.
pub(crate) fn number() -> u64 {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Rows of a site, made by somebody who may.
pub(crate) struct Maker<'a> {
    pub(crate) client: &'a Client,
    pub(crate) sector: String,
    pub(crate) site: String,
    pub(crate) marker: &'a str,
}

impl Maker<'_> {
    fn text(&self, what: &str) -> String {
        format!("{} {what} {}", self.marker, number())
    }

    async fn made(&self, path: &str, body: Value) -> String {
        let reply = self.client.post(path, body).await;
        assert_eq!(reply.status, 201, "{path}: {reply:?}");
        reply.id()
    }

    /// Starts a run and waits for its good end.
    pub(crate) async fn run(&self, path: &str, body: Value) -> String {
        let reply = self.client.post(path, body).await;
        assert_eq!(reply.status, 202, "{path}: {reply:?}");
        let run = reply.body["task_id"].as_str().unwrap().to_owned();
        let state = finished(self.client, &run).await;
        assert_eq!(state, "SUCCESS", "{path}");
        run
    }

    /// A new row of this kind; `None` for kinds that are not made this way.
    pub(crate) async fn fresh(&self, kind: &str) -> Option<String> {
        let sector = &self.sector;
        let id = match kind {
            "KeywordId" => {
                let body = json!({"sector_id": sector, "keyword": self.text("keyword"), "volume": 10});
                self.made("planner/keywords/", body).await
            }
            "ClusterId" => {
                let body = json!({"sector_id": sector, "name": self.text("cluster")});
                let cluster = self.made("planner/clusters/", body).await;
                let keyword = self.text("clustered");
                let body = json!({"sector_id": sector, "keyword": keyword, "cluster": cluster});
                self.made("planner/keywords/", body).await;
                cluster
            }
            "IdeaId" => {
                let body = json!({"sector_id": sector, "idea_title": self.text("idea")});
                self.made("planner/ideas/", body).await
            }
            "TaskId" => {
                let body = json!({"sector_id": sector, "title": self.text("task"), "word_count": 300});
                self.made("writer/tasks/", body).await
            }
            "ContentId" => {
                let task = Box::pin(self.fresh("TaskId")).await.unwrap();
                self.run("writer/tasks/auto_generate_content/", json!({"ids": [task]})).await;
                let articles = self.client.get(&format!("writer/content/?task_id={task}")).await;
                let article = articles.results()[0]["id"].as_str().unwrap().to_owned();
                let path = format!("writer/content/{article}/");
                let patched = self.client.patch(&path, json!({"title": self.text("article")})).await;
                assert_eq!(patched.status, 200, "{patched:?}");
                article
            }
            "ImageId" => {
                let task = Box::pin(self.fresh("TaskId")).await.unwrap();
                let body = json!({"task": task, "image_type": "featured", "prompt": self.text("image")});
                self.made("writer/images/", body).await
            }
            "RunId" => {
                let cluster = Box::pin(self.fresh("ClusterId")).await.unwrap();
                self.run("planner/clusters/auto_generate_ideas/", json!({"ids": [cluster]})).await
            }
            "ImportId" => {
                let path = format!("planner/keywords/import_csv/?sector_id={sector}");
                let file =
                    format!("Keyword,Volume\n{},10\n{},20\n", self.text("import"), self.text("import"));
                self.client.send_as("POST", &path, Some(("text/csv", file))).await.id()
            }
            "PromptId" => {
                let body = json!({"prompt_type": "ideas", "prompt_value": self.text("prompt")});
                self.made("system/prompts/", body).await
            }
            "AuthorProfileId" => {
                let body = json!({"name": self.text("profile"), "tone": "friendly", "language": "en"});
                self.made("system/author_profiles/", body).await
            }
            "StrategyId" => {
                // The first tenant's are for the whole account, as they are named from other sectors too.
                let sector = (self.marker != "own").then_some(sector);
                let body = json!({"name": self.text("strategy"), "sector": sector});
                self.made("system/strategies/", body).await
            }
            "WebhookId" => {
                let body = json!({"url": format!("https://{}.example.org/hook", self.marker),
                    "events": ["run.finished"], "secret": "long enough for signing", "is_active": false,
                    "description": self.text("webhook")});
                self.made("system/webhooks/", body).await
            }
            "UserId" => {
                let body = json!({"email": format!("u{}@{}.example", number(), self.marker), "role": "editor",
                    "first_name": self.marker});
                self.made("auth/users/", body).await
            }
            "ApiKeyId" => {
                let body = json!({"name": self.text("key"), "role": "viewer"});
                self.made("auth/api_keys/", body).await
            }
            "SiteId" => self.made("auth/sites/", json!({"name": self.text("site")})).await,
            "SectorId" => {
                // A site has at most five that are active.
                let body = json!({"name": self.text("site")});
                let site = self.made("auth/sites/", body).await;
                let body = json!({"site_id": site, "name": self.text("sector")});
                self.made("auth/sectors/", body).await
            }
            _ => return None,
        };
        Some(id)
    }

    /// One row of every kind that a site and its account have; those of the account only when asked for.
    pub(crate) async fn settle(&self, whole_account: bool) -> Rows {
        let mut rows = Rows::new();
        let mut kinds = vec![
            "KeywordId",
            "ClusterId",
            "IdeaId",
            "TaskId",
            "ContentId",
            "ImageId",
            "RunId",
            "ImportId",
            "StrategyId",
        ];
        if whole_account {
            kinds.extend(["PromptId", "AuthorProfileId", "UserId", "ApiKeyId", "WebhookId"]);
        }
        for kind in kinds {
            let id = self.fresh(kind).await.expect("a kind that can be made");
            rows.insert(kind.to_owned(), vec![id]);
        }
        rows.insert("SiteId".to_owned(), vec![self.site.clone()]);
        rows.insert("SectorId".to_owned(), vec![self.sector.clone()]);
        let image = rows["ImageId"][0].clone();
        self.run("writer/images/generate_images/", json!({"image_ids": [image]})).await;
        let article = rows["ContentId"][0].clone();
        self.run("writer/content/generate_image_prompts/", json!({"ids": [article]})).await;
        if whole_account {
            let path = "system/settings/integrations/openai/";
            let body = json!({"config": {"model": self.marker}, "secrets": {"api_key": "sk-globex-secret"}});
            let saved = self.client.put(path, body).await;
            assert_eq!(saved.status, 200, "{saved:?}");
        }
        rows
    }
}

/// Waits for the end of a run.
pub(crate) async fn finished(client: &Client, run: &str) -> String {
    let begun = Instant::now();
    loop {
        let reply = client.get(&format!("system/settings/task_progress/{run}/")).await;
        let state = reply.data()["state"].as_str().unwrap().to_owned();
        if ["SUCCESS", "FAILURE", "REVOKED"].contains(&state.as_str()) {
            return state;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the run does not end: {reply:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Every id in a text.
pub(crate) fn ids_in(text: &str) -> BTreeSet<String> {
    let is_id = |at: usize| {
        let piece = text.get(at..at + 36)?;
        uuid::Uuid::try_parse(piece).ok().filter(|_| piece.as_bytes()[8] == b'-').map(|_| piece.to_owned())
    };
    (0..text.len().saturating_sub(35)).filter_map(is_id).collect()
}
