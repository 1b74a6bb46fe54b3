//! The flow's rows. A row out of the scope's reach is answered exactly as one that does not exist.

use async_trait::async_trait;

use super::port;
use crate::error::Result;
use crate::exchange::KeywordRow;
use crate::ids::{ClusterId, ContentId, IdeaId, ImageId, ImportId, KeywordId, SectorId, TaskId};
use crate::paging::{BulkOutcome, Paged};
use crate::pipeline::{
    Cluster, ClusterChange, ClusterQuery, Content, ContentChange, ContentQuery, Draft, Idea, IdeaChange,
    IdeaQuery, Image, ImageChange, ImageQuery, Keyword, KeywordChange, KeywordQuery, KeywordStatus,
    NewCluster, NewIdea, NewImage, NewKeyword, NewTask, Revision, Task, TaskChange, TaskQuery, TaskStatus,
};
use crate::tenancy::TenantScope;

/// What an import did to the sector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct ImportTotals {
    /// Keywords that are new.
    pub created: u64,
    /// Keywords that were there; the file's values replaced theirs, an empty one never.
    pub updated: u64,
    /// Rows that repeated a keyword of the same import.
    pub duplicates: u64,
}

/// An import under way: all or nothing. Dropping it without [`commit`](Self::commit) leaves no trace.
#[async_trait]
pub trait ImportSession: Send {
    /// Takes rows over. The same keyword twice in one import becomes one row by the rule of
    /// [`exchange::better`](crate::exchange::better): exact volume beats range beats impressions beats none, then the
    /// larger; intents united. A keyword that is stored already gets the file's values, never a null over a value; its
    /// status stays. A row's `cluster` name finds or creates that cluster of the sector and places a keyword that is in none.
    ///
    /// # Errors
    /// `PlanLimit` (keywords) as soon as it is passed.
    async fn push(&mut self, rows: Vec<KeywordRow>) -> Result<()>;

    /// What the import would do if it were committed now; a dry run reads this and drops the session.
    ///
    /// # Errors
    /// `Storage`.
    async fn totals(&mut self) -> Result<ImportTotals>;

    /// Makes the import visible, whole.
    ///
    /// # Errors
    /// `Storage`; then nothing was imported.
    async fn commit(self: Box<Self>) -> Result<ImportTotals>;
}

port! {
    /// Keywords.
    pub trait Keywords {
        /// Creates a keyword; in a cluster it is `clustered`, else `new`. `key` is its uniqueness key.
        /// Errors: `NotFound` for sector or cluster; `Conflict` when the sector has it; `PlanLimit` (keywords).
        async fn create_keyword(&self, scope: &TenantScope, sector: SectorId, keyword: NewKeyword, key: &str) -> Result<Keyword>;
        /// A keyword. Errors: `NotFound`.
        async fn get_keyword(&self, scope: &TenantScope, id: KeywordId) -> Result<Keyword>;
        /// Keywords by filter, order and page. Errors: `Invalid` for a cursor that is not this list's.
        async fn list_keywords(&self, scope: &TenantScope, query: &KeywordQuery) -> Result<Paged<Keyword>>;
        /// Changes a keyword; `key` comes with a new spelling. Placing it in a cluster makes a `new` or `orphaned` one `clustered`, taking
        /// it out makes a `clustered` one `new`. Errors: `NotFound`; `Conflict` for a spelling that is taken; `IllegalMove`.
        async fn update_keyword(&self, scope: &TenantScope, id: KeywordId, change: KeywordChange, key: Option<&str>) -> Result<Keyword>;
        /// Deletes keywords; those that are not there are refused in the outcome (`not_found`).
        async fn delete_keywords(&self, scope: &TenantScope, ids: &[KeywordId]) -> Result<BulkOutcome<KeywordId>>;
        /// Moves keywords to a status; illegal moves are refused in the outcome (`illegal_move`), as are those not there (`not_found`).
        async fn set_keyword_status(&self, scope: &TenantScope, ids: &[KeywordId], to: KeywordStatus) -> Result<BulkOutcome<KeywordId>>;
        /// Begins an import into a sector. Errors: `NotFound` for the sector.
        async fn begin_import(&self, scope: &TenantScope, sector: SectorId, import: ImportId) -> Result<Box<dyn ImportSession>>;
    }
}

port! {
    /// Clusters.
    pub trait Clusters {
        /// Creates a cluster. Errors: `NotFound` for the sector; `Conflict` when it has one of that name (case-folded); `PlanLimit` (clusters).
        async fn create_cluster(&self, scope: &TenantScope, sector: SectorId, cluster: NewCluster) -> Result<Cluster>;
        /// A cluster. Errors: `NotFound`.
        async fn get_cluster(&self, scope: &TenantScope, id: ClusterId) -> Result<Cluster>;
        /// Clusters by filter, order and page.
        async fn list_clusters(&self, scope: &TenantScope, query: &ClusterQuery) -> Result<Paged<Cluster>>;
        /// Changes a cluster. Errors: `NotFound`; `Conflict` for a name that is taken; `IllegalMove`.
        async fn update_cluster(&self, scope: &TenantScope, id: ClusterId, change: ClusterChange) -> Result<Cluster>;
        /// Deletes a cluster: keywords that are then in none become `orphaned` (archived ones stay), ideas and tasks stay without cluster. Errors: `NotFound`.
        async fn delete_cluster(&self, scope: &TenantScope, id: ClusterId) -> Result<()>;
    }
}

port! {
    /// Content ideas.
    pub trait Ideas {
        /// Creates an idea. Errors: `NotFound` for sector or cluster; `PlanLimit` (content ideas).
        async fn create_idea(&self, scope: &TenantScope, sector: SectorId, idea: NewIdea) -> Result<Idea>;
        /// An idea. Errors: `NotFound`.
        async fn get_idea(&self, scope: &TenantScope, id: IdeaId) -> Result<Idea>;
        /// Ideas by filter, order and page.
        async fn list_ideas(&self, scope: &TenantScope, query: &IdeaQuery) -> Result<Paged<Idea>>;
        /// Changes an idea. Errors: `NotFound`; `IllegalMove`.
        async fn update_idea(&self, scope: &TenantScope, id: IdeaId, change: IdeaChange) -> Result<Idea>;
        /// Deletes an idea; its task stays without idea. Errors: `NotFound`.
        async fn delete_idea(&self, scope: &TenantScope, id: IdeaId) -> Result<()>;
        /// Makes a `pending` task of each `new` idea, in one commit: title, description, type, structure, cluster, target keywords and words are the
        /// idea's; the idea becomes `scheduled`, its cluster's keywords `in_use`. Ideas that are not there or not `new` are refused in the outcome.
        async fn queue_ideas(&self, scope: &TenantScope, ids: &[IdeaId]) -> Result<(Vec<Task>, BulkOutcome<IdeaId>)>;
    }
}

port! {
    /// Tasks.
    pub trait Tasks {
        /// Creates a `pending` task. Errors: `NotFound` for sector, cluster or idea; `Conflict` when the idea has a task.
        async fn create_task(&self, scope: &TenantScope, sector: SectorId, task: NewTask) -> Result<Task>;
        /// A task. Errors: `NotFound`.
        async fn get_task(&self, scope: &TenantScope, id: TaskId) -> Result<Task>;
        /// Tasks by filter, order and page.
        async fn list_tasks(&self, scope: &TenantScope, query: &TaskQuery) -> Result<Paged<Task>>;
        /// Changes a task. Errors: `NotFound`; `IllegalMove`.
        async fn update_task(&self, scope: &TenantScope, id: TaskId, change: TaskChange) -> Result<Task>;
        /// Deletes tasks with their article and images; published ones are refused in the outcome (`conflict`), as are those not there (`not_found`).
        async fn delete_tasks(&self, scope: &TenantScope, ids: &[TaskId]) -> Result<BulkOutcome<TaskId>>;
        /// Moves tasks to a status; refusals as for keywords.
        async fn set_task_status(&self, scope: &TenantScope, ids: &[TaskId], to: TaskStatus) -> Result<BulkOutcome<TaskId>>;
    }
}

port! {
    /// Articles.
    pub trait Contents {
        /// An article with its current text. Errors: `NotFound`.
        async fn get_content(&self, scope: &TenantScope, id: ContentId) -> Result<Content>;
        /// Articles by filter, order and page.
        async fn list_contents(&self, scope: &TenantScope, query: &ContentQuery) -> Result<Paged<Content>>;
        /// Changes status or post number. Errors: `NotFound`; `IllegalMove`. Publishing moves the task to `published` where that is legal.
        async fn update_content(&self, scope: &TenantScope, id: ContentId, change: ContentChange) -> Result<Content>;
        /// Saves an editor's text as a new revision of the task's article, or as its first. Errors: `NotFound` for the task;
        /// `Conflict` when `based_on` is given and is no longer the current revision.
        async fn save_draft(&self, scope: &TenantScope, task: TaskId, draft: Draft, based_on: Option<u32>) -> Result<Content>;
        /// The revisions of an article, newest first. Errors: `NotFound`.
        async fn list_revisions(&self, scope: &TenantScope, id: ContentId) -> Result<Vec<Revision>>;
    }
}

port! {
    /// Images.
    pub trait Images {
        /// Creates a `pending` image. Errors: `NotFound` for its owner.
        async fn create_image(&self, scope: &TenantScope, image: NewImage) -> Result<Image>;
        /// An image. Errors: `NotFound`.
        async fn get_image(&self, scope: &TenantScope, id: ImageId) -> Result<Image>;
        /// Images by filter, order and page.
        async fn list_images(&self, scope: &TenantScope, query: &ImageQuery) -> Result<Paged<Image>>;
        /// Changes an image. Errors: `NotFound`; `IllegalMove`.
        async fn update_image(&self, scope: &TenantScope, id: ImageId, change: ImageChange) -> Result<Image>;
        /// Deletes an image and returns what it was, so that its file can go too. Errors: `NotFound`.
        async fn delete_image(&self, scope: &TenantScope, id: ImageId) -> Result<Image>;
    }
}
