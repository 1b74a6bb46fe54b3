//! The probes, which stand beside the API.

use crate::town::Town;

#[tokio::test]
async fn the_probes_answer() {
    let town = Town::new().await;
    for path in ["/healthz", "/readyz"] {
        let reply = town.anyone().send("GET", path, None).await;
        assert_eq!((reply.status, &reply.body["success"]), (200, &true.into()), "{path}");
    }
}
