//! Strangers at every tenant method: nothing of another's is seen, told apart from what does not exist, or changed.
//! The last case fails for a method that no stranger has tried, so a new one cannot slip in unguarded.

mod account_rows;
mod flow;
mod flow_writes;
mod tenants;
mod victim;

use super::case::cases;
use super::check::{Outcome, check, check_eq};
use super::suite::ports;
use super::world::{Workplace, World};
use crate::ids::SiteId;
use crate::tenancy::Role;
use crate::testing::tenant::scope_for;
use victim::Victim;

/// Where the names of these cases begin.
pub(super) const ROOM: &str = "isolation::";

cases! { "isolation":
    another_tenant_sees_and_changes_nothing,
    an_editor_of_another_site_sees_and_changes_nothing,
    a_stranger_has_tried_every_tenant_method,
}

async fn another_tenant_sees_and_changes_nothing(world: &World) -> Outcome {
    let victim = Victim::settle_in(world).await?;
    let before = victim.state().await?;
    try_everything(&world.other, &victim).await?;
    check_eq!(victim.state().await?, before);
    Ok(())
}

async fn an_editor_of_another_site_sees_and_changes_nothing(world: &World) -> Outcome {
    let victim = Victim::settle_in(world).await?;
    let beside = world.home.site_beside("Second").await?;
    let editor = beside.as_editor();
    let before = victim.state().await?;
    flow::try_reads(&editor, &victim).await?;
    flow_writes::try_writes(&editor, &victim).await?;
    tenants::try_places(&editor, &victim).await?;
    check_eq!(victim.state().await?, before);
    // One who was granted nothing at all reaches no row either.
    let nowhere = scope_for(editor.account, Some(editor.owner), Role::Viewer, Some(&[] as &[SiteId]));
    flow::try_reads(&Workplace { scope: nowhere, ..editor }, &victim).await
}

async fn a_stranger_has_tried_every_tenant_method(world: &World) -> Outcome {
    let victim = Victim::settle_in(world).await?;
    let watched = world.watched();
    try_everything(&Workplace { store: watched.store.clone(), ..world.other.clone() }, &victim).await?;
    let tried = watched.driven();
    // What crosses tenants takes a system scope, which no stranger has.
    let crossing = ["Directory::", "Identity::", "Catalogue::", "RunQueue::", "Outbox::"];
    let is_tenants = |method: &&str| !crossing.iter().any(|port| method.starts_with(port));
    let methods = ports().concat().into_iter().filter(is_tenants);
    let untried: Vec<&str> = methods.filter(|method| !tried.contains(method)).collect();
    check!(untried.is_empty(), "no stranger tries {untried:?}");
    Ok(())
}

async fn try_everything(stranger: &Workplace, victim: &Victim) -> Outcome {
    flow::try_reads(stranger, victim).await?;
    flow_writes::try_writes(stranger, victim).await?;
    tenants::try_places(stranger, victim).await?;
    tenants::try_people(stranger, victim).await?;
    tenants::try_keys(stranger, victim).await?;
    account_rows::try_settings(stranger, victim).await?;
    account_rows::try_webhooks(stranger, victim).await?;
    account_rows::try_ledger(stranger, victim).await
}
