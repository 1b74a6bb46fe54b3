//! The offline provider's answers, read as a host would read them.

use std::collections::HashSet;
use std::time::Duration;

use igny8_ai::Offline;
use igny8_core::article::{Outline, SeoInput, normalize_content, seo_report, visible_text, word_count};
use igny8_core::ports::{ImageModel, ImageRequest, ProviderErrorKind, TextModel, TextRequest};
use serde_json::{Value, json};

const TEA: [&str; 9] = [
    "green tea benefits",
    "benefits of green tea",
    "how long does green tea last",
    "is green tea good for you",
    "how to make green tea",
    "green tea vs black tea",
    "best green tea",
    "green tea caffeine",
    "geen tea caffeine",
];

async fn ask(function: &str, data: Value) -> Value {
    let reply = Offline::new().complete(request(function, data)).await.unwrap();
    assert_eq!((reply.tries, reply.usage.prompt_tokens, reply.usage.completion_tokens), (0, 0, 0));
    assert_eq!(reply.model, "offline-rules-1");
    serde_json::from_str(&reply.text).unwrap()
}

fn request(function: &str, data: Value) -> TextRequest {
    TextRequest {
        function: function.to_owned(),
        messages: vec![],
        answer: None,
        data,
        max_output_tokens: None,
        temperature: None,
        deadline: Duration::from_secs(5),
    }
}

fn article(words: u32, structure: &str, keywords: &[&str], sections: &[&str]) -> Value {
    json!({
        "task": {
            "title": "Green Tea Benefits: A Practical Guide", "description": "", "content_type": "blog",
            "content_structure": structure, "word_count": words,
        },
        "keywords": keywords,
        "cluster": {"name": "green tea", "keywords": TEA},
        "author": null,
        "language": "en",
        "sections": sections,
    })
}

fn text<'a>(answer: &'a Value, field: &str) -> &'a str {
    answer[field].as_str().unwrap()
}

#[tokio::test]
async fn drafts_have_the_words_asked_for() {
    for structure in ["guide", "how_to", "faq", "case_study", "a_hosts_own"] {
        for words in [300_u32, 500, 699, 700, 1_000, 1_500, 2_500, 5_000] {
            for keywords in [&["green tea benefits"][..], &["how long does green tea last"], &TEA] {
                let answer = ask("generate_content", article(words, structure, keywords, &[])).await;
                let found = word_count(&normalize_content(text(&answer, "html")));
                assert!(found.abs_diff(words) * 20 <= words, "{structure}, {words} words wanted: {found}");
            }
        }
    }
}

#[tokio::test]
async fn drafts_say_nothing_twice() {
    let answer = ask("generate_content", article(5_000, "guide", &TEA, &[])).await;
    let mut said = HashSet::new();
    let outline = Outline::parse(text(&answer, "html"));
    for paragraph in &outline.paragraphs {
        for sentence in
            paragraph.split_inclusive(['.', '?', '!']).map(str::trim).filter(|text| !text.is_empty())
        {
            assert!(said.insert(sentence.to_owned()), "twice: {sentence}");
        }
    }
    for heading in &outline.headings {
        assert!(said.insert(heading.text.clone()), "twice: {}", heading.text);
    }
}

#[tokio::test]
async fn drafts_answer_the_clusters_questions_and_own_up() {
    let answer = ask("generate_content", article(1_500, "guide", &TEA[..1], &[])).await;
    let html = text(&answer, "html");
    for question in
        ["How long does green tea last?", "Is green tea good for you?", "How do you make green tea?"]
    {
        assert!(html.contains(&format!("<h3>{question}</h3>")), "no {question}");
    }
    assert!(visible_text(html).contains("No language model wrote it, and it states no facts"));
    // A respelling of another search gets no section of its own.
    assert!(!html.contains("<h2>Geen tea caffeine</h2>") && html.contains("<h2>Green tea caffeine</h2>"));
    assert!(!html.contains('{'), "a place was left unfilled");
    let seo = seo_report(&SeoInput {
        title: text(&answer, "title"),
        html,
        meta_title: text(&answer, "meta_title"),
        meta_description: text(&answer, "meta_description"),
        primary_keyword: text(&answer, "primary_keyword"),
        secondary_keywords: &["green tea caffeine".to_owned()],
        target_words: Some(1_500),
    });
    let missed: Vec<_> =
        seo.checks.iter().filter(|check| !check.passed).map(|check| check.advice.as_str()).collect();
    // It has no page to link to.
    assert_eq!(missed, ["Link to a related page of the site or to a good source."]);
    assert!(answer["secondary_keywords"].as_array().unwrap().contains(&json!("green tea caffeine")));
}

#[tokio::test]
async fn required_sections_come_in_their_order() {
    let wanted = ["Ingredients", "Method", "Serving & storing"];
    let answer = ask("generate_content", article(600, "guide", &TEA[..1], &wanted)).await;
    let outline = Outline::parse(text(&answer, "html"));
    let found: Vec<&str> =
        outline.headings.iter().filter(|it| it.level == 2).map(|it| it.text.as_str()).collect();
    assert_eq!(found.get(..3), Some(&wanted[..]), "{found:?}");
}

#[tokio::test]
async fn another_language_is_owned_up_to() {
    let mut data = article(300, "guide", &["grüner tee"], &[]);
    data["language"] = json!("de");
    let answer = ask("generate_content", data).await;
    assert!(text(&answer, "html").contains("where “de” was asked for"));
}

#[tokio::test]
async fn hostile_keywords_stay_text() {
    let answer =
        ask("generate_content", article(800, "guide", &["<script>alert(1)</script> tea"], &[])).await;
    assert!(!text(&answer, "html").contains("<script"));
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let data = article(1_000, "guide", &TEA, &[]);
    let (one, other) = (ask("generate_content", data.clone()).await, ask("generate_content", data).await);
    assert_eq!(one, other);
    assert_ne!(one, ask("generate_content", article(1_000, "guide", &TEA[1..], &[])).await);
}

fn ideas(keywords: &[&str], existing: &[&str]) -> Value {
    let keywords: Vec<Value> = keywords
        .iter()
        .enumerate()
        .map(|(id, keyword)| {
            json!({"id": id, "keyword": keyword, "volume": 1_000 - id, "difficulty": null, "intents": []})
        })
        .collect();
    json!({
        "cluster": {"name": "green tea", "description": null},
        "keywords": keywords,
        "existing_titles": existing,
        "ideas_wanted": {"min": 3, "max": 5},
        "language": "en",
        "content_types": ["blog", "hub_page"],
        "content_structures": ["guide", "faq", "how_to", "listicle", "comparison"],
    })
}

#[tokio::test]
async fn ideas_are_three_to_five_with_titles_that_fit() {
    for keywords in [&TEA[..], &TEA[..1], &["how long does green tea last"], &[]] {
        let answer = ask("generate_ideas", ideas(keywords, &[])).await;
        let found = answer["ideas"].as_array().unwrap();
        assert!((3..=5).contains(&found.len()), "{keywords:?}: {}", found.len());
        for idea in found {
            assert!((5..=70).contains(&text(idea, "title").chars().count()), "{idea}");
            let targets = idea["target_keyword_ids"].as_array().unwrap();
            assert!(targets.iter().all(|id| (id.as_u64().unwrap() as usize) < keywords.len()));
            assert!(!targets.is_empty() || keywords.is_empty());
        }
    }
}

#[tokio::test]
async fn ideas_follow_the_searches_and_leave_out_what_is_there() {
    let titles = |answer: &Value| -> Vec<String> {
        answer["ideas"].as_array().unwrap().iter().map(|idea| text(idea, "title").to_owned()).collect()
    };
    let fresh = titles(&ask("generate_ideas", ideas(&TEA, &[])).await);
    assert_eq!(fresh[0], "Green Tea Benefits: A Practical Guide");
    assert!(fresh.contains(&"How Long Does Green Tea Last?".to_owned()), "{fresh:?}");
    let existing: Vec<&str> = fresh.iter().map(String::as_str).collect();
    for title in titles(&ask("generate_ideas", ideas(&TEA, &existing)).await) {
        assert!(!fresh.contains(&title), "again: {title}");
    }
}

#[tokio::test]
async fn clusters_keep_every_keyword_once() {
    let data = json!({
        "groups": [
            [[0, "green tea"], [1, "Green Tea Benefits", 9], [2, "tea green"]],
            [[3, "bicycle"]],
            [[4, "oolong", 1]],
        ],
        "existing_clusters": [],
    });
    let answer = ask("auto_cluster", data).await;
    assert_eq!(answer["clusters"][0]["name"], "Green Tea Benefits");
    assert_eq!(answer["clusters"][0]["keyword_ids"], json!([0, 1, 2]));
    assert_eq!(answer["clusters"][1]["keyword_ids"], json!([4]));
    assert_eq!(answer["unclustered"], json!([3]));
}

#[tokio::test]
async fn pictures_are_spread_over_the_headings() {
    let data = json!({
        "content": {
            "title": "Tea", "html_outline": ["A", "B", "C", "D", "Frequently asked questions"], "primary_keyword": null,
        },
        "max_in_article": 2,
        "style": "watercolour",
    });
    let answer = ask("generate_image_prompts", data).await;
    let headings: Vec<&str> =
        answer["in_article"].as_array().unwrap().iter().map(|picture| text(picture, "heading")).collect();
    assert_eq!(headings, ["A", "C"]);
    assert!(text(&answer["featured"], "prompt").contains("watercolour"));
}

#[tokio::test]
async fn what_has_no_rule_is_refused_with_what_to_do() {
    let error = Offline::new().complete(request("translate", json!({}))).await.unwrap_err();
    assert_eq!((error.kind, error.tries), (ProviderErrorKind::BadRequest, 0));
    assert!(error.message.contains("`translate`") && error.message.contains("language model"), "{error}");
    let error = Offline::new().complete(request("generate_content", json!({"task": 1}))).await.unwrap_err();
    assert!(error.message.contains("generate_content"), "{error}");
}

fn picture(prompt: &str, width: u32, height: u32) -> ImageRequest {
    ImageRequest {
        prompt: prompt.to_owned(),
        negative_prompt: None,
        width,
        height,
        format: Some("png".to_owned()),
        deadline: Duration::from_secs(5),
    }
}

#[tokio::test]
async fn placeholders_are_png_files_of_the_size_asked_for() {
    for (width, height) in [(1_536, 1_024), (64, 64), (768, 1_024)] {
        let image = Offline::new().generate(picture("tea", width, height)).await.unwrap().image;
        assert_eq!(image.media_type, "image/png");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&image.bytes)).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), (width, height));
        assert!(
            reader.info().uncompressed_latin1_text.iter().any(|chunk| chunk.text.contains("no image model"))
        );
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().collect::<HashSet<_>>().len() > 4, "one flat colour");
    }
    let of = async |prompt| Offline::new().generate(picture(prompt, 64, 64)).await.unwrap().image.bytes;
    assert_eq!(of("tea").await, of("tea").await);
    assert_ne!(of("tea").await, of("coffee").await);
    assert!(Offline::new().generate(picture("tea", 0, 64)).await.is_err());
}
