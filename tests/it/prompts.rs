//! What prompts are filled with: what the core says a type has, its function gives, and nothing else is accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use igny8_ai::Offline;
use igny8_core::clustering::ClusteringMethod;
use igny8_core::credits::CreditPricing;
use igny8_core::functions::{
    AutoCluster, GenerateContent, GenerateIdeas, GenerateImagePrompts, GenerateImages, StartRequest,
};
use igny8_core::hooks::{Hook, HookContext, Verdict};
use igny8_core::pipeline::{NewKeyword, NewTask};
use igny8_core::ports::TextRequest;
use igny8_core::prompts::{PromptOrigin, Supply};
use igny8_core::runs::{RunState, WorkerConfig};
use igny8_core::settings::{NewAuthorProfile, NewStrategy, PromptType};
use igny8_core::vocabulary::Tone;
use igny8_core::{Error, Igny8};
use igny8_storage::SqliteStore;
use igny8_tests::desk::{brisk, draft};
use igny8_tests::{Answer, Desk, FakeOpenAi};
use serde_json::{Value, json};

/// Remembers the last request of every function. Clones share what they remember.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<BTreeMap<String, TextRequest>>>);

#[async_trait]
impl Hook for Listener {
    fn name(&self) -> &str {
        "listener"
    }

    async fn before_prompt(&self, cx: HookContext<'_>, request: &mut TextRequest) -> Verdict {
        self.0.lock().unwrap().insert(cx.function.to_owned(), request.clone());
        Verdict::Continue
    }
}

impl Listener {
    fn heard(&self, function: &str) -> TextRequest {
        self.0.lock().unwrap().get(function).cloned().unwrap()
    }
}

async fn succeeds<R: StartRequest>(desk: &Desk, request: R) {
    let run = desk.igny8.start(&desk.scope, request).await.unwrap().id();
    let once = WorkerConfig { run_forever: false, ..brisk() };
    desk.igny8.spawn_worker(once).finished().await;
    let run = desk.run(run).await;
    assert_eq!((run.state, &run.error), (RunState::Success, &None), "{}", run.function);
}

/// A run of each function, with everything there that its prompt may speak of.
async fn run_all(desk: &Desk) {
    let (igny8, scope) = (&desk.igny8, &desk.scope);
    let author = NewAuthorProfile {
        name: "Ada".to_owned(),
        description: "Brews".to_owned(),
        tone: Tone::FRIENDLY,
        language: "en".to_owned(),
        is_default: true,
    };
    igny8.author_profiles(scope).create(author).await.unwrap();
    let cluster = desk.clusters(&["green tea"]).await.remove(0);
    for text in ["matcha whisk", "bamboo matcha whisk", "best matcha whisk"] {
        igny8.keywords(scope).create(desk.home.sector, NewKeyword::new(text)).await.unwrap();
    }
    let refined = AutoCluster::for_sector(desk.home.sector).method(ClusteringMethod::ModelRefined);
    succeeds(desk, refined).await;
    succeeds(desk, GenerateIdeas::for_clusters(vec![cluster])).await;
    let task = NewTask {
        cluster: Some(cluster),
        keywords: vec!["green tea".to_owned()],
        word_count: 300,
        ..NewTask::titled("On green tea")
    };
    let task = igny8.tasks(scope).create(desk.home.sector, task).await.unwrap().id;
    succeeds(desk, GenerateContent::for_tasks(vec![task])).await;
    let article = desk.articles().await[&task].id;
    succeeds(desk, GenerateImagePrompts::for_contents(vec![article])).await;
    succeeds(desk, GenerateImages::for_tasks(vec![task])).await;
}

#[tokio::test]
async fn every_function_gives_what_its_prompt_types_have() {
    let listener = Listener::default();
    let desk = Desk::in_memory(|builder| {
        builder.text_model(Offline::new()).image_model(Offline::new()).hook(listener.clone())
    })
    .await;
    for prompt_type in PromptType::ALL {
        let supply = Supply::of(*prompt_type);
        // Rendering is strict: a variable that is not there fails the run.
        let mut template: String =
            supply.variables.iter().map(|path| format!("{path}: {{{{ data.{path} }}}}\n")).collect();
        for (name, _) in supply.placeholders {
            template.push_str(&format!("{name}=[IGNY8_{name}] [{name}]\n"));
        }
        desk.igny8.prompts(&desk.scope).save(*prompt_type, &template, None).await.unwrap();
    }
    run_all(&desk).await;
    for prompt_type in &PromptType::ALL[..4] {
        let supply = Supply::of(*prompt_type);
        let asked = listener.heard(supply.function);
        let given: BTreeSet<&str> = asked.data.as_object().unwrap().keys().map(String::as_str).collect();
        let known: BTreeSet<&str> =
            supply.variables.iter().map(|path| path.split('.').next().unwrap()).collect();
        assert_eq!(given, known, "{prompt_type}");
        let instruction = &asked.messages[0].content;
        for (name, _) in supply.placeholders {
            assert!(
                !instruction.contains(&format!("{name}= ")),
                "{name} is empty in {prompt_type}: {instruction}"
            );
        }
        assert!(instruction.contains("SECTOR=tea tea"), "{instruction}");
    }
}

#[tokio::test]
async fn the_default_clustering_prompt_sends_the_keywords_once() {
    let listener = Listener::default();
    let desk = Desk::in_memory(|builder| {
        builder.text_model(Offline::new()).image_model(Offline::new()).hook(listener.clone())
    })
    .await;
    run_all(&desk).await;
    let asked = listener.heard("auto_cluster");
    let sent: String = asked.messages.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(sent.matches("bamboo matcha whisk").count(), 1, "{sent}");
}

#[tokio::test]
async fn a_prompt_that_cannot_be_filled_is_refused_when_it_is_saved() {
    let desk = Desk::in_memory(|builder| builder).await;
    let prompts = desk.igny8.prompts(&desk.scope);
    for (prompt_type, text, told) in [
        (PromptType::NegativePrompt, "no [IGNY8_KEYWORDS]", "[IGNY8_IMAGE_TYPE]"),
        (PromptType::Clustering, "[AUTHOR] groups", "[IGNY8_SECTOR]"),
        (PromptType::Ideas, "{{ data.task.title }}", "data.existing_titles"),
    ] {
        let refused = prompts.save(prompt_type, text, None).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(fields)) if fields.to_string().contains(told)),
            "{text}: {refused:?}"
        );
        let strategy = NewStrategy {
            name: "Own".to_owned(),
            prompt_types: BTreeMap::from([(prompt_type, text.to_owned())]),
            ..NewStrategy::default()
        };
        let refused = desk.igny8.strategies(&desk.scope).create(strategy).await;
        assert!(matches!(&refused, Err(Error::Invalid(_))), "{text}: {refused:?}");
    }
    assert_eq!(prompts.own().await.unwrap(), []);
}

#[tokio::test]
async fn a_prompt_for_one_function_is_no_others() {
    let listener = Listener::default();
    let desk = Desk::in_memory(|builder| builder.text_model(Offline::new()).hook(listener.clone())).await;
    let prompts = desk.igny8.prompts(&desk.scope);
    let task = desk.tasks(&[300]).await;
    let text = "Write as told in [SECTOR].";
    let instruction = async |function: Option<&str>| {
        let saved = prompts.save(PromptType::ContentGeneration, text, function).await.unwrap();
        assert_eq!(prompts.get(saved.id).await.unwrap(), saved);
        succeeds(&desk, GenerateContent::for_tasks(task.clone())).await;
        listener.heard("generate_content").messages[0].content.clone()
    };
    assert!(instruction(None).await.starts_with("Write as told in tea."));
    assert!(!instruction(Some("generate_ideas")).await.starts_with("Write as told"));
    assert!(instruction(Some("generate_content")).await.starts_with("Write as told in tea."));
    let effective = prompts.effective().await.unwrap();
    let of_type =
        effective.iter().find(|prompt| prompt.prompt_type == PromptType::ContentGeneration).unwrap();
    assert_eq!(of_type.origin, PromptOrigin::Account);
    assert_eq!(of_type.function_name.as_deref(), Some("generate_content"));
}

#[tokio::test]
async fn an_idea_that_repeats_an_article_is_dropped() {
    let idea = |title: &str| {
        json!({
            "title": title, "description": "", "content_type": "blog", "content_structure": "guide",
            "target_keyword_ids": [0], "estimated_word_count": 900,
        })
    };
    let answer = json!({"ideas": [idea("How to brew green tea?"), idea("Green tea and sleep")]});
    let service = FakeOpenAi::answering(move |_| Answer::json(&answer)).await;
    let desk = Desk::in_memory(|builder| builder.text_model(service.provider())).await;
    // The article's title is not its task's.
    let task = desk.tasks(&[600]).await.remove(0);
    let contents = desk.igny8.contents(&desk.scope);
    contents.save_draft(task, draft("How to Brew Green Tea"), None).await.unwrap();
    let clusters = desk.clusters(&["green tea"]).await;
    let run = desk.igny8.start(&desk.scope, GenerateIdeas::for_clusters(clusters)).await.unwrap();
    let once = WorkerConfig { run_forever: false, ..brisk() };
    desk.igny8.spawn_worker(once).finished().await;
    let done = run.output().await.unwrap().output;
    assert_eq!(done.ideas.len(), 1);
    let dropped: Vec<_> = done.dropped.iter().map(|idea| (idea.title.as_str(), idea.like.as_str())).collect();
    assert_eq!(dropped, [("How to brew green tea?", "How to Brew Green Tea")]);
}

#[tokio::test]
async fn functions_are_priced_by_the_hosts_list() {
    let prices = async |pricing| {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let igny8: Igny8 = Igny8::builder(store).pricing(pricing).build().unwrap();
        let listed = serde_json::to_value(igny8.functions()).unwrap();
        let price = |function: &Value| {
            (function["name"].as_str().unwrap().to_owned(), function["price"].as_str().unwrap().to_owned())
        };
        listed.as_array().unwrap().iter().map(price).collect::<BTreeMap<String, String>>()
    };
    let ours = prices(CreditPricing::default()).await;
    for (function, price) in [
        ("auto_cluster", "1 credit per 10 keywords started"),
        ("generate_ideas", "2 credits per cluster"),
        ("generate_content", "1 credit per 100 words produced, at least 5 an article"),
        ("generate_image_prompts", "1 credit per article"),
        ("generate_images", "5 credits per image"),
    ] {
        assert_eq!(ours[function], price);
    }
    let dear =
        CreditPricing { per_image: 1, per_idea_cluster: 7, words_per_credit: 50, ..CreditPricing::default() };
    let theirs = prices(dear).await;
    assert_eq!(theirs["generate_images"], "1 credit per image");
    assert_eq!(theirs["generate_ideas"], "7 credits per cluster");
    assert!(theirs["generate_content"].starts_with("1 credit per 50 words"));
}
