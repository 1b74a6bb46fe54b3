//! Users of an account: how many the plan allows, and the owner, who cannot be locked out.
//! An e-mail address is taken once among all tenants.

use crate::error::Error;
use crate::ids::UserId;
use crate::paging::ListQuery;
use crate::tenancy::{Limit, NewUser, Role, UserChange};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::listing::listed;
use crate::testing::world::{Workplace, World};

cases! { "users":
    a_user_is_created_and_listed_newest_first,
    the_plan_limits_users,
    an_email_is_taken_once_among_all_tenants,
    a_user_changes,
    the_owner_keeps_role_and_access,
    deleting_a_user_takes_the_grants_along,
    a_login_is_noted,
    a_user_that_is_not_there_is_not_found,
}

async fn a_user_is_created_and_listed_newest_first(world: &World) -> Outcome {
    let at = &world.home;
    let ada = NewUser { first_name: "Ada".to_owned(), ..NewUser::new("Ada@Example.com", Role::Editor) };
    let ada = at.store.create_user(&at.scope, ada.checked()?).await?;
    check_eq!((ada.email.as_str(), ada.username.as_str()), ("ada@example.com", "ada"));
    check_eq!((ada.first_name.as_str(), ada.last_name.as_str()), ("Ada", ""));
    check!(ada.is_active && ada.last_login.is_none(), "a new user is not active, or has logged in");
    check_eq!(at.store.get_user(&at.scope, ada.id).await?, ada);
    let bob =
        at.store.create_user(&at.scope, NewUser::new("bob@example.com", Role::Viewer).checked()?).await?;
    check_eq!(
        listed!(at.list_users, ListQuery::<(), ()>::default()),
        [bob.email, ada.email, "owner@acme.example".to_owned()]
    );
    Ok(())
}

async fn the_plan_limits_users(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    let second = NewUser::new("second@curlew.example", Role::Admin).checked()?;
    check_refused!(
        at.store.create_user(&at.scope, second).await,
        Error::PlanLimit { limit: Limit::Users, used: 1, allowed: 1 }
    );
    check_eq!(at.store.plan_usage(&at.scope).await?.users, 1);
    Ok(())
}

async fn an_email_is_taken_once_among_all_tenants(world: &World) -> Outcome {
    let at = &world.home;
    for email in ["owner@acme.example", "OWNER@bonobo.example"] {
        let user = NewUser::new(email, Role::Editor).checked()?;
        check_refused!(at.store.create_user(&at.scope, user).await, Error::Conflict { .. });
    }
    Ok(())
}

async fn a_user_changes(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Viewer).await?;
    let change = UserChange {
        username: Some("countess".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        role: Some(Role::Admin),
        is_active: Some(false),
        ..UserChange::default()
    };
    let changed = at.store.update_user(&at.scope, user.id, change).await?;
    check_eq!((changed.username.as_str(), changed.last_name.as_str()), ("countess", "Lovelace"));
    check_eq!((changed.role, changed.is_active), (Role::Admin, false));
    check_eq!((&changed.email, &changed.first_name), (&user.email, &user.first_name));
    check_eq!(at.store.get_user(&at.scope, user.id).await?, changed);
    Ok(())
}

async fn the_owner_keeps_role_and_access(world: &World) -> Outcome {
    let at = &world.home;
    let demoted = UserChange { role: Some(Role::Admin), ..UserChange::default() };
    check_refused!(at.store.update_user(&at.scope, at.owner, demoted).await, Error::Conflict { .. });
    let locked_out = UserChange { is_active: Some(false), ..UserChange::default() };
    check_refused!(at.store.update_user(&at.scope, at.owner, locked_out).await, Error::Conflict { .. });
    check_refused!(at.store.delete_user(&at.scope, at.owner).await, Error::Conflict { .. });
    let owner = at.store.get_user(&at.scope, at.owner).await?;
    check!(owner.is_active && owner.role == Role::Owner, "the owner lost role or access");
    let renamed = UserChange { first_name: Some("Grace".to_owned()), ..UserChange::default() };
    check_eq!(at.store.update_user(&at.scope, at.owner, renamed).await?.first_name, "Grace");
    Ok(())
}

async fn deleting_a_user_takes_the_grants_along(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Editor).await?;
    at.store.grant_site(&at.scope, user.id, at.site).await?;
    at.store.delete_user(&at.scope, user.id).await?;
    check_refused!(at.store.get_user(&at.scope, user.id).await, Error::NotFound { .. });
    check_eq!(at.store.list_grants(&at.scope, None).await?, []);
    check_eq!(world.store.user_by_email(&world.system, &user.email).await?, None);
    Ok(())
}

async fn a_login_is_noted(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.get_user(&at.scope, at.owner).await?.last_login, None);
    at.store.note_login(&at.scope, at.owner).await?;
    check!(at.store.get_user(&at.scope, at.owner).await?.last_login.is_some(), "no login was noted");
    Ok(())
}

async fn a_user_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nobody) = (&world.home, UserId::new());
    check_refused!(at.store.get_user(&at.scope, nobody).await, Error::NotFound { .. });
    check_refused!(
        at.store.update_user(&at.scope, nobody, UserChange::default()).await,
        Error::NotFound { .. }
    );
    check_refused!(at.store.delete_user(&at.scope, nobody).await, Error::NotFound { .. });
    check_refused!(at.store.note_login(&at.scope, nobody).await, Error::NotFound { .. });
    Ok(())
}
