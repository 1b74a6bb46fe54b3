//! Good answers, worked out from the data in the prompt as an obedient model would.

use serde_json::{Value, json};

use super::Asked;

/// The answer that fits the question.
#[must_use]
pub fn good(asked: &Asked) -> Value {
    match asked.schema.as_str() {
        "clusters" => clusters(&asked.data),
        "ideas" => ideas(&asked.data),
        "article" => article(&asked.data),
        "image_prompts" => image_prompts(&asked.data),
        other => panic!("no answer is known for the schema `{other}`: {}", asked.body),
    }
}

/// One cluster a group, named after the group's first keyword.
fn clusters(data: &Value) -> Value {
    let groups = data["groups"].as_array().expect("groups");
    let clusters: Vec<Value> = groups
        .iter()
        .filter_map(|group| {
            let entries = group.as_array()?;
            let ids: Vec<&Value> = entries.iter().map(|entry| &entry[0]).collect();
            let name = format!("About {}", entries.first()?[1].as_str()?);
            Some(json!({"name": name, "description": "What its searchers want.", "keyword_ids": ids}))
        })
        .collect();
    json!({"clusters": clusters, "unclustered": []})
}

/// Three ideas whose titles have little in common.
fn ideas(data: &Value) -> Value {
    let name = data["cluster"]["name"].as_str().expect("a cluster");
    let titles = [
        format!("{name}: what beginners get wrong"),
        format!("Choosing between cheap and costly {name}"),
        format!("Seven questions on {name} that experts hear daily"),
    ];
    let ideas: Vec<Value> = titles
        .iter()
        .map(|title| {
            json!({
                "title": title, "description": "For readers who want to know.", "content_type": "blog",
                "content_structure": "guide", "target_keyword_ids": [0], "estimated_word_count": 600,
            })
        })
        .collect();
    json!({"ideas": ideas})
}

/// An article of exactly the words that were asked for.
fn article(data: &Value) -> Value {
    let title = data["task"]["title"].as_str().expect("a task");
    let wanted = data["task"]["word_count"].as_u64().expect("a length") as usize;
    let keyword = data["keywords"][0].as_str().expect("a keyword");
    let heading = format!("All about {keyword}");
    let mut left = wanted - heading.split_whitespace().count();
    let mut html = format!("<h2>{heading}</h2>");
    while left > 0 {
        let words = left.min(60);
        left -= words;
        html.push_str(&format!("<p>{}</p>", ["steady"].repeat(words).join(" ")));
    }
    json!({
        "title": title, "html": html, "meta_title": title, "primary_keyword": keyword,
        "meta_description": format!("What there is to know about {keyword}, told plainly and in good order."),
        "secondary_keywords": [],
    })
}

/// A featured image and one for the first section.
fn image_prompts(data: &Value) -> Value {
    let title = data["content"]["title"].as_str().expect("a title");
    let heading = data["content"]["html_outline"][0].as_str().unwrap_or(title);
    json!({
        "featured": {"prompt": format!("A table that tells of {title}"), "alt": title},
        "in_article": [{"heading": heading, "prompt": "A close view of leaves", "alt": "Leaves"}],
    })
}
