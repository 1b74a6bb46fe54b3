//! The planner's rooms: keywords, clusters and ideas of one tenant.

use super::tenants::room;
use crate::error::Result;
use crate::ids::{ClusterId, IdeaId, KeywordId, SectorId};
use crate::paging::{BulkOutcome, Paged};
use crate::pipeline::{
    Cluster, ClusterChange, ClusterQuery, Idea, IdeaChange, IdeaQuery, Keyword, KeywordChange, KeywordQuery,
    KeywordStatus, NewCluster, NewIdea, NewKeyword, Task,
};
use crate::sdk::Igny8;
use crate::tenancy::{Action, TenantScope};

room! {
    /// Keywords of the sectors within reach. Files in and out: [`import`](KeywordsRoom::import), [`export_csv`](KeywordsRoom::export_csv).
    KeywordsRoom
}
room! {
    /// Clusters of the sectors within reach.
    ClustersRoom
}
room! {
    /// Content ideas of the sectors within reach.
    IdeasRoom
}

impl Igny8 {
    /// Keywords.
    #[must_use]
    pub fn keywords(&self, scope: &TenantScope) -> KeywordsRoom {
        KeywordsRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Clusters.
    #[must_use]
    pub fn clusters(&self, scope: &TenantScope) -> ClustersRoom {
        ClustersRoom { services: self.services.clone(), scope: scope.clone() }
    }

    /// Content ideas.
    #[must_use]
    pub fn ideas(&self, scope: &TenantScope) -> IdeasRoom {
        IdeasRoom { services: self.services.clone(), scope: scope.clone() }
    }
}

impl KeywordsRoom {
    /// Creates a keyword.
    ///
    /// # Errors
    /// `NotFound` for sector or cluster; `Conflict` when the sector has it; `PlanLimit`; `Invalid`; `Forbidden`.
    pub async fn create(&self, sector: SectorId, keyword: NewKeyword) -> Result<Keyword> {
        self.scope.require(Action::Edit)?;
        let (keyword, key) = keyword.checked()?;
        self.services.store.create_keyword(&self.scope, sector, keyword, &key).await
    }

    /// A keyword.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: KeywordId) -> Result<Keyword> {
        self.services.store.get_keyword(&self.scope, id).await
    }

    /// Keywords by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &KeywordQuery) -> Result<Paged<Keyword>> {
        self.services.store.list_keywords(&self.scope, query).await
    }

    /// Changes a keyword.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a spelling that is taken; `IllegalMove`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: KeywordId, change: KeywordChange) -> Result<Keyword> {
        self.scope.require(Action::Edit)?;
        let (change, key) = change.checked()?;
        self.services.store.update_keyword(&self.scope, id, change, key.as_deref()).await
    }

    /// Deletes keywords.
    ///
    /// # Errors
    /// `Forbidden`; ids that are not there are refused in the outcome.
    pub async fn bulk_delete(&self, ids: &[KeywordId]) -> Result<BulkOutcome<KeywordId>> {
        self.scope.require(Action::Edit)?;
        self.services.store.delete_keywords(&self.scope, ids).await
    }

    /// Moves keywords to a status.
    ///
    /// # Errors
    /// `Forbidden`; illegal moves are refused in the outcome.
    pub async fn bulk_update_status(
        &self,
        ids: &[KeywordId],
        to: KeywordStatus,
    ) -> Result<BulkOutcome<KeywordId>> {
        self.scope.require(Action::Edit)?;
        self.services.store.set_keyword_status(&self.scope, ids, to).await
    }
}

impl ClustersRoom {
    /// Creates a cluster.
    ///
    /// # Errors
    /// `NotFound` for the sector; `Conflict` for a name that is taken; `PlanLimit`; `Invalid`; `Forbidden`.
    pub async fn create(&self, sector: SectorId, cluster: NewCluster) -> Result<Cluster> {
        self.scope.require(Action::Edit)?;
        self.services.store.create_cluster(&self.scope, sector, cluster.checked()?).await
    }

    /// A cluster.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: ClusterId) -> Result<Cluster> {
        self.services.store.get_cluster(&self.scope, id).await
    }

    /// Clusters by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &ClusterQuery) -> Result<Paged<Cluster>> {
        self.services.store.list_clusters(&self.scope, query).await
    }

    /// Changes a cluster.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a name that is taken; `IllegalMove`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: ClusterId, change: ClusterChange) -> Result<Cluster> {
        self.scope.require(Action::Edit)?;
        self.services.store.update_cluster(&self.scope, id, change.checked()?).await
    }

    /// Deletes a cluster; its keywords become orphaned, its ideas stay.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn delete(&self, id: ClusterId) -> Result<()> {
        self.scope.require(Action::Edit)?;
        self.services.store.delete_cluster(&self.scope, id).await
    }
}

impl IdeasRoom {
    /// Creates an idea.
    ///
    /// # Errors
    /// `NotFound` for sector or cluster; `PlanLimit`; `Invalid`; `Forbidden`.
    pub async fn create(&self, sector: SectorId, idea: NewIdea) -> Result<Idea> {
        self.scope.require(Action::Edit)?;
        self.services.store.create_idea(&self.scope, sector, idea.checked(&self.services.vocabularies)?).await
    }

    /// An idea.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: IdeaId) -> Result<Idea> {
        self.services.store.get_idea(&self.scope, id).await
    }

    /// Ideas by filter, order and page.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is not this list's.
    pub async fn list(&self, query: &IdeaQuery) -> Result<Paged<Idea>> {
        self.services.store.list_ideas(&self.scope, query).await
    }

    /// Changes an idea.
    ///
    /// # Errors
    /// `NotFound`; `IllegalMove`; `Invalid`; `Forbidden`.
    pub async fn update(&self, id: IdeaId, change: IdeaChange) -> Result<Idea> {
        self.scope.require(Action::Edit)?;
        let change = change.checked(&self.services.vocabularies)?;
        self.services.store.update_idea(&self.scope, id, change).await
    }

    /// Deletes an idea; its task stays.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden`.
    pub async fn delete(&self, id: IdeaId) -> Result<()> {
        self.scope.require(Action::Edit)?;
        self.services.store.delete_idea(&self.scope, id).await
    }

    /// Makes a writer's task of each new idea, in one commit.
    ///
    /// # Errors
    /// `Forbidden`; ideas that are not there or not new are refused in the outcome.
    pub async fn queue_to_writer(&self, ids: &[IdeaId]) -> Result<(Vec<Task>, BulkOutcome<IdeaId>)> {
        self.scope.require(Action::Edit)?;
        self.services.store.queue_ideas(&self.scope, ids).await
    }
}
