//! Clusters: unique by name in their sector, with figures that always agree with their keywords.
//! Deleting one loses no keyword, idea or task.

use crate::error::Error;
use crate::exchange::KeywordRow;
use crate::ids::{ClusterId, KeywordId, SectorId, SiteId};
use crate::paging::{Direction, ListQuery, Page};
use crate::pipeline::{
    ClusterChange, ClusterField, ClusterFilter, ClusterQuery, ClusterStatus, KeywordChange, KeywordFilter,
    KeywordStatus, NewCluster, NewTask,
};
use crate::runs::{Change, Changeset, RunState};
use crate::tenancy::Limit;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::{row, row_of_volume};
use crate::testing::world::{Workplace, World};

cases! { "clusters":
    a_cluster_begins_new_and_empty,
    a_name_is_unique_in_its_sector_without_case,
    the_plan_limits_clusters,
    a_cluster_changes_along_legal_moves,
    figures_agree_after_every_kind_of_change,
    deleting_orphans_the_keywords,
    deleting_leaves_ideas_and_tasks,
    each_filter_and_order,
    a_cluster_that_is_not_there_is_not_found,
}

async fn a_cluster_begins_new_and_empty(world: &World) -> Outcome {
    let at = &world.home;
    let new = NewCluster { description: Some("Leaves".to_owned()), ..NewCluster::named("Tea") };
    let cluster = at.store.create_cluster(&at.scope, at.sector, new.clone()).await?;
    check_eq!((cluster.id, cluster.name.as_str(), cluster.status), (new.id, "Tea", ClusterStatus::New));
    check_eq!((cluster.keywords_count, cluster.volume, &cluster.description), (0, 0, &new.description));
    check_eq!(at.cluster_now(new.id).await?, cluster);
    Ok(())
}

async fn a_name_is_unique_in_its_sector_without_case(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, drinks) = (at.cluster("Grüner Tee").await?, at.cluster("Drinks").await?);
    for name in ["Grüner Tee", "GRÜNER TEE"] {
        check_refused!(
            at.store.create_cluster(&at.scope, at.sector, NewCluster::named(name)).await,
            Error::Conflict { .. }
        );
        let change = ClusterChange { name: Some(name.to_owned()), ..ClusterChange::default() };
        check_refused!(at.store.update_cluster(&at.scope, drinks.id, change).await, Error::Conflict { .. });
    }
    let respelled = ClusterChange { name: Some("grüner tee".to_owned()), ..ClusterChange::default() };
    check_eq!(at.store.update_cluster(&at.scope, tea.id, respelled).await?.name, "grüner tee");
    at.sector_beside("Second").await?.cluster("Grüner Tee").await?;
    Ok(())
}

async fn the_plan_limits_clusters(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    for number in 0..20 {
        at.cluster(&format!("Cluster {number}")).await?;
    }
    check_refused!(
        at.store.create_cluster(&at.scope, at.sector, NewCluster::named("One more")).await,
        Error::PlanLimit { limit: Limit::Clusters, used: 20, allowed: 20 }
    );
    Ok(())
}

async fn a_cluster_changes_along_legal_moves(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?;
    let change = ClusterChange {
        name: Some("Teas".to_owned()),
        description: Some(Some("Leaves".to_owned())),
        status: Some(ClusterStatus::Finalized),
    };
    let changed = at.store.update_cluster(&at.scope, cluster.id, change).await?;
    check_eq!((changed.name.as_str(), changed.status), ("Teas", ClusterStatus::Finalized));
    check_eq!(changed.description.as_deref(), Some("Leaves"));
    let illegal = ClusterChange {
        description: Some(None),
        status: Some(ClusterStatus::New),
        ..ClusterChange::default()
    };
    check_refused!(at.store.update_cluster(&at.scope, cluster.id, illegal).await, Error::IllegalMove { .. });
    check_eq!(at.cluster_now(cluster.id).await?, changed);
    Ok(())
}

/// Count and volume of every cluster of the sector are those of the keywords that say they are in it.
async fn figures_agree(at: &Workplace, after: &str) -> Outcome {
    let clusters = ClusterQuery::default().page(Page::first(50));
    for cluster in at.store.list_clusters(&at.scope, &clusters).await?.items {
        let members = ListQuery::filtered(KeywordFilter::cluster(cluster.id)).page(Page::first(50));
        let members = at.store.list_keywords(&at.scope, &members).await?.items;
        let volume: u64 = members.iter().map(|keyword| u64::from(keyword.volume.unwrap_or(0))).sum();
        check!(
            (cluster.keywords_count, cluster.volume) == (members.len() as u64, volume),
            "after {after}, `{}` says {} keywords of volume {} and has {} of {volume}",
            cluster.name,
            cluster.keywords_count,
            cluster.volume,
            members.len()
        );
        check_eq!(at.cluster_now(cluster.id).await?, cluster);
    }
    Ok(())
}

async fn figures_agree_after_every_kind_of_change(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, drinks) = (at.cluster("Tea").await?, at.cluster("Drinks").await?);
    let assam = at.keyword_in(tea.id, "assam", 100).await?;
    let ceylon = at.keyword_in(tea.id, "ceylon", 30).await?;
    let unknown = at.keyword("darjeeling").await?;
    figures_agree(at, "creating").await?;
    check_eq!(at.cluster_now(tea.id).await?.volume, 130);
    let into = |cluster| KeywordChange { cluster: Some(cluster), ..KeywordChange::default() };
    at.change_keyword(unknown.id, into(Some(tea.id))).await?;
    figures_agree(at, "placing one of unknown volume").await?;
    at.change_keyword(unknown.id, KeywordChange { volume: Some(Some(7)), ..KeywordChange::default() })
        .await?;
    figures_agree(at, "a new volume").await?;
    at.change_keyword(assam.id, into(Some(drinks.id))).await?;
    figures_agree(at, "moving to another cluster").await?;
    at.change_keyword(unknown.id, into(None)).await?;
    figures_agree(at, "taking out").await?;
    at.change_keyword(ceylon.id, KeywordChange { volume: Some(None), ..KeywordChange::default() }).await?;
    figures_agree(at, "emptying a volume").await?;
    at.store.set_keyword_status(&at.scope, &[ceylon.id], KeywordStatus::Archived).await?;
    figures_agree(at, "archiving").await?;
    let named = KeywordRow { cluster: Some("tea".to_owned()), ..row_of_volume("fujian", 5)? };
    at.import(vec![row_of_volume("assam", 9)?, named, row("ceylon")?]).await?;
    figures_agree(at, "an import").await?;
    let work = world.work(at, 10).await?;
    work.apply(
        Changeset::new().with(Change::PlaceKeywords { cluster: drinks.id, keywords: vec![unknown.id] }),
    )
    .await?;
    work.finish(RunState::Success).await?;
    figures_agree(at, "a run's placing").await?;
    at.store.delete_keywords(&at.scope, &[assam.id]).await?;
    figures_agree(at, "deleting a keyword").await?;
    at.store.delete_cluster(&at.scope, tea.id).await?;
    figures_agree(at, "deleting a cluster").await?;
    let drinks = at.cluster_now(drinks.id).await?;
    check_eq!((drinks.keywords_count, drinks.volume), (1, 7));
    Ok(())
}

async fn deleting_orphans_the_keywords(world: &World) -> Outcome {
    let at = &world.home;
    let tea = at.cluster("Tea").await?;
    let clustered = at.keyword_in(tea.id, "assam", 10).await?;
    let in_use = at.keyword_in(tea.id, "ceylon", 10).await?;
    let archived = at.keyword_in(tea.id, "fujian", 10).await?;
    let untouched = at.keyword("oolong").await?;
    at.store.set_keyword_status(&at.scope, &[in_use.id], KeywordStatus::InUse).await?;
    at.store.set_keyword_status(&at.scope, &[archived.id], KeywordStatus::Archived).await?;
    at.store.delete_cluster(&at.scope, tea.id).await?;
    check_refused!(at.store.get_cluster(&at.scope, tea.id).await, Error::NotFound { .. });
    let standing = async |id: KeywordId| -> Outcome<_> {
        let keyword = at.keyword_now(id).await?;
        Ok((keyword.status, keyword.clusters.len()))
    };
    check_eq!(standing(clustered.id).await?, (KeywordStatus::Orphaned, 0));
    check_eq!(standing(in_use.id).await?, (KeywordStatus::Orphaned, 0));
    check_eq!(standing(archived.id).await?, (KeywordStatus::Archived, 0));
    check_eq!(standing(untouched.id).await?, (KeywordStatus::New, 0));
    at.cluster("Tea").await?;
    Ok(())
}

async fn deleting_leaves_ideas_and_tasks(world: &World) -> Outcome {
    let at = &world.home;
    let tea = at.cluster("Tea").await?;
    let idea = at.idea("Steeping", Some(tea.id)).await?;
    let task = at.task_as(NewTask { cluster: Some(tea.id), ..NewTask::titled("Steeping") }).await?;
    at.store.delete_cluster(&at.scope, tea.id).await?;
    check_eq!((at.idea_now(idea.id).await?.cluster, at.task_now(task.id).await?.cluster), (None, None));
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let mut ids = Vec::new();
    for (name, volumes) in
        [("Assam", &[5, 5, 5][..]), ("Ceylon", &[100]), ("Black 50%", &[]), ("Black 500", &[7, 7])]
    {
        let cluster = at.cluster(name).await?;
        for (number, volume) in volumes.iter().enumerate() {
            at.keyword_in(cluster.id, &format!("{name} {number}"), *volume).await?;
        }
        ids.push(cluster.id);
    }
    at.site_beside("Second").await?.cluster("Elsewhere").await?;
    let archive = ClusterChange { status: Some(ClusterStatus::Archived), ..ClusterChange::default() };
    if let Some(id) = ids.first() {
        at.store.update_cluster(&at.scope, *id, archive.clone()).await?;
    }
    let all = ClusterFilter { sector: Some(at.sector), ..ClusterFilter::default() };
    let every = ["Assam", "Black 50%", "Black 500", "Ceylon"];
    let table: &[(ClusterFilter, &[&str])] = &[
        (all.clone(), &every),
        (ClusterFilter { site: Some(at.site), ..ClusterFilter::default() }, &every),
        (ClusterFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (ClusterFilter { ids: Some(ids.split_off(3)), ..all.clone() }, &["Black 500"]),
        (ClusterFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (ClusterFilter { search: Some("bLACK 50%".to_owned()), ..all.clone() }, &["Black 50%"]),
        (ClusterFilter { statuses: vec![ClusterStatus::Archived], ..all.clone() }, &["Assam"]),
        (
            ClusterFilter {
                names: Some(vec![" bLACK  500".to_owned(), "assam".to_owned(), "Black".to_owned()]),
                ..all.clone()
            },
            &["Assam", "Black 500"],
        ),
        (ClusterFilter { names: Some(Vec::new()), ..all.clone() }, &[]),
    ];
    for (filter, due) in table {
        let query: ClusterQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_clusters, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    for (field, due) in [
        (ClusterField::CreatedAt, ["Assam", "Ceylon", "Black 50%", "Black 500"]),
        (ClusterField::Name, ["Assam", "Black 50%", "Black 500", "Ceylon"]),
        (ClusterField::Volume, ["Black 50%", "Black 500", "Assam", "Ceylon"]),
        (ClusterField::KeywordsCount, ["Black 50%", "Ceylon", "Black 500", "Assam"]),
    ] {
        let query = ListQuery::filtered(all.clone()).order_by(field, Direction::Ascending);
        let found = listed!(at.list_clusters, query);
        check!(found == due, "by {field:?}: {found:?} where {due:?} is due");
    }
    Ok(())
}

async fn a_cluster_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, ClusterId::new());
    let new = NewCluster::named("Lost");
    check_refused!(at.store.create_cluster(&at.scope, SectorId::new(), new).await, Error::NotFound { .. });
    check_refused!(at.store.get_cluster(&at.scope, nowhere).await, Error::NotFound { .. });
    check_refused!(
        at.store.update_cluster(&at.scope, nowhere, ClusterChange::default()).await,
        Error::NotFound { .. }
    );
    check_refused!(at.store.delete_cluster(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
