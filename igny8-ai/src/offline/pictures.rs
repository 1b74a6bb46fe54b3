//! Image prompts from an article's title and headings.

use serde::{Deserialize, Serialize};

use super::phrase::clean;

/// Headings that no picture helps.
const UNPICTURED: [&str; 4] =
    ["frequently asked questions", "before this goes out", "what people search for", "what to remember"];

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    content: Content,
    max_in_article: usize,
    style: String,
}

#[derive(Debug, Deserialize)]
struct Content {
    title: String,
    html_outline: Vec<String>,
    primary_keyword: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Answer {
    featured: Picture,
    in_article: Vec<SectionPicture>,
}

#[derive(Debug, Serialize)]
struct Picture {
    prompt: String,
    alt: String,
}

#[derive(Debug, Serialize)]
struct SectionPicture {
    heading: String,
    prompt: String,
    alt: String,
}

/// One picture for the head, and as many as wanted for sections spread over the article.
pub(super) fn describe(request: &Request) -> Answer {
    let Request { content, max_in_article, style } = request;
    let subject = content.primary_keyword.as_deref().map_or_else(|| clean(&content.title), clean);
    let headings: Vec<&String> = content
        .html_outline
        .iter()
        .filter(|heading| {
            let lower = heading.to_lowercase();
            !lower.trim().is_empty() && !UNPICTURED.iter().any(|without| lower.starts_with(without))
        })
        .collect();
    let wanted = (*max_in_article).min(headings.len());
    let in_article = (0..wanted)
        .filter_map(|number| headings.get(number * headings.len() / wanted))
        .map(|heading| SectionPicture {
            prompt: format!(
                "A {style} picture for the section “{heading}” of an article about {subject}. One clear subject, \
                 natural light, calm background, no text and no logos."
            ),
            alt: format!("Picture for the section “{heading}”"),
            heading: (*heading).clone(),
        })
        .collect();
    Answer {
        featured: Picture {
            prompt: format!(
                "A {style} picture that opens an article about {subject}, titled “{}”. Wide composition with room \
                 around the subject, natural light, no text and no logos.",
                content.title
            ),
            alt: format!("Picture for “{}”", content.title),
        },
        in_article,
    }
}
