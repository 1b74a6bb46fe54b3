//! Sectors of a site: at most five active, unique by slug, deleted only when that loses nothing unasked.
//! The setting that lets a keyword be in many clusters cannot be taken back while one is.

use crate::clustering::ClusteringMethod;
use crate::error::Error;
use crate::ids::{SectorId, SiteId};
use crate::runs::{Change, Changeset, RunState};
use crate::tenancy::{MAX_ACTIVE_SECTORS, NewSector, SectorChange, SiteStatus};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::world::World;

cases! { "sectors":
    a_sector_is_created_active,
    five_sectors_of_a_site_may_be_active,
    a_sixth_is_not_switched_on,
    a_slug_is_unique_in_its_site,
    sectors_are_listed_by_name_within_reach,
    a_sector_changes,
    a_keyword_in_many_clusters_keeps_the_setting_on,
    a_sector_that_holds_rows_is_deleted_by_force_only,
    a_sector_with_runs_under_way_is_not_deleted,
    a_sector_that_is_not_there_is_not_found,
}

async fn a_sector_is_created_active(world: &World) -> Outcome {
    let at = &world.home;
    let sector = at.store.create_sector(&at.scope, at.site, NewSector::named("Green Tea").checked()?).await?;
    check_eq!((sector.name.as_str(), sector.slug.as_str(), sector.site), ("Green Tea", "green-tea", at.site));
    check_eq!((sector.is_active, sector.status), (true, SiteStatus::Active));
    check!(!sector.many_clusters_per_keyword, "a keyword may be in many clusters unasked");
    check_eq!(at.store.get_sector(&at.scope, sector.id).await?, sector);
    check_eq!(at.store.get_site(&at.scope, at.site).await?.active_sectors, 2);
    Ok(())
}

async fn five_sectors_of_a_site_may_be_active(world: &World) -> Outcome {
    let at = &world.home;
    for name in ["Two", "Three", "Four", "Five"] {
        at.sector_beside(name).await?;
    }
    let site = at.store.get_site(&at.scope, at.site).await?;
    check_eq!((site.active_sectors_count(), site.can_add_sector()), (MAX_ACTIVE_SECTORS, false));
    let sixth = NewSector::named("Six").checked()?;
    check_refused!(at.store.create_sector(&at.scope, at.site, sixth).await, Error::Conflict { .. });
    check_eq!(at.store.list_sectors(&at.scope, Some(at.site)).await?.len(), 5);
    at.site_beside("Elsewhere").await?;
    Ok(())
}

async fn a_sixth_is_not_switched_on(world: &World) -> Outcome {
    let at = &world.home;
    let off = SectorChange { is_active: Some(false), ..SectorChange::default() };
    let on = SectorChange { is_active: Some(true), ..SectorChange::default() };
    let off_first = at.store.update_sector(&at.scope, at.sector, off).await?;
    check!(!off_first.is_active, "it is still active");
    check_eq!(at.store.get_site(&at.scope, at.site).await?.active_sectors, 0);
    for name in ["Two", "Three", "Four", "Five", "Six"] {
        at.sector_beside(name).await?;
    }
    check_refused!(at.store.update_sector(&at.scope, at.sector, on).await, Error::Conflict { .. });
    check!(!at.store.get_sector(&at.scope, at.sector).await?.is_active, "the sixth is active");
    // The label is the editor's and counts for nothing.
    let label = SectorChange { status: Some(SiteStatus::Active), ..SectorChange::default() };
    at.store.update_sector(&at.scope, at.sector, label).await?;
    Ok(())
}

async fn a_slug_is_unique_in_its_site(world: &World) -> Outcome {
    let at = &world.home;
    let second = at.site_beside("Second").await?;
    let again = NewSector::named("First").checked()?;
    check_refused!(at.store.create_sector(&at.scope, at.site, again).await, Error::Conflict { .. });
    let elsewhere = NewSector::named("Other").checked()?;
    at.store.create_sector(&at.scope, at.site, elsewhere.clone()).await?;
    at.store.create_sector(&at.scope, second.site, elsewhere).await?;
    Ok(())
}

async fn sectors_are_listed_by_name_within_reach(world: &World) -> Outcome {
    let at = &world.home;
    let zebra = at.sector_beside("Zebra").await?;
    let apple = at.sector_beside("Apple").await?;
    let second = at.site_beside("Second").await?;
    let ids =
        |sectors: Vec<crate::tenancy::Sector>| sectors.iter().map(|sector| sector.id).collect::<Vec<_>>();
    check_eq!(
        ids(at.store.list_sectors(&at.scope, Some(at.site)).await?),
        [apple.sector, at.sector, zebra.sector]
    );
    check_eq!(at.store.list_sectors(&at.scope, None).await?.len(), 4);
    let editor = second.as_editor();
    check_eq!(ids(at.store.list_sectors(&editor.scope, None).await?), [second.sector]);
    check_refused!(at.store.list_sectors(&editor.scope, Some(at.site)).await, Error::NotFound { .. });
    check_refused!(at.store.list_sectors(&at.scope, Some(SiteId::new())).await, Error::NotFound { .. });
    Ok(())
}

async fn a_sector_changes(world: &World) -> Outcome {
    let at = &world.home;
    let change = SectorChange {
        name: Some("Renamed".to_owned()),
        status: Some(SiteStatus::Inactive),
        many_clusters_per_keyword: Some(true),
        clustering: Some(Some(ClusteringMethod::Serp)),
        ..SectorChange::default()
    };
    let changed = at.store.update_sector(&at.scope, at.sector, change).await?;
    check_eq!((changed.name.as_str(), changed.slug.as_str()), ("Renamed", "first"));
    check_eq!((changed.status, changed.is_active), (SiteStatus::Inactive, true));
    check!(changed.many_clusters_per_keyword, "the setting was not switched on");
    check_eq!(changed.clustering, Some(ClusteringMethod::Serp));
    check_eq!(at.store.get_sector(&at.scope, at.sector).await?, changed);
    let untouched = at.store.update_sector(&at.scope, at.sector, SectorChange::default()).await?;
    check_eq!(untouched.clustering, changed.clustering);
    let emptied = SectorChange { clustering: Some(None), ..SectorChange::default() };
    check_eq!(at.store.update_sector(&at.scope, at.sector, emptied).await?.clustering, None);
    Ok(())
}

async fn a_keyword_in_many_clusters_keeps_the_setting_on(world: &World) -> Outcome {
    let at = &world.home;
    let on = SectorChange { many_clusters_per_keyword: Some(true), ..SectorChange::default() };
    let off = SectorChange { many_clusters_per_keyword: Some(false), ..SectorChange::default() };
    at.store.update_sector(&at.scope, at.sector, on).await?;
    let (one, two) = (at.cluster("Tea").await?, at.cluster("Drinks").await?);
    let keyword = at.keyword("green tea").await?;
    let work = world.work(at, 10).await?;
    let place = |cluster| Change::PlaceKeywords { cluster, keywords: vec![keyword.id] };
    work.apply(Changeset::new().with(place(one.id)).with(place(two.id))).await?;
    work.finish(RunState::Success).await?;
    check_eq!(at.keyword_now(keyword.id).await?.clusters.len(), 2);
    for cluster in [one.id, two.id] {
        check_eq!(at.cluster_now(cluster).await?.keywords_count, 1);
    }
    check_refused!(at.store.update_sector(&at.scope, at.sector, off.clone()).await, Error::Conflict { .. });
    at.store.delete_cluster(&at.scope, two.id).await?;
    check_eq!(at.keyword_now(keyword.id).await?.clusters, [one.id]);
    let sector = at.store.update_sector(&at.scope, at.sector, off).await?;
    check!(!sector.many_clusters_per_keyword, "the setting was not switched off");
    Ok(())
}

async fn a_sector_that_holds_rows_is_deleted_by_force_only(world: &World) -> Outcome {
    let at = &world.home;
    let empty = at.sector_beside("Empty").await?;
    at.store.delete_sector(&at.scope, empty.sector, false).await?;
    check_refused!(at.store.get_sector(&at.scope, empty.sector).await, Error::NotFound { .. });

    let full = at.sector_beside("Full").await?;
    let keyword = full.keyword("green tea").await?;
    check_refused!(at.store.delete_sector(&at.scope, full.sector, false).await, Error::Conflict { .. });
    check_eq!(full.keyword_now(keyword.id).await?, keyword);
    at.store.delete_sector(&at.scope, full.sector, true).await?;
    check_refused!(at.store.get_keyword(&at.scope, keyword.id).await, Error::NotFound { .. });
    check_eq!(at.store.get_site(&at.scope, at.site).await?.active_sectors, 1);
    Ok(())
}

async fn a_sector_with_runs_under_way_is_not_deleted(world: &World) -> Outcome {
    let at = world.home.sector_beside("Busy").await?;
    let work = world.work(&at, 10).await?;
    check_refused!(at.store.delete_sector(&at.scope, at.sector, true).await, Error::Conflict { .. });
    work.finish(RunState::Failure).await?;
    at.store.delete_sector(&at.scope, at.sector, true).await?;
    Ok(())
}

async fn a_sector_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, SectorId::new());
    let new = NewSector::named("Lost").checked()?;
    check_refused!(at.store.create_sector(&at.scope, SiteId::new(), new).await, Error::NotFound { .. });
    check_refused!(at.store.get_sector(&at.scope, nowhere).await, Error::NotFound { .. });
    check_refused!(
        at.store.update_sector(&at.scope, nowhere, SectorChange::default()).await,
        Error::NotFound { .. }
    );
    check_refused!(at.store.delete_sector(&at.scope, nowhere, true).await, Error::NotFound { .. });
    Ok(())
}
