//! The articles as pages to open in a browser, with an index that leads to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use igny8_core::article::{ArticlePage, escape, render_page};
use igny8_core::ids::ContentId;
use igny8_core::pipeline::{Content, Image, ImageType};
use igny8_core::tenancy::slugify;

use crate::journey::{Finished, Journey};

/// The note under each article that no model wrote.
const OFFLINE_NOTE: &str =
    "Drafted offline by rules, not by a language model: an outline to work from, not an article to publish.";

/// Where the pages lie.
pub(crate) struct Pages {
    pub(crate) index: PathBuf,
    pub(crate) of: BTreeMap<ContentId, PathBuf>,
}

/// Writes a page for each article, and the index.
pub(crate) async fn write(journey: &Journey<'_>, finished: &Finished, out: &Path) -> Result<Pages> {
    let folder = out.join("articles");
    std::fs::create_dir_all(&folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let mut of = BTreeMap::new();
    let mut entries = String::new();
    for (article, number) in finished.articles.iter().zip(1..) {
        let name = format!("{number:02}-{}.html", slugify(&article.draft.title, "article"));
        let path = folder.join(&name);
        let images: Vec<&Image> =
            finished.images.iter().filter(|image| image.content == Some(article.id)).collect();
        save(&path, &page(article, &images))?;
        entries.push_str(&entry(article, &name));
        of.insert(article.id, path);
    }
    let index = out.join("index.html");
    let intro = format!(
        "<p>{} keywords, {} clusters, {} articles.</p>",
        finished.import.created + finished.import.updated,
        journey.count_clusters().await?,
        finished.articles.len()
    );
    let listing = ArticlePage {
        title: "Your articles",
        meta_title: "Your articles",
        meta_description: "",
        language: "en",
        html: &format!("{intro}<ul>{entries}</ul>"),
        featured_image: None,
        generator_note: None,
    };
    save(&index, &render_page(&listing))?;
    Ok(Pages { index, of })
}

/// Writes what there is to say about the clusters as a page.
pub(crate) async fn write_quality(journey: &Journey<'_>, path: &Path) -> Result<()> {
    let report = journey.igny8.clusters(&journey.scope).quality(journey.sector).await?;
    save(path, &report.to_html("Your clusters"))
}

fn page(article: &Content, images: &[&Image]) -> String {
    let draft = &article.draft;
    let featured = images
        .iter()
        .find(|image| image.image_type == ImageType::Featured)
        .and_then(|image| Some((source(image)?, image.alt.clone())));
    render_page(&ArticlePage {
        title: &draft.title,
        meta_title: draft.meta_title.as_deref().unwrap_or_default(),
        meta_description: draft.meta_description.as_deref().unwrap_or_default(),
        language: "en",
        html: &illustrated(&draft.html_content, images),
        featured_image: featured.as_ref().map(|(source, alt)| (source.as_str(), alt.as_str())),
        generator_note: (draft.written_by.starts_with("offline")).then_some(OFFLINE_NOTE),
    })
}

/// The text with each section's image right under its heading.
fn illustrated(html: &str, images: &[&Image]) -> String {
    let mut html = html.to_owned();
    for image in images.iter().filter(|image| image.image_type == ImageType::InArticle) {
        let (Some(source), Some(heading)) = (source(image), &image.heading) else { continue };
        let figure = format!(
            "<figure><img src=\"{}\" alt=\"{}\" loading=\"lazy\"></figure>",
            escape(&source),
            escape(&image.alt)
        );
        let heading = escape(heading);
        let place = ["h2", "h3"].iter().find_map(|tag| {
            let whole = format!("{heading}</{tag}>");
            html.find(&whole).map(|at| at + whole.len())
        });
        if let Some(place) = place {
            html.insert_str(place, &figure);
        }
    }
    html
}

/// Where a page in the articles' folder finds an image's file.
fn source(image: &Image) -> Option<String> {
    image.image_url.as_ref().map(|key| format!("../images/{key}"))
}

fn entry(article: &Content, name: &str) -> String {
    let draft = &article.draft;
    format!(
        "<li><p><a href=\"articles/{}\">{}</a><br>{} words, SEO score {} of 100</p></li>",
        escape(name),
        escape(&draft.title),
        draft.word_count,
        draft.seo.score
    )
}

fn save(path: &Path, page: &str) -> Result<()> {
    std::fs::write(path, page).with_context(|| format!("write {}", path.display()))
}
