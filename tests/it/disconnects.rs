//! Clients that go away in the middle of writing, over real connections: nothing acknowledged is lost, nothing is half done.
//! `disconnect-storm` does the same with 10,000 writes.

use igny8_test_postgres::Server;
use igny8_tests::faults::Kind;
use igny8_tests::served::storm_on;

async fn weathers(kind: &Kind) {
    let came = storm_on(kind, 600, 12, 7).await;
    assert!(came.is_weathered(), "{came:?}");
    let dropped = came.dropped_in_request + came.dropped_before_answer;
    assert!(came.acknowledged > 150 && dropped > 150 && came.landed_unacknowledged > 20, "{came:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_go_away_on_sqlite_leave_nothing_half_done() {
    weathers(&Kind::Sqlite(None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_go_away_on_postgres_leave_nothing_half_done() {
    let Some(server) = Server::get().await else { return };
    weathers(&Kind::Postgres(Box::new(server.clone()))).await;
}
