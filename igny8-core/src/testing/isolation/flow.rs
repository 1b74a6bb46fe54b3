//! Reading the flow of somebody else: every row is answered as one that does not exist, every list is empty.

use super::victim::Victim;
use crate::error::Error;
use crate::paging::ListQuery;
use crate::pipeline::{
    ClusterFilter, ContentFilter, IdeaFilter, ImageFilter, KeywordFilter, KeywordQuery, TaskFilter,
};
use crate::runs::{RunFilter, RunQuery};
use crate::testing::check::{Outcome, check_eq, check_refused};
use crate::testing::world::Workplace;

pub(super) async fn try_reads(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    check_refused!(store.get_keyword(scope, victim.keyword).await, Error::NotFound { .. });
    check_refused!(store.get_cluster(scope, victim.cluster).await, Error::NotFound { .. });
    check_refused!(store.get_idea(scope, victim.idea).await, Error::NotFound { .. });
    check_refused!(store.get_task(scope, victim.task).await, Error::NotFound { .. });
    check_refused!(store.get_content(scope, victim.content).await, Error::NotFound { .. });
    check_refused!(store.list_revisions(scope, victim.content).await, Error::NotFound { .. });
    check_refused!(store.get_image(scope, victim.image).await, Error::NotFound { .. });
    check_refused!(store.get_run(scope, victim.run.id).await, Error::NotFound { .. });
    check_refused!(store.run_items(scope, victim.run.id).await, Error::NotFound { .. });
    check_refused!(store.provider_calls(scope, victim.run.id).await, Error::NotFound { .. });
    lists_are_empty(stranger, victim).await
}

/// Lists that name the victim's site, sector, cluster or rows, and lists that name nothing.
async fn lists_are_empty(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    let (site, sector) = (Some(victim.at.site), Some(victim.at.sector));
    for filter in [
        KeywordFilter::default(),
        KeywordFilter { site, ..KeywordFilter::default() },
        KeywordFilter { sector, ..KeywordFilter::default() },
        KeywordFilter::cluster(victim.cluster),
        KeywordFilter { ids: Some(vec![victim.keyword]), ..KeywordFilter::default() },
    ] {
        let query: KeywordQuery = ListQuery::filtered(filter);
        let found = store.list_keywords(scope, &query).await?;
        check_eq!((found.items, found.total), (vec![], Some(0)));
    }
    for filter in [
        ClusterFilter::default(),
        ClusterFilter { site, sector, ..ClusterFilter::default() },
        ClusterFilter { ids: Some(vec![victim.cluster]), ..ClusterFilter::default() },
    ] {
        check_eq!(store.list_clusters(scope, &ListQuery::filtered(filter)).await?.items, []);
    }
    for filter in [
        IdeaFilter::default(),
        IdeaFilter { site, sector, ..IdeaFilter::default() },
        IdeaFilter { ids: Some(vec![victim.idea]), ..IdeaFilter::default() },
    ] {
        check_eq!(store.list_ideas(scope, &ListQuery::filtered(filter)).await?.items, []);
    }
    for filter in [
        TaskFilter::default(),
        TaskFilter { site, sector, ..TaskFilter::default() },
        TaskFilter { ids: Some(vec![victim.task]), ..TaskFilter::default() },
    ] {
        check_eq!(store.list_tasks(scope, &ListQuery::filtered(filter)).await?.items, []);
    }
    for filter in [
        ContentFilter::default(),
        ContentFilter { site, sector, ..ContentFilter::default() },
        ContentFilter { ids: Some(vec![victim.content]), ..ContentFilter::default() },
    ] {
        check_eq!(store.list_contents(scope, &ListQuery::filtered(filter)).await?.items, []);
    }
    for filter in [
        ImageFilter::default(),
        ImageFilter { content: Some(victim.content), ..ImageFilter::default() },
        ImageFilter { ids: Some(vec![victim.image]), ..ImageFilter::default() },
    ] {
        check_eq!(store.list_images(scope, &ListQuery::filtered(filter)).await?.items, []);
    }
    for filter in [RunFilter::default(), RunFilter { site, ..RunFilter::default() }] {
        check_eq!(store.list_runs(scope, &RunQuery::filtered(filter)).await?.items, []);
    }
    Ok(())
}
