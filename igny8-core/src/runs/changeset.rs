//! What an item of a run changes, as one value: the store applies it whole or not at all.

use crate::ids::{ClusterId, ContentId, IdeaId, ImageId, KeywordId, RunId, SectorId, SiteId, TaskId};
use crate::pipeline::{
    ClusterStatus, Draft, IdeaStatus, ImageChange, NewCluster, NewIdea, NewImage, NewTask, TaskStatus,
};

/// Changes in the order they are applied, within the run's account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changeset(pub Vec<Change>);

impl Changeset {
    /// No changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change after those there are.
    pub fn push(&mut self, change: Change) {
        self.0.push(change);
    }

    /// Adds a change and hands the whole on.
    #[must_use]
    pub fn with(mut self, change: Change) -> Self {
        self.push(change);
        self
    }
}

/// One change of the pipeline's rows.
///
/// Creating a row whose id exists changes nothing, so a repeated changeset has no second effect. A status change is
/// applied when it is a legal move and skipped when it is not: an editor's own move in the meantime wins.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// A new cluster. When the sector has one of the same name (case-folded), nothing is created and later changes
    /// that name the new id mean the old one.
    CreateCluster {
        /// Its site.
        site: SiteId,
        /// Its sector.
        sector: SectorId,
        /// The cluster.
        cluster: NewCluster,
    },
    /// Keywords into a cluster of their sector; `new` and `orphaned` ones become `clustered`. Keywords that are gone,
    /// or in a cluster already where the sector allows only one, are passed over.
    PlaceKeywords {
        /// The cluster.
        cluster: ClusterId,
        /// The keywords.
        keywords: Vec<KeywordId>,
    },
    /// A cluster to a status.
    MoveCluster {
        /// The cluster.
        cluster: ClusterId,
        /// The status.
        to: ClusterStatus,
    },
    /// A new idea.
    CreateIdea {
        /// Its site.
        site: SiteId,
        /// Its sector.
        sector: SectorId,
        /// The idea.
        idea: NewIdea,
    },
    /// An idea to a status.
    MoveIdea {
        /// The idea.
        idea: IdeaId,
        /// The status.
        to: IdeaStatus,
    },
    /// A new task.
    CreateTask {
        /// Its site.
        site: SiteId,
        /// Its sector.
        sector: SectorId,
        /// The task.
        task: NewTask,
    },
    /// A task to a status.
    MoveTask {
        /// The task.
        task: TaskId,
        /// The status.
        to: TaskStatus,
    },
    /// A text for a task: its article is created under `content`, or gets a new revision. A published article's status
    /// becomes `draft` again; the task keeps the words it was planned with. A run adds at most one revision to an article.
    SaveDraft {
        /// The task.
        task: TaskId,
        /// The id a new article gets.
        content: ContentId,
        /// The text.
        draft: Box<Draft>,
        /// The run that wrote it; `None` for an editor.
        run: Option<RunId>,
    },
    /// A new image.
    CreateImage {
        /// Its site.
        site: SiteId,
        /// Its sector.
        sector: SectorId,
        /// The image.
        image: NewImage,
    },
    /// Changes of an image. One that is gone is passed over, unless the change says that it is `generated`: what was made
    /// for it must not be charged, so that one is not found.
    ChangeImage {
        /// The image.
        image: ImageId,
        /// What changes; its status move is skipped when not legal.
        change: ImageChange,
    },
}
