//! Erasing an account: says what goes, and does it only when told twice.
//! Workers that have its runs are waited for.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use igny8_core::paging::Page;
use igny8_core::pipeline::{ContentQuery, ImageQuery, TaskQuery};
use igny8_core::{Error, Igny8};

use crate::operator;

/// How often it is tried while workers have runs of the account, a second apart.
const TRIES: u32 = 120;

/// Erases an account but for its anonymised ledger; says what goes on `out` first, and without `yes` nothing more.
///
/// # Errors
/// Without `yes`; for an account that is not there, or the system account; while workers do not let go of its runs.
pub async fn erase(igny8: &Igny8, slug: &str, yes: bool, out: &mut (impl Write + Send)) -> Result<()> {
    if slug == operator::SLUG {
        bail!("the system account is not erased: its members run the others");
    }
    let found = igny8.find_account(slug).await?;
    let (account, owner) = found.with_context(|| format!("there is no account `{slug}`"))?;
    let scope = igny8.enter(&owner, account.id).await?;
    let usage = igny8.account(&scope).usage().await?;
    let one = || Page::Number { number: 1, size: 1 };
    let tasks = igny8.tasks(&scope).list(&TaskQuery::default().page(one())).await?.total;
    let contents = igny8.contents(&scope).list(&ContentQuery::default().page(one())).await?.total;
    let images = igny8.images(&scope).list(&ImageQuery::default().page(one())).await?.total;
    writeln!(
        out,
        "{} ({slug}, {}): {} users, {} sites, {} keywords, {} clusters, {} ideas, {} tasks, {} articles, {} images with \
         their files, all runs and settings. The ledger stays, anonymised.",
        account.name,
        account.id,
        usage.users,
        usage.sites,
        usage.keywords,
        usage.clusters,
        usage.content_ideas,
        tasks.unwrap_or_default(),
        contents.unwrap_or_default(),
        images.unwrap_or_default(),
    )
    .context("say what is erased")?;
    if !yes {
        bail!("nothing was erased: add --yes to erase all this for good");
    }
    for attempt in 1..=TRIES {
        match igny8.erase_account(account.id).await {
            Ok(()) => {
                writeln!(out, "Erased.").context("say that it is erased")?;
                return Ok(());
            }
            Err(Error::Conflict { reason, .. }) if attempt < TRIES => {
                tracing::info!(reason, attempt, "waiting for workers to let go of its runs");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(error).with_context(|| format!("erase the account `{slug}`")),
        }
    }
    bail!("workers still have runs of the account `{slug}`: it is cancelled; stop them and erase it again")
}
