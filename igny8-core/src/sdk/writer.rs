//! The writer's rooms: tasks, articles and images of one tenant.

use super::tenants::room;
use crate::article::{SeoInput, SeoReport, normalize_content, seo_report, word_count};
use crate::error::Result;
use crate::ids::{ContentId, ImageId, SectorId, TaskId};
use crate::paging::{BulkOutcome, Page, Paged};
use crate::pipeline::{
    Content, ContentChange, ContentQuery, ContentStatus, Draft, Image, ImageChange, ImageFilter, ImageQuery,
    NewImage, NewTask, Revision, Task, TaskChange, TaskQuery, TaskStatus,
};
use crate::ports::Blob;
use crate::sdk::Igny8;
use crate::tenancy::{Action, TenantScope};

room! {
    /// Tasks of the sectors within reach.
    TasksRoom
}
room! {
    /// Articles of the sectors within reach.
    ContentsRoom
}
room! {
    /// Images of the sectors within reach.
    ImagesRoom
}

impl Igny8 {
    /// Writer's tasks.
    #[must_use]
    pub fn tasks(&self, scope: &TenantScope) -> TasksRoom {
        TasksRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Articles.
    #[must_use]
    pub fn contents(&self, scope: &TenantScope) -> ContentsRoom {
        ContentsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Images.
    #[must_use]
    pub fn images(&self, scope: &TenantScope) -> ImagesRoom {
        ImagesRoom { services: self.services.clone(), scope: scope.clone() }
    }
}

impl TasksRoom {
    /// Creates a task.
    ///
    /// # Errors
    /// `NotFound` for sector, cluster or idea; `Conflict` when the idea has a task; `Invalid`; `Forbidden`.
    pub async fn create(&self, sector: SectorId, task: NewTask) -> Result<Task> {
        self.scope.require(Action::Edit)?;
        self.services.store.create_task(&self.scope, sector, task.checked(&self.services.vocabularies)?).await
    }

    /// A task.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: TaskId) -> Result<Task> {
        self.services.store.get_task(&self.scope, id).await
    }

    /// Tasks by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &TaskQuery) -> Result<Paged<Task>> {
        self.services.store.list_tasks(&self.scope, query).await
    }

    /// Changes a task.
    ///
    /// # Errors
    /// `NotFound`; `IllegalMove`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: TaskId, change: TaskChange) -> Result<Task> {
        self.scope.require(Action::Edit)?;
        if change.status == Some(TaskStatus::Published) {
            self.scope.require(Action::Publish)?;
        }
        let change = change.checked(&self.services.vocabularies)?;
        self.services.store.update_task(&self.scope, id, change).await
    }

    /// Deletes tasks with their article, images and files.
    ///
    /// # Errors
    /// `Forbidden`; published tasks are refused in the outcome.
    pub async fn bulk_delete(&self, ids: &[TaskId]) -> Result<BulkOutcome<TaskId>> {
        self.scope.require(Action::Edit)?;
        let mut files = Vec::new();
        for id in ids {
            let filter = ImageFilter { task: Some(*id), ..ImageFilter::default() };
            let images = ImageQuery::filtered(filter).page(Page::first(1_000));
            let page = self.services.store.list_images(&self.scope, &images).await?;
            files.extend(page.items.into_iter().filter_map(|image| Some((*id, image.image_url?))));
        }
        let outcome = self.services.store.delete_tasks(&self.scope, ids).await?;
        for (task, key) in files {
            if outcome.changed.contains(&task) {
                self.services.blobs.delete(&key).await?;
            }
        }
        Ok(outcome)
    }

    /// Moves tasks to a status.
    ///
    /// # Errors
    /// `Forbidden`; illegal moves are refused in the outcome.
    pub async fn bulk_update(&self, ids: &[TaskId], to: TaskStatus) -> Result<BulkOutcome<TaskId>> {
        self.scope.require(Action::Edit)?;
        if to == TaskStatus::Published {
            self.scope.require(Action::Publish)?;
        }
        self.services.store.set_task_status(&self.scope, ids, to).await
    }
}

impl ContentsRoom {
    /// An article.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: ContentId) -> Result<Content> {
        self.services.store.get_content(&self.scope, id).await
    }

    /// Articles by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &ContentQuery) -> Result<Paged<Content>> {
        self.services.store.list_contents(&self.scope, query).await
    }

    /// Changes status or post number.
    ///
    /// # Errors
    /// `NotFound`; `IllegalMove`; `Forbidden`.
    pub async fn update(&self, id: ContentId, change: ContentChange) -> Result<Content> {
        self.scope.require(Action::Edit)?;
        if matches!(change.status, Some(ContentStatus::Scheduled | ContentStatus::Published)) {
            self.scope.require(Action::Publish)?;
        }
        self.services.store.update_content(&self.scope, id, change).await
    }

    /// Saves an editor's text as a new revision: cleaned, counted and scored here, whatever the draft says.
    ///
    /// # Errors
    /// `NotFound` for the task; `Conflict` when `based_on` is no longer the current revision; `Invalid`; `Forbidden`.
    pub async fn save_draft(&self, task: TaskId, draft: Draft, based_on: Option<u32>) -> Result<Content> {
        self.scope.require(Action::Edit)?;
        let target = self.services.store.get_task(&self.scope, task).await?.word_count;
        let draft = measured(draft, target);
        draft.check()?;
        self.services.store.save_draft(&self.scope, task, draft, based_on).await
    }

    /// The revisions of an article, newest first.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn revisions(&self, id: ContentId) -> Result<Vec<Revision>> {
        self.services.store.list_revisions(&self.scope, id).await
    }
}

impl ImagesRoom {
    /// Creates an image that has a prompt and no file yet.
    ///
    /// # Errors
    /// `NotFound` for its owner; `Invalid`; `Forbidden`.
    pub async fn create(&self, image: NewImage) -> Result<Image> {
        self.scope.require(Action::Edit)?;
        self.services.store.create_image(&self.scope, image.checked()?).await
    }

    /// An image.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: ImageId) -> Result<Image> {
        self.services.store.get_image(&self.scope, id).await
    }

    /// Images by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &ImageQuery) -> Result<Paged<Image>> {
        self.services.store.list_images(&self.scope, query).await
    }

    /// Changes an image.
    ///
    /// # Errors
    /// `NotFound`; `IllegalMove`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: ImageId, change: ImageChange) -> Result<Image> {
        self.scope.require(Action::Edit)?;
        self.services.store.update_image(&self.scope, id, change.checked()?).await
    }

    /// Deletes an image and its file.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn delete(&self, id: ImageId) -> Result<()> {
        self.scope.require(Action::Edit)?;
        let image = self.services.store.delete_image(&self.scope, id).await?;
        match image.image_url {
            Some(key) => self.services.blobs.delete(&key).await,
            None => Ok(()),
        }
    }

    /// An image's file.
    ///
    /// # Errors
    /// `NotFound` for the image, or when it has no file yet.
    pub async fn file(&self, id: ImageId) -> Result<Blob> {
        let image = self.get(id).await?;
        let key = image.image_url.ok_or_else(|| crate::Error::not_found("image file", id))?;
        let blob = self.services.blobs.get(&key).await?;
        Ok(Blob { media_type: image.media_type.unwrap_or(blob.media_type), ..blob })
    }
}

/// The draft with clean HTML and figures of its own.
fn measured(mut draft: Draft, target: u32) -> Draft {
    draft.html_content = normalize_content(&draft.html_content);
    draft.word_count = word_count(&draft.html_content);
    draft.within_word_target = draft.word_count.abs_diff(target) * 5 <= target;
    draft.seo = score(&draft, target);
    draft
}

fn score(draft: &Draft, target: u32) -> SeoReport {
    seo_report(&SeoInput {
        title: &draft.title,
        html: &draft.html_content,
        meta_title: draft.meta_title.as_deref().unwrap_or_default(),
        meta_description: draft.meta_description.as_deref().unwrap_or_default(),
        primary_keyword: draft.primary_keyword.as_deref().unwrap_or_default(),
        secondary_keywords: &draft.secondary_keywords,
        target_words: Some(target),
    })
}
