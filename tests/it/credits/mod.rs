//! Credits across the crates: what a run is charged whatever becomes of it, and what an account may not do.

mod charges;
mod grants;
mod limits;
mod losses;
mod replays;
mod service;

use igny8_core::credits::{CreditPricing, Operation, TransactionType};
use igny8_core::functions::GenerateContent;
use igny8_core::ids::RunId;
use igny8_core::runs::ItemState;
use igny8_tests::Desk;
use igny8_tests::desk::eventually;

/// Lengths of ten tasks, each with a price of its own, so that no two sets of seven cost the same by chance.
const TEN: [u32; 10] = [500, 600, 700, 800, 900, 1_000, 1_300, 1_700, 2_300, 3_100];

/// A run that writes ten tasks.
async fn start_ten(desk: &Desk) -> RunId {
    let tasks = desk.tasks(&TEN).await;
    desk.igny8.start(&desk.scope, GenerateContent::for_tasks(tasks)).await.unwrap().id()
}

/// Waits until this many items of the run are saved, and no more.
async fn items_done(desk: &Desk, run: RunId, count: usize) {
    eventually("so many items are saved", async || {
        let done = desk.items(run).await.iter().filter(|item| item.state == ItemState::Done).count();
        if done == count { Ok(()) } else { Err(format!("{done} are")) }
    })
    .await;
}

/// The price of the articles that are there, from their own words.
async fn price_of_articles(desk: &Desk) -> i64 {
    let prices = CreditPricing::default();
    let price = |words| prices.price(Operation::GenerateContent { words });
    desk.articles().await.values().map(|article| price(u64::from(article.draft.word_count))).sum()
}

/// The run was charged exactly its saved items, in one entry, and nothing is held any more.
async fn assert_charged(desk: &Desk, run: RunId, credits: i64) {
    let finished = desk.run(run).await;
    assert_eq!(finished.charged, Some(credits), "{finished:#?}");
    let items = desk.items(run).await;
    let done = items.iter().filter(|item| item.state == ItemState::Done);
    assert_eq!(done.map(|item| item.credits).sum::<i64>(), credits);
    let entries = desk.transactions().await;
    let charges = entries.iter().filter(|entry| entry.transaction_type == TransactionType::Usage);
    assert_eq!(charges.map(|entry| entry.amount).collect::<Vec<_>>(), [-credits]);
    assert_eq!(desk.balance().await.reserved, 0);
    desk.assert_ledger_sound().await;
}

/// Every article that is there was written once.
async fn assert_written_once(desk: &Desk, count: usize) {
    let articles = desk.articles().await;
    assert_eq!(articles.len(), count);
    for article in articles.values() {
        let revisions = desk.igny8.contents(&desk.scope).revisions(article.id).await.unwrap();
        assert_eq!(revisions.len(), 1, "{}", article.draft.title);
    }
}
