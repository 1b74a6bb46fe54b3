//! The gate's question: all that is known of a user and of the account that the user asks for, at one moment.

use crate::ids::{AccountId, UserId};
use crate::tenancy::{AccountChange, AccountStatus, Role, SiteChange, UserChange};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check_eq};
use crate::testing::world::World;

cases! { "admission":
    a_user_at_home_is_told_with_grants_and_active_sites,
    without_an_account_the_users_own_is_asked_for,
    another_account_is_told_without_the_users_grants,
    an_account_that_is_not_there_is_told_as_none,
    users_are_told_as_they_are_now,
    the_version_of_the_credential_is_told,
    a_user_who_is_not_there_is_none,
}

async fn a_user_at_home_is_told_with_grants_and_active_sites(world: &World) -> Outcome {
    let at = &world.home;
    let (second, third) = (at.site_beside("Second").await?, at.site_beside("Third").await?);
    let editor = at.user("editor", Role::Editor).await?;
    for site in [third.site, second.site] {
        at.store.grant_site(&at.scope, editor.id, site).await?;
    }
    let off = SiteChange { is_active: Some(false), ..SiteChange::default() };
    at.store.update_site(&at.scope, third.site, off).await?;
    let standing = world.standing(editor.id, Some(at.account)).await?;
    check_eq!(standing.user, editor);
    check_eq!((standing.home_slug.as_str(), standing.token_version), ("acme", 0));
    check_eq!(standing.account, Some((at.account, AccountStatus::Active)));
    let sorted = |mut sites: Vec<_>| {
        sites.sort();
        sites
    };
    check_eq!(standing.granted, sorted(vec![second.site, third.site]));
    check_eq!(standing.active, sorted(vec![at.site, second.site]));
    check_eq!(world.standing(at.owner, Some(at.account)).await?.granted, []);
    Ok(())
}

async fn without_an_account_the_users_own_is_asked_for(world: &World) -> Outcome {
    for at in [&world.home, &world.other] {
        let own = world.standing(at.owner, None).await?;
        check_eq!(own, world.standing(at.owner, Some(at.account)).await?);
        check_eq!(own.active, [at.site]);
    }
    Ok(())
}

async fn another_account_is_told_without_the_users_grants(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    let editor = at.user("editor", Role::Editor).await?;
    at.store.grant_site(&at.scope, editor.id, at.site).await?;
    let standing = world.standing(editor.id, Some(other.account)).await?;
    check_eq!((standing.user.account, standing.home_slug.as_str()), (at.account, "acme"));
    check_eq!(standing.account, Some((other.account, AccountStatus::Active)));
    check_eq!((standing.granted, standing.active), (vec![], vec![other.site]));
    Ok(())
}

async fn an_account_that_is_not_there_is_told_as_none(world: &World) -> Outcome {
    let at = &world.home;
    let standing = world.standing(at.owner, Some(AccountId::new())).await?;
    check_eq!((standing.user.id, standing.account), (at.owner, None));
    check_eq!((standing.granted, standing.active), (vec![], vec![]));
    Ok(())
}

async fn users_are_told_as_they_are_now(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Viewer).await?;
    let change = UserChange { role: Some(Role::Admin), is_active: Some(false), ..UserChange::default() };
    let changed = at.store.update_user(&at.scope, user.id, change).await?;
    check_eq!(world.standing(user.id, None).await?.user, changed);
    let suspended = AccountChange { status: Some(AccountStatus::Suspended), ..AccountChange::default() };
    world.store.change_account(&world.system, at.account, suspended).await?;
    let told = world.standing(user.id, None).await?.account;
    check_eq!(told, Some((at.account, AccountStatus::Suspended)));
    Ok(())
}

async fn the_version_of_the_credential_is_told(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    for version in 1..=3 {
        at.store.set_credential(&world.system, at.owner, "$tea$").await?;
        for account in [None, Some(at.account), Some(other.account)] {
            check_eq!(world.standing(at.owner, account).await?.token_version, version);
        }
    }
    check_eq!(world.standing(other.owner, None).await?.token_version, 0);
    Ok(())
}

async fn a_user_who_is_not_there_is_none(world: &World) -> Outcome {
    let at = &world.home;
    let gone = at.user("ada", Role::Viewer).await?.id;
    at.store.delete_user(&at.scope, gone).await?;
    for user in [gone, UserId::new()] {
        for account in [None, Some(at.account)] {
            check_eq!(world.store.admission(&world.system, user, account).await?, None);
        }
    }
    Ok(())
}

impl World {
    /// What is told of a user, who must be there.
    pub(in crate::testing) async fn standing(
        &self,
        user: UserId,
        account: Option<AccountId>,
    ) -> Outcome<crate::identity::Standing> {
        let told = self.store.admission(&self.system, user, account).await?;
        told.ok_or_else(|| Failure::new("a user who is there is not told of"))
    }
}
