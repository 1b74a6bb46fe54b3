//! Sites, sectors, people and grants of somebody else.

use super::victim::{REQUEST, Victim, WHILE};
use crate::error::Error;
use crate::idempotency::KeyClaim;
use crate::identity::{ApiKeyQuery, NewApiKey, TokenHash};
use crate::ids::UserId;
use crate::paging::ListQuery;
use crate::tenancy::{NewSector, NewSite, Role, SectorChange, SiteChange, UserChange, UserQuery};
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::rows::response;
use crate::testing::world::Workplace;

pub(super) async fn try_places(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope, theirs) = (&stranger.store, &stranger.scope, &victim.at);
    check_refused!(store.get_site(scope, theirs.site).await, Error::NotFound { .. });
    check_refused!(store.get_sector(scope, theirs.sector).await, Error::NotFound { .. });
    check_refused!(store.list_sectors(scope, Some(theirs.site)).await, Error::NotFound { .. });
    let sites = store.list_sites(scope).await?;
    check!(sites.iter().all(|site| site.id != theirs.site), "the site is listed among {sites:?}");
    let sectors = store.list_sectors(scope, None).await?;
    check!(sectors.iter().all(|sector| sector.id != theirs.sector), "the sector is listed: {sectors:?}");
    check_refused!(store.wp_app_password(scope, theirs.site).await, Error::NotFound { .. });
    let renamed = SiteChange { name: Some("Mine".to_owned()), ..SiteChange::default() };
    check_refused!(store.update_site(scope, theirs.site, renamed).await, Error::NotFound { .. });
    let renamed = SectorChange { name: Some("Mine".to_owned()), ..SectorChange::default() };
    check_refused!(store.update_sector(scope, theirs.sector, renamed).await, Error::NotFound { .. });
    let sector = store.create_sector(scope, theirs.site, NewSector::named("Mine").checked()?).await;
    check_refused!(sector, Error::NotFound { .. });
    for force in [false, true] {
        check_refused!(store.delete_site(scope, theirs.site, force).await, Error::NotFound { .. });
        check_refused!(store.delete_sector(scope, theirs.sector, force).await, Error::NotFound { .. });
    }
    Ok(())
}

/// A foreign tenant among people, and places that name the victim's settings.
pub(super) async fn try_people(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    let (own, owner) = (victim.at.owner, victim.user);
    for user in [own, owner] {
        check_refused!(store.get_user(scope, user).await, Error::NotFound { .. });
        let promoted = UserChange { role: Some(Role::Owner), ..UserChange::default() };
        check_refused!(store.update_user(scope, user, promoted).await, Error::NotFound { .. });
        check_refused!(store.delete_user(scope, user).await, Error::NotFound { .. });
        check_refused!(store.note_login(scope, user).await, Error::NotFound { .. });
        check_refused!(store.grant_site(scope, user, stranger.site).await, Error::NotFound { .. });
        check_eq!(store.list_grants(scope, Some(user)).await?, []);
        store.revoke_site(scope, user, victim.at.site).await?;
    }
    let accomplice = stranger.user("mallory", Role::Viewer).await?;
    check_refused!(store.grant_site(scope, accomplice.id, victim.at.site).await, Error::NotFound { .. });
    store.revoke_site(scope, victim.user, stranger.site).await?;
    let grants = store.list_grants(scope, None).await?;
    check!(grants.iter().all(|grant| grant.user != victim.user), "the grant is listed among {grants:?}");
    let users = store.list_users(scope, &UserQuery::default()).await?.items;
    let users: Vec<UserId> = users.into_iter().map(|user| user.id).collect();
    check!(
        !users.contains(&victim.user) && !users.contains(&victim.at.owner),
        "they are listed among {users:?}"
    );
    let taken = crate::tenancy::NewUser::new(format!("ada@{}.example", victim.at.account), Role::Viewer);
    check_refused!(store.create_user(scope, taken.checked()?).await, Error::Conflict { .. });

    check_eq!(store.account_of(scope).await?.id, stranger.account);
    store.plan_of(scope).await?;
    let usage = store.plan_usage(scope).await?;
    check!(
        !format!("{usage:?}").contains(&victim.at.account.to_string()),
        "the usage is another's: {usage:?}"
    );
    let site = store.create_site(scope, NewSite::named("Mine").checked()?).await?;
    for change in [
        SiteChange { author_profile: Some(Some(victim.profile)), ..SiteChange::default() },
        SiteChange { strategy: Some(Some(victim.strategy)), ..SiteChange::default() },
    ] {
        check_refused!(store.update_site(scope, site.id, change).await, Error::NotFound { .. });
    }
    for change in [
        SectorChange { author_profile: Some(Some(victim.profile)), ..SectorChange::default() },
        SectorChange { strategy: Some(Some(victim.strategy)), ..SectorChange::default() },
    ] {
        check_refused!(store.update_sector(scope, stranger.sector, change).await, Error::NotFound { .. });
    }
    let everyone: ListQuery<(), ()> = ListQuery::default();
    check_eq!(store.list_users(scope, &everyone).await?.total, Some(users.len() as u64));
    Ok(())
}

/// Machine keys of a foreign tenant, and answers to its requests.
pub(super) async fn try_keys(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    check_refused!(store.get_api_key(scope, victim.api_key).await, Error::NotFound { .. });
    check_refused!(store.revoke_api_key(scope, victim.api_key).await, Error::NotFound { .. });
    check_eq!(store.list_api_keys(scope, &ApiKeyQuery::default()).await?.total, Some(0));
    for user in [victim.user, victim.at.owner] {
        let key = NewApiKey {
            name: "Mine".to_owned(),
            role: Role::Viewer,
            expires_at: None,
            user,
            prefix: "ig8_mine".to_owned(),
            hash: TokenHash::from_bytes(*b"a token that only a stranger has"),
        };
        check_refused!(store.create_api_key(scope, key).await, Error::NotFound { .. });
    }
    store.complete_key(scope, REQUEST, response("mine")).await?;
    store.release_key(scope, REQUEST).await?;
    // The key of one tenant's request is free for another's.
    check_eq!(store.claim_key(scope, REQUEST, &[2; 32], WHILE, WHILE).await?, KeyClaim::Fresh);
    store.release_key(scope, REQUEST).await?;
    Ok(())
}
