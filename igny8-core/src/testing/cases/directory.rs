//! Accounts and users before a tenant is known: opening, finding, changing and erasing.
//! Slugs and e-mail addresses are unique among all tenants.

use std::time::Duration;

use chrono::Utc;

use crate::credits::{Invariant, Posting, TransactionType, verify};
use crate::error::Error;
use crate::idempotency::KeyClaim;
use crate::identity::{NewSession, Rotation};
use crate::ids::{AccountId, PlanId, UserId};
use crate::paging::{ListQuery, Page};
use crate::pipeline::KeywordFilter;
use crate::runs::{Heartbeat, RunState};
use crate::tenancy::{AccountChange, AccountStatus, Role, SiteChange, UserChange};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::rows::usage_of;
use crate::testing::tenant::new_tenant;
use crate::testing::world::{LONG, Workplace, World};
use crate::webhooks::WebhookEvent;

cases! { "directory":
    an_account_opens_with_owner_site_and_sector,
    a_slug_is_unique_among_all_accounts,
    an_email_is_unique_among_all_users,
    an_account_needs_a_plan_that_is_on_offer,
    accounts_are_found_by_id_and_slug,
    users_are_found_by_id_and_email,
    an_account_changes_plan_status_name_and_owner,
    an_owner_must_be_a_user_of_the_account,
    a_new_owner_and_the_former_one_swap_roles,
    cancelling_an_account_stops_its_runs,
    granted_and_active_sites_are_told,
    accounts_without_a_posting_are_those_a_grant_is_due_to,
    an_account_under_way_is_not_erased,
    waiting_runs_end_with_their_account,
    erasing_keeps_the_ledger_without_names,
}

async fn an_account_opens_with_owner_site_and_sector(world: &World) -> Outcome {
    let home = world.store.open_account(&world.system, new_tenant("curlew", "growth")?).await?;
    let account = world.store.account(&world.system, home.account).await?;
    check_eq!(account.slug, "curlew");
    check_eq!(account.status, AccountStatus::Active);
    check_eq!((account.credits, account.reserved), (0, 0));
    check_eq!(account.owner, Some(home.owner.id));
    check_eq!(world.store.plan(account.plan).await?.slug, "growth");
    check_eq!(home.owner.role, Role::Owner);
    check_eq!(home.owner.email, "owner@curlew.example");
    check!(
        home.owner.is_active && home.owner.account == home.account,
        "the owner is not an active user of it"
    );
    check_eq!(world.store.user(&world.system, home.owner.id).await?, home.owner);
    let scope = crate::testing::scope_for(home.account, None, Role::Owner, None);
    let site = world.store.get_site(&scope, home.site).await?;
    check_eq!((site.name.as_str(), site.active_sectors), ("Site of curlew", 1));
    let sector = world.store.get_sector(&scope, home.sector).await?;
    check!(sector.is_active && sector.site == home.site, "the first sector is not an active one of the site");
    Ok(())
}

async fn a_slug_is_unique_among_all_accounts(world: &World) -> Outcome {
    let mut tenant = new_tenant("acme", "free")?;
    tenant.owner.email = "somebody@new.example".to_owned();
    check_refused!(world.store.open_account(&world.system, tenant).await, Error::Conflict { .. });
    check_eq!(world.store.user_by_email(&world.system, "somebody@new.example").await?, None);
    Ok(())
}

async fn an_email_is_unique_among_all_users(world: &World) -> Outcome {
    let mut tenant = new_tenant("curlew", "free")?;
    tenant.owner.email = "owner@acme.example".to_owned();
    check_refused!(world.store.open_account(&world.system, tenant).await, Error::Conflict { .. });
    check_eq!(world.store.account_by_slug(&world.system, "curlew").await?, None);
    check_eq!(world.store.accounts(&world.system).await?.len(), 2);
    Ok(())
}

async fn an_account_needs_a_plan_that_is_on_offer(world: &World) -> Outcome {
    let mut retired = world.store.plans().await?.remove(1);
    retired.is_active = false;
    world.store.save_plan(&world.system, retired.clone()).await?;
    for plan in ["no-such-plan", retired.slug.as_str()] {
        let tenant = new_tenant("curlew", plan)?;
        check_refused!(world.store.open_account(&world.system, tenant).await, Error::NotFound { .. });
    }
    check_eq!(world.store.account_by_slug(&world.system, "curlew").await?, None);
    Ok(())
}

async fn accounts_are_found_by_id_and_slug(world: &World) -> Outcome {
    let account = world.store.account(&world.system, world.home.account).await?;
    check_eq!(world.store.account_by_slug(&world.system, "acme").await?, Some(account));
    check_eq!(world.store.account_by_slug(&world.system, "nobody").await?, None);
    check_refused!(world.store.account(&world.system, AccountId::new()).await, Error::NotFound { .. });
    world.store.open_account(&world.system, new_tenant("aardvark", "free")?).await?;
    let slugs: Vec<String> =
        world.store.accounts(&world.system).await?.into_iter().map(|account| account.slug).collect();
    check_eq!(slugs, ["aardvark", "acme", "bonobo"]);
    Ok(())
}

async fn users_are_found_by_id_and_email(world: &World) -> Outcome {
    let user = world.store.user(&world.system, world.home.owner).await?;
    check_eq!(user.account, world.home.account);
    check_eq!(world.store.user_by_email(&world.system, "Owner@ACME.example").await?, Some(user));
    check_eq!(world.store.user_by_email(&world.system, "nobody@acme.example").await?, None);
    check_refused!(world.store.user(&world.system, UserId::new()).await, Error::NotFound { .. });
    Ok(())
}

async fn an_account_changes_plan_status_name_and_owner(world: &World) -> Outcome {
    let heir = world.home.user("heir", Role::Admin).await?;
    let plan = world.store.plans().await?.into_iter().find(|plan| plan.slug == "scale").map(|plan| plan.id);
    let change = AccountChange {
        name: Some("Acme Ltd".to_owned()),
        owner: Some(heir.id),
        plan,
        status: Some(AccountStatus::Suspended),
    };
    let changed = world.store.change_account(&world.system, world.home.account, change).await?.account;
    check_eq!((changed.name.as_str(), changed.owner, Some(changed.plan)), ("Acme Ltd", Some(heir.id), plan));
    check_eq!(changed.status, AccountStatus::Suspended);
    check_eq!(world.store.account(&world.system, world.home.account).await?, changed);
    let unchanged =
        world.store.change_account(&world.system, world.home.account, AccountChange::default()).await?;
    check_eq!((unchanged.account.name, unchanged.account.plan), (changed.name, changed.plan));
    Ok(())
}

async fn a_new_owner_and_the_former_one_swap_roles(world: &World) -> Outcome {
    let at = &world.home;
    let heir = at.user("heir", Role::Editor).await?;
    let admin = at.user("admin", Role::Admin).await?;
    let role = async |id| Ok::<_, Error>(world.store.user(&world.system, id).await?.role);
    let hand_over = |owner| AccountChange { owner: Some(owner), ..AccountChange::default() };
    world.store.change_account(&world.system, at.account, hand_over(heir.id)).await?;
    check_eq!((role(heir.id).await?, role(at.owner).await?), (Role::Owner, Role::Admin));
    check_eq!(role(admin.id).await?, Role::Admin);
    check_eq!(role(world.other.owner).await?, Role::Owner);
    // Handing over to whom it belongs changes nothing.
    world.store.change_account(&world.system, at.account, hand_over(heir.id)).await?;
    check_eq!((role(heir.id).await?, role(at.owner).await?), (Role::Owner, Role::Admin));
    let off = UserChange { is_active: Some(false), ..UserChange::default() };
    at.store.update_user(&at.scope, admin.id, off).await?;
    check_refused!(
        world.store.change_account(&world.system, at.account, hand_over(admin.id)).await,
        Error::Conflict { .. }
    );
    check_eq!(role(heir.id).await?, Role::Owner);
    Ok(())
}

async fn cancelling_an_account_stops_its_runs(world: &World) -> Outcome {
    let at = &world.home;
    let held = world.work(at, 10).await?;
    let waiting = at.enqueue(at.new_run("waiting", 20)).await?;
    let neighbours = world.other.enqueue(world.other.new_run("neighbour's", 5)).await?;
    let to = |status| AccountChange { status: Some(status), ..AccountChange::default() };
    let suspended =
        world.store.change_account(&world.system, at.account, to(AccountStatus::Suspended)).await?;
    check_eq!(suspended.stopped, []);
    check_eq!(at.run_now(waiting.id).await?.state, RunState::Pending);
    let closed = world.store.change_account(&world.system, at.account, to(AccountStatus::Cancelled)).await?;
    let mut stopped: Vec<_> = closed.stopped.iter().map(|run| (run.id, run.state)).collect();
    stopped.sort_by_key(|(id, _)| *id);
    let mut due = vec![(held.id, RunState::Progress), (waiting.id, RunState::Revoked)];
    due.sort_by_key(|(id, _)| *id);
    check_eq!(stopped, due);
    check_eq!(at.run_now(waiting.id).await?.state, RunState::Revoked);
    let heard = world.store.heartbeat(&world.system, held.id, held.epoch, LONG).await?;
    check_eq!(heard, Heartbeat::CancelRequested);
    check_eq!(at.balance().await?.reserved, 10);
    held.finish(RunState::Revoked).await?;
    check_eq!(at.balance().await?.reserved, 0);
    check_eq!(world.other.run_now(neighbours.id).await?.state, RunState::Pending);
    Ok(())
}

async fn an_owner_must_be_a_user_of_the_account(world: &World) -> Outcome {
    let before = world.store.account(&world.system, world.home.account).await?;
    for (id, change) in [
        (before.id, AccountChange { owner: Some(world.other.owner), ..AccountChange::default() }),
        (before.id, AccountChange { owner: Some(UserId::new()), ..AccountChange::default() }),
        (before.id, AccountChange { plan: Some(PlanId::new()), ..AccountChange::default() }),
        (AccountId::new(), AccountChange { name: Some("Nobody".to_owned()), ..AccountChange::default() }),
    ] {
        let change = AccountChange { name: Some("Taken over".to_owned()), ..change };
        check_refused!(world.store.change_account(&world.system, id, change).await, Error::NotFound { .. });
    }
    check_eq!(world.store.account(&world.system, before.id).await?, before);
    Ok(())
}

async fn granted_and_active_sites_are_told(world: &World) -> Outcome {
    let (at, second) = (&world.home, world.home.site_beside("Second").await?);
    let editor = at.user("editor", Role::Editor).await?;
    check_eq!(world.store.granted_sites(&world.system, editor.id).await?, []);
    at.store.grant_site(&at.scope, editor.id, second.site).await?;
    check_eq!(world.store.granted_sites(&world.system, editor.id).await?, [second.site]);
    let mut active = world.store.active_sites(&world.system, at.account).await?;
    active.sort();
    let mut due = vec![at.site, second.site];
    due.sort();
    check_eq!(active, due);
    let off = SiteChange { is_active: Some(false), ..SiteChange::default() };
    at.store.update_site(&at.scope, second.site, off).await?;
    check_eq!(world.store.active_sites(&world.system, at.account).await?, [at.site]);
    Ok(())
}

async fn accounts_without_a_posting_are_those_a_grant_is_due_to(world: &World) -> Outcome {
    let first = Workplace::open(&world.store, "curlew", "growth").await?;
    let second = Workplace::open(&world.store, "dingo", "starter").await?;
    let closed = Workplace::open(&world.store, "emu", "growth").await?;
    let off = AccountChange { status: Some(AccountStatus::Cancelled), ..AccountChange::default() };
    world.store.change_account(&world.system, closed.account, off).await?;
    let trial = AccountChange { status: Some(AccountStatus::Trial), ..AccountChange::default() };
    world.store.change_account(&world.system, second.account, trial).await?;
    let due = async |limit| {
        let mut accounts =
            world.store.accounts_without_posting(&world.system, "grant:2026-11", limit).await?;
        accounts.sort();
        Ok::<_, Error>(accounts)
    };
    let mut both = vec![first.account, second.account];
    both.sort();
    // Acme and Bonobo are on a plan that grants nothing.
    check_eq!(due(10).await?, both);
    check_eq!(due(1).await?.len(), 1);
    let grant = Posting {
        transaction_type: TransactionType::Purchase,
        amount: 5_000,
        description: "Credits of the plan".to_owned(),
        reservation: None,
        idempotency_key: "grant:2026-11".to_owned(),
    };
    first.store.post(&first.scope, grant).await?;
    check_eq!(due(10).await?, [second.account]);
    first.sound().await
}

async fn an_account_under_way_is_not_erased(world: &World) -> Outcome {
    let work = world.work(&world.home, 10).await?;
    check_refused!(
        world.store.erase_account(&world.system, world.home.account).await,
        Error::Conflict { .. }
    );
    check_refused!(world.store.erase_account(&world.system, AccountId::new()).await, Error::NotFound { .. });
    // It is closed meanwhile, and the worker hears that it shall stop.
    let closed = world.store.account(&world.system, world.home.account).await?;
    check_eq!((closed.slug.as_str(), closed.status), ("acme", AccountStatus::Cancelled));
    let heard = world.store.heartbeat(&world.system, work.id, work.epoch, LONG).await?;
    check_eq!(heard, Heartbeat::CancelRequested);
    work.finish(RunState::Revoked).await?;
    world.store.erase_account(&world.system, world.home.account).await?;
    Ok(())
}

async fn waiting_runs_end_with_their_account(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "unlimited").await?;
    at.enqueue(at.new_run("waiting", 10)).await?;
    let off = AccountChange { status: Some(AccountStatus::Suspended), ..AccountChange::default() };
    world.store.change_account(&world.system, at.account, off).await?;
    world.store.erase_account(&world.system, at.account).await?;
    check!(
        world.store.account(&world.system, at.account).await?.slug.starts_with("erased-"),
        "it was not erased"
    );
    at.sound().await
}

async fn erasing_keeps_the_ledger_without_names(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "unlimited").await?;
    let keyword = at.keyword("green tea").await?;
    let content = at.content(at.task("Tea for two").await?.id, "Tea for two").await?;
    let spent = at.reserve("spent", 40).await?;
    at.store.settle(&at.scope, spent.id, 30, usage_of("export")).await?;
    let kept =
        at.store.reserve(&at.scope, "kept", 5, Duration::from_secs(60), "Named after a person").await?;
    at.store.release(&at.scope, kept.id).await?;
    world.store.set_credential(&world.system, at.owner, "$tea$").await?;
    let session = NewSession { user: at.owner, token: at.token("session"), expires_at: Utc::now() + LONG };
    world.store.open_session(&world.system, session).await?;
    at.api_key("machine").await?;
    at.webhook(&[WebhookEvent::RunFinished]).await?;
    at.enqueue(at.new_run("waiting", 0)).await?;
    at.store.claim_key(&at.scope, "request", &[1; 32], LONG, LONG).await?;
    let before = at.store.ledger(&at.scope).await?;

    world.store.erase_account(&world.system, at.account).await?;

    let account = world.store.account(&world.system, at.account).await?;
    check!(account.slug.starts_with("erased-"), "its slug is still `{}`", account.slug);
    check!(account.name.starts_with("erased-"), "its name is still `{}`", account.name);
    check_eq!((account.status, account.owner), (AccountStatus::Cancelled, None));
    check_refused!(world.store.user(&world.system, at.owner).await, Error::NotFound { .. });
    check_eq!(world.store.user_by_email(&world.system, "owner@curlew.example").await?, None);
    check_eq!(world.store.admission(&world.system, at.owner, None).await?, None);
    check_eq!(world.store.credential(&world.system, at.owner).await?, None);
    let (session, next) = (at.token("session"), at.token("next"));
    let rotation = world.store.rotate_session(&world.system, &session, next, Utc::now() + LONG).await?;
    check_eq!(rotation, Rotation::Unknown);
    check_eq!(world.store.api_key(&world.system, &at.token("machine")).await?, None);
    check_eq!(at.store.list_api_keys(&at.scope, &ListQuery::default()).await?.total, Some(0));
    check_eq!(at.store.list_webhooks(&at.scope, &ListQuery::default()).await?.total, Some(0));
    check_eq!(world.store.claim_deliveries(&world.system, 9, LONG).await?.len(), 0);
    let claimed = at.store.claim_key(&at.scope, "request", &[2; 32], LONG, LONG).await?;
    check_eq!(claimed, KeyClaim::Fresh);
    check_refused!(at.store.get_keyword(&at.scope, keyword.id).await, Error::NotFound { .. });
    check_refused!(at.store.get_content(&at.scope, content.id).await, Error::NotFound { .. });
    check_eq!(at.store.list_sites(&at.scope).await?, []);
    let rest = ListQuery::filtered(KeywordFilter::default()).page(Page::first(5));
    check_eq!(at.store.list_keywords(&at.scope, &rest).await?.items, []);

    let after = at.store.ledger(&at.scope).await?;
    let amounts = |ledger: &crate::credits::LedgerSnapshot| -> Vec<_> {
        ledger.transactions.iter().map(|entry| (entry.seq, entry.amount, entry.balance_after)).collect()
    };
    check_eq!(amounts(&after), amounts(&before));
    check_eq!(after.balance, before.balance);
    check_eq!(after.reservations.len(), before.reservations.len());
    check!(
        after.transactions.iter().all(|entry| entry.description.is_empty()),
        "a transaction still says why"
    );
    check!(after.reservations.iter().all(|held| held.description.is_empty()), "a reservation still says why");
    // The usage log may go with the rows it tells of: what is left of the ledger must be sound without it.
    let breaches = verify(&after);
    check!(breaches.iter().all(|breach| breach.invariant == Invariant::Usage), "not sound: {breaches:?}");

    world.store.open_account(&world.system, new_tenant("curlew", "free")?).await?;
    Ok(())
}
