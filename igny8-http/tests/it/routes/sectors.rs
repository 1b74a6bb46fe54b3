//! `auth/sectors/`.

use serde_json::json;

use crate::checks::{guarded, id_of, made, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_sector_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&[
        "createSector",
        "listSectors",
        "getSector",
        "replaceSector",
        "updateSector",
        "deleteSector",
    ]);
    let owner = town.acme.owner();
    let site = town.acme.home.site.to_string();
    let sector = made(&owner, "auth/sectors/", json!({"site_id": site, "name": "Herbal Tea"})).await;
    assert_eq!((&sector.data()["slug"], &sector.data()["is_active"]), (&json!("herbal-tea"), &json!(true)));
    let path = format!("auth/sectors/{}/", sector.id());
    assert_eq!(owner.get(&path).await.data(), sector.data());
    assert_eq!(owner.get("auth/sectors/").await.results().len(), 2);
    let other = id_of(&owner, "auth/sites/", json!({"name": "Other"})).await;
    assert_eq!(owner.get(&format!("auth/sectors/?site_id={other}")).await.results().len(), 0);

    let patched =
        owner.patch(&path, json!({"clustering": "lexical", "many_clusters_per_keyword": true})).await;
    assert_eq!(patched.data()["clustering"], "lexical");
    let replaced = owner.put(&path, json!({"name": "Herbs"})).await;
    let shown = (&replaced.data()["clustering"], &replaced.data()["many_clusters_per_keyword"]);
    assert_eq!(shown, (&json!(null), &json!(false)));
    id_of(&owner, "planner/keywords/", json!({"sector_id": sector.id(), "keyword": "mint"})).await;
    assert_eq!(owner.delete(&path).await.refusal(), (409, "conflict"));
    assert_eq!(owner.delete(&format!("{path}?force=true")).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_site_has_five_active_sectors_at_most() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let site = town.acme.home.site;
    let body = |number: u32| json!({"site_id": site, "name": format!("Sector {number}")});
    for number in 2..=5 {
        made(&owner, "auth/sectors/", body(number)).await;
    }
    let sixth = owner.post("auth/sectors/", body(6)).await;
    assert_eq!(sixth.refusal(), (409, "conflict"));
}

#[tokio::test]
async fn sectors_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let (site, theirs) = (town.acme.home.site, town.globex.home.site);
    owner.post("auth/sectors/", json!({"name": "Herbal"})).await.complains_of("site_id");
    owner.post("auth/sectors/", json!({"site_id": site})).await.complains_of("name");
    owner.post("auth/sectors/", json!({"site_id": "x", "name": "Herbal"})).await.complains_of("site_id");
    owner.get("auth/sectors/?site=1").await.complains_of("site");
    let foreign = owner.post("auth/sectors/", json!({"site_id": theirs, "name": "Herbal"})).await;
    assert_eq!(foreign.refusal(), (404, "not_found"));
    let path = format!("auth/sectors/{}/", town.acme.home.sector);
    owner.patch(&path, json!({"clustering": "by magic"})).await.complains_of("clustering");
    unreadable(&town, &["auth/sectors/", &path]).await;
    guarded(
        &town,
        &[
            ("POST", "auth/sectors/", json!({"site_id": site, "name": "Herbal"})),
            ("PUT", &path, json!({"name": "Herbal"})),
            ("PATCH", &path, json!({"name": "Herbal"})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
