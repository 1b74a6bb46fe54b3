//! Site grants: granted once however often, taken back however often.
//! Both the user and the site must be the account's own.

use crate::error::Error;
use crate::ids::{SiteId, UserId};
use crate::tenancy::Role;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check_eq, check_refused};
use crate::testing::world::World;

cases! { "grants":
    granting_twice_changes_nothing,
    grants_are_listed_oldest_first,
    revoking_what_is_not_granted_is_no_error,
    user_and_site_must_be_there,
}

async fn granting_twice_changes_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Editor).await?;
    let grant = at.store.grant_site(&at.scope, user.id, at.site).await?;
    check_eq!((grant.user, grant.site, grant.granted_by), (user.id, at.site, Some(at.owner)));
    check_eq!(at.store.grant_site(&at.scope, user.id, at.site).await?, grant);
    check_eq!(at.store.list_grants(&at.scope, Some(user.id)).await?, [grant]);
    Ok(())
}

async fn grants_are_listed_oldest_first(world: &World) -> Outcome {
    let (at, second) = (&world.home, world.home.site_beside("Second").await?);
    let (ada, bob) = (at.user("ada", Role::Editor).await?, at.user("bob", Role::Viewer).await?);
    let first = at.store.grant_site(&at.scope, ada.id, second.site).await?;
    let next = at.store.grant_site(&at.scope, bob.id, at.site).await?;
    let last = at.store.grant_site(&at.scope, ada.id, at.site).await?;
    check_eq!(at.store.list_grants(&at.scope, Some(ada.id)).await?, [first.clone(), last.clone()]);
    check_eq!(at.store.list_grants(&at.scope, None).await?, [first, next, last]);
    Ok(())
}

async fn revoking_what_is_not_granted_is_no_error(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Editor).await?;
    at.store.grant_site(&at.scope, user.id, at.site).await?;
    at.store.revoke_site(&at.scope, user.id, at.site).await?;
    at.store.revoke_site(&at.scope, user.id, at.site).await?;
    at.store.revoke_site(&at.scope, UserId::new(), SiteId::new()).await?;
    check_eq!(at.store.list_grants(&at.scope, None).await?, []);
    check_eq!(world.store.granted_sites(&world.system, user.id).await?, []);
    Ok(())
}

async fn user_and_site_must_be_there(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Editor).await?;
    for (user, site) in [(user.id, SiteId::new()), (UserId::new(), at.site)] {
        check_refused!(at.store.grant_site(&at.scope, user, site).await, Error::NotFound { .. });
    }
    check_eq!(at.store.list_grants(&at.scope, None).await?, []);
    Ok(())
}
