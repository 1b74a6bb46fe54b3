//! Sites of an account: unique by slug, limited by the plan, deleted only when that loses nothing unasked.
//! The WordPress password goes in and comes out for publishing only.

use secrecy::ExposeSecret;

use crate::error::Error;
use crate::ids::{AuthorProfileId, IndustryId, SiteId, StrategyId};
use crate::runs::RunState;
use crate::settings::NewStrategy;
use crate::tenancy::{Limit, NewSite, SiteChange, SiteStatus, seed_industries};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::world::{Workplace, World};

cases! { "sites":
    a_site_is_created_active_and_empty,
    a_slug_is_unique_in_its_account,
    the_plan_limits_sites,
    sites_are_listed_by_name_within_reach,
    a_site_changes,
    a_site_names_only_what_is_there,
    a_site_that_holds_rows_is_deleted_by_force_only,
    a_site_with_runs_under_way_is_not_deleted,
    the_wordpress_password_is_write_only,
    a_site_that_is_not_there_is_not_found,
}

async fn a_site_is_created_active_and_empty(world: &World) -> Outcome {
    let at = &world.home;
    let industry = seed_industries().first().map(|seed| seed.industry.id);
    let new =
        NewSite { domain: Some("tea.example".to_owned()), industry, ..NewSite::named("Crème de Thé") };
    let site = at.store.create_site(&at.scope, new.checked()?).await?;
    check_eq!((site.name.as_str(), site.slug.as_str()), ("Crème de Thé", "creme-de-the"));
    check_eq!((site.domain.as_deref(), site.industry), (Some("tea.example"), industry));
    check_eq!((site.is_active, site.status, site.active_sectors), (true, SiteStatus::Active, 0));
    check!(!site.has_wp_app_password && site.wp_url.is_none(), "a new site knows a WordPress");
    check_eq!(site.tenant.account(), at.account);
    check_eq!(at.store.get_site(&at.scope, site.id).await?, site);
    Ok(())
}

async fn a_slug_is_unique_in_its_account(world: &World) -> Outcome {
    let new = NewSite { slug: Some("shop".to_owned()), ..NewSite::named("Shop") }.checked()?;
    world.home.store.create_site(&world.home.scope, new.clone()).await?;
    check_refused!(
        world.home.store.create_site(&world.home.scope, new.clone()).await,
        Error::Conflict { .. }
    );
    world.other.store.create_site(&world.other.scope, new).await?;
    Ok(())
}

async fn the_plan_limits_sites(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    let second = NewSite::named("Second").checked()?;
    check_refused!(
        at.store.create_site(&at.scope, second).await,
        Error::PlanLimit { limit: Limit::Sites, used: 1, allowed: 1 }
    );
    check_eq!(at.store.list_sites(&at.scope).await?.len(), 1);
    Ok(())
}

async fn sites_are_listed_by_name_within_reach(world: &World) -> Outcome {
    let at = &world.home;
    let zebra = at.site_beside("Zebra").await?;
    let apple = at.site_beside("Apple").await?;
    let ids = |sites: Vec<crate::tenancy::Site>| sites.into_iter().map(|site| site.id).collect::<Vec<_>>();
    check_eq!(ids(at.store.list_sites(&at.scope).await?), [apple.site, at.site, zebra.site]);
    let editor = zebra.as_editor();
    check_eq!(ids(at.store.list_sites(&editor.scope).await?), [zebra.site]);
    check_refused!(at.store.get_site(&editor.scope, at.site).await, Error::NotFound { .. });
    Ok(())
}

async fn a_site_changes(world: &World) -> Outcome {
    let at = &world.home;
    let strategy = NewStrategy { name: "Plain".to_owned(), is_active: true, ..NewStrategy::default() };
    let strategy = at.store.create_strategy(&at.scope, strategy.checked()?).await?;
    let change = SiteChange {
        name: Some("Tea shop".to_owned()),
        domain: Some(Some("tea.example".to_owned())),
        status: Some(SiteStatus::Suspended),
        strategy: Some(Some(strategy.id)),
        wp_url: Some(Some("https://tea.example".to_owned())),
        wp_username: Some(Some("ada".to_owned())),
        ..SiteChange::default()
    };
    let changed = at.store.update_site(&at.scope, at.site, change).await?;
    check_eq!((changed.name.as_str(), changed.domain.as_deref()), ("Tea shop", Some("tea.example")));
    check_eq!((changed.status, changed.strategy), (SiteStatus::Suspended, Some(strategy.id)));
    check_eq!(
        (changed.wp_url.as_deref(), changed.wp_username.as_deref()),
        (Some("https://tea.example"), Some("ada"))
    );
    check_eq!((changed.is_active, changed.active_sectors), (true, 1));
    check_eq!(at.store.get_site(&at.scope, at.site).await?, changed);
    let emptied = SiteChange { domain: Some(None), strategy: Some(None), ..SiteChange::default() };
    let emptied = at.store.update_site(&at.scope, at.site, emptied).await?;
    check_eq!((emptied.domain, emptied.strategy, emptied.name), (None, None, changed.name));
    Ok(())
}

async fn a_site_names_only_what_is_there(world: &World) -> Outcome {
    let at = &world.home;
    let before = at.store.get_site(&at.scope, at.site).await?;
    let name = Some("Renamed".to_owned());
    for change in [
        SiteChange { author_profile: Some(Some(AuthorProfileId::new())), ..SiteChange::default() },
        SiteChange { strategy: Some(Some(StrategyId::new())), ..SiteChange::default() },
        SiteChange { industry: Some(Some(IndustryId::new())), ..SiteChange::default() },
    ] {
        let change = SiteChange { name: name.clone(), ..change };
        check_refused!(at.store.update_site(&at.scope, at.site, change).await, Error::NotFound { .. });
    }
    check_eq!(at.store.get_site(&at.scope, at.site).await?, before);
    Ok(())
}

async fn a_site_that_holds_rows_is_deleted_by_force_only(world: &World) -> Outcome {
    let at = &world.home;
    let empty = at.site_beside("Empty").await?;
    at.store.delete_site(&at.scope, empty.site, false).await?;
    check_refused!(at.store.get_site(&at.scope, empty.site).await, Error::NotFound { .. });
    check_refused!(at.store.get_sector(&at.scope, empty.sector).await, Error::NotFound { .. });

    let full = at.site_beside("Full").await?;
    let keyword = full.keyword_in(full.cluster("Tea").await?.id, "green tea", 10).await?;
    let content = full.content(full.task("Tea").await?.id, "Tea").await?;
    check_refused!(at.store.delete_site(&at.scope, full.site, false).await, Error::Conflict { .. });
    check_eq!(full.keyword_now(keyword.id).await?, keyword);
    at.store.delete_site(&at.scope, full.site, true).await?;
    check_refused!(at.store.get_site(&at.scope, full.site).await, Error::NotFound { .. });
    check_refused!(at.store.get_keyword(&at.scope, keyword.id).await, Error::NotFound { .. });
    check_refused!(at.store.get_content(&at.scope, content.id).await, Error::NotFound { .. });
    check_eq!(at.store.plan_usage(&at.scope).await?.keywords, 0);
    check_eq!(at.store.list_sites(&at.scope).await?.len(), 1);
    Ok(())
}

async fn a_site_with_runs_under_way_is_not_deleted(world: &World) -> Outcome {
    let at = world.home.site_beside("Busy").await?;
    let work = world.work(&at, 10).await?;
    check_refused!(at.store.delete_site(&at.scope, at.site, true).await, Error::Conflict { .. });
    work.finish(RunState::Failure).await?;
    at.store.delete_site(&at.scope, at.site, true).await?;
    Ok(())
}

async fn the_wordpress_password_is_write_only(world: &World) -> Outcome {
    let at = &world.home;
    check!(at.store.wp_app_password(&at.scope, at.site).await?.is_none(), "there is a password");
    let password = "abcd EFGH ijkl MNOP";
    let change = SiteChange { wp_app_password: Some(Some(password.into())), ..SiteChange::default() };
    let site = match at.store.update_site(&at.scope, at.site, change).await {
        // A store without a secrets key keeps no secret, and says so.
        Err(Error::Configuration(_)) => {
            check!(!at.store.get_site(&at.scope, at.site).await?.has_wp_app_password, "it kept the password");
            return Ok(());
        }
        changed => changed?,
    };
    check!(site.has_wp_app_password, "the password was not kept");
    let shown = serde_json::to_string(&site).map_err(|error| Failure::new(error.to_string()))?;
    check!(!shown.contains(password), "the password is shown in {shown}");
    let read = at.store.wp_app_password(&at.scope, at.site).await?;
    check_eq!(read.as_ref().map(ExposeSecret::expose_secret), Some(password));
    let kept = at.store.update_site(&at.scope, at.site, SiteChange::default()).await?;
    check!(kept.has_wp_app_password, "a change that does not name the password lost it");
    let change = SiteChange { wp_app_password: Some(None), ..SiteChange::default() };
    check!(
        !at.store.update_site(&at.scope, at.site, change).await?.has_wp_app_password,
        "it was not deleted"
    );
    check!(at.store.wp_app_password(&at.scope, at.site).await?.is_none(), "there is a password");
    Ok(())
}

async fn a_site_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, SiteId::new());
    check_refused!(at.store.get_site(&at.scope, nowhere).await, Error::NotFound { .. });
    check_refused!(
        at.store.update_site(&at.scope, nowhere, SiteChange::default()).await,
        Error::NotFound { .. }
    );
    check_refused!(at.store.delete_site(&at.scope, nowhere, true).await, Error::NotFound { .. });
    check_refused!(at.store.wp_app_password(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
