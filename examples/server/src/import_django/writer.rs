//! Tasks, articles and images. An article's text is cleaned, counted and scored as any editor's.
//! Images come with their prompt; their files stay where they are.

use std::str::FromStr;

use igny8_core::Error;
use igny8_core::Result;
use igny8_core::article::SeoReport;
use igny8_core::ids::{ImageId, TaskId};
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ContentChange, ContentFilter, ContentQuery, ContentStatus, Draft, ImageChange, ImageOwner, ImageStatus,
    ImageType, NewImage, NewTask, TaskChange,
};
use serde_json::json;

use super::report::{Outcome, TableReport};
use super::row::{Row, id_of};
use super::words::{self, at_most, way, within, word};
use super::{Import, history};

impl Import<'_> {
    pub(super) async fn task(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let (tenant, sector, sector_row) = match self.place(row) {
            Ok((tenant, sector, id)) => (tenant.clone(), sector, id),
            Err(outcome) => return Ok(outcome),
        };
        let id = TaskId::from_uuid(id_of(tenant.account, "igny8_tasks", row.id()));
        let room = self.igny8.tasks(&tenant.scope);
        let known = match room.get(id).await {
            Ok(task) => Some(task),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let is_new = known.is_none();
        let task = match known {
            Some(task) => task,
            None => {
                let idea = row.int(&["idea_id"]).and_then(|idea| match self.ideas.get(&idea) {
                    Some((of, id)) if *of == sector_row => Some(*id),
                    _ => {
                        table.note(
                            row.id(),
                            "its idea did not come, or is in another sector: it came without",
                        );
                        None
                    }
                });
                let title = at_most(row.text(&["title"]), 255, row.id(), "title", table);
                let new = NewTask {
                    id,
                    title: title.unwrap_or_default(),
                    description: row.text_or_empty(&["description"]),
                    keywords: row.list(&["keywords"]),
                    cluster: self.cluster_within(row, "cluster_id", sector_row, table),
                    idea,
                    content_type: words::content_type(row, table),
                    content_structure: words::content_structure(row, table),
                    word_count: within(row, "word_count", 300, 5_000, 1_000, table),
                };
                match room.create(sector.id, new.clone()).await {
                    Err(Error::Conflict { .. }) if idea.is_some() => {
                        table.note(row.id(), "its idea has another task already: it came without");
                        room.create(sector.id, NewTask { idea: None, ..new }).await?
                    }
                    created => created?,
                }
            }
        };
        self.tasks.insert(row.id(), (sector_row, id));
        if is_new || tenant.completes {
            let to = words::task_status(row, table);
            for status in way(task.status, to).unwrap_or_default() {
                room.update(id, TaskChange { status: Some(status), ..TaskChange::default() }).await?;
            }
        }
        Ok(Outcome::created_if(is_new))
    }

    pub(super) async fn content(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let Some((sector_row, task)) = row.int(&["task_id"]).and_then(|id| self.tasks.get(&id).copied())
        else {
            return Ok(Outcome::skipped("its task did not come, and no article is without"));
        };
        let tenant = match self.place(row) {
            Ok((_, _, own)) if own != sector_row => {
                return Ok(Outcome::skipped("its task is in another sector"));
            }
            Ok((tenant, _, _)) => tenant.clone(),
            Err(outcome) => return Ok(outcome),
        };
        let room = self.igny8.contents(&tenant.scope);
        let filter = ContentFilter { tasks: Some(vec![task]), ..ContentFilter::default() };
        let known = room.list(&ContentQuery::filtered(filter).page(Page::first(1))).await?.items.pop();
        let is_new = known.is_none();
        let content = match known {
            Some(content) => content,
            None => {
                let title = match at_most(row.text(&["title"]), 255, row.id(), "title", table) {
                    Some(title) => title,
                    None => self.igny8.tasks(&tenant.scope).get(task).await?.title,
                };
                let draft = Draft {
                    title,
                    html_content: row.text_or_empty(&["html_content"]),
                    word_count: 0,
                    within_word_target: false,
                    meta_title: at_most(row.text(&["meta_title"]), 60, row.id(), "meta_title", table),
                    meta_description: at_most(
                        row.text(&["meta_description"]),
                        160,
                        row.id(),
                        "meta_description",
                        table,
                    ),
                    primary_keyword: row.text(&["primary_keyword"]),
                    secondary_keywords: row.list(&["secondary_keywords"]),
                    // Words and score are taken of the cleaned text when it is saved.
                    seo: SeoReport { score: 0, checks: Vec::new() },
                    written_by: "django".to_owned(),
                };
                room.save_draft(task, draft, None).await?
            }
        };
        self.contents.insert(row.id(), (sector_row, content.id));
        if is_new || tenant.completes {
            let post = row.int(&["wp_post_id"]);
            if post.is_some() && content.wp_post_id != post {
                room.update(content.id, ContentChange { wp_post_id: Some(post), ..ContentChange::default() })
                    .await?;
            }
            let to = word(row, "status", ContentStatus::Draft, table);
            for status in way(content.status, to).unwrap_or_default() {
                room.update(content.id, ContentChange { status: Some(status), ..ContentChange::default() })
                    .await?;
            }
        }
        Ok(Outcome::created_if(is_new))
    }

    pub(super) async fn image(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let content = row.int(&["content_id"]);
        let task = row.int(&["task_id"]);
        let of_content = content.and_then(|id| self.contents.get(&id).copied());
        let of_task = task.and_then(|id| self.tasks.get(&id).copied());
        let (owner, sector_row, owner_row) = match (of_content, of_task) {
            (Some((sector, id)), _) => (ImageOwner::Content(id), sector, (content.unwrap_or_default(), true)),
            (None, Some((sector, id))) => (ImageOwner::Task(id), sector, (task.unwrap_or_default(), false)),
            (None, None) => return Ok(Outcome::skipped("neither its article nor its task came")),
        };
        let tenant = match self.place(row) {
            Ok((_, _, own)) if own != sector_row => {
                return Ok(Outcome::skipped("its article or task is in another sector"));
            }
            Ok((tenant, _, _)) => tenant.clone(),
            Err(outcome) => return Ok(outcome),
        };
        let word_of_type = row.text(&["image_type"]).unwrap_or_else(|| "featured".to_owned());
        let Ok(image_type) = ImageType::from_str(&word_of_type) else {
            return Ok(Outcome::skipped(format!("the image_type `{word_of_type}` is not known here")));
        };
        let next = self.image_positions.entry((owner_row.0, owner_row.1, image_type)).or_default();
        let position = row.int(&["position"]).and_then(|at| u32::try_from(at).ok()).unwrap_or(*next);
        *next += 1;
        let id = ImageId::from_uuid(id_of(tenant.account, "igny8_images", row.id()));
        let room = self.igny8.images(&tenant.scope);
        let known = match room.get(id).await {
            Ok(image) => Some(image),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let is_new = known.is_none();
        let image = match known {
            Some(image) => image,
            None => {
                let new = NewImage {
                    id,
                    owner,
                    image_type,
                    position,
                    heading: row.text(&["heading"]),
                    prompt: at_most(row.text(&["prompt"]), 4_000, row.id(), "prompt", table)
                        .unwrap_or_default(),
                    alt: row.text_or_empty(&["alt", "alt_text"]),
                };
                room.create(new).await?
            }
        };
        if is_new || tenant.completes {
            let status = word(row, "status", ImageStatus::Pending, table);
            if status == ImageStatus::Failed {
                room.update(id, ImageChange { status: Some(status), ..ImageChange::default() }).await?;
            }
        }
        let without_file = row.text(&["image_url"]).filter(|_| image.image_url.is_none());
        if let Some(url) = without_file {
            match self.media.bring(self.igny8, &tenant.scope, &image, &url).await? {
                Ok(()) => return Ok(Outcome::created_if(is_new)),
                Err(why) => table.note(row.id(), why),
            }
            if let Some(history) = &mut self.history {
                let line =
                    json!({"id": id, "django_id": row.id(), "account": tenant.account, "image_url": url});
                history.write(history::IMAGES, &line)?;
            }
        }
        Ok(Outcome::created_if(is_new))
    }
}
