//! `planner/keywords/import_csv/` and `export_csv/`.

use igny8_core::ids::SectorId;
use igny8_core::tenancy::Role;
use serde_json::json;

use crate::checks::{guarded, id_of};
use crate::client::{Client, Reply};
use crate::town::{Tenant, Town};

const CSV: &str =
    "Keyword,Volume,Keyword Difficulty,Intent\ngreen tea,900,30,Commercial\noolong,100,20,Informational\n";

const IMPORT: &str = "planner/keywords/import_csv/";

async fn send_csv(client: &Client, query: &str, text: &str) -> Reply {
    client.send_as("POST", &format!("{IMPORT}{query}"), Some(("text/csv", text.to_owned()))).await
}

/// A form of these fields; one named `file` is a file.
fn form(fields: &[(&str, &str)]) -> (&'static str, String) {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"tea.csv\"" } else { "" };
        body +=
            &format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
    }
    ("multipart/form-data; boundary=edge", body + "--edge--\r\n")
}

fn into_sector(tenant: &Tenant) -> String {
    format!("?sector_id={}", tenant.sector())
}

#[tokio::test]
async fn a_file_is_imported_as_the_body_or_by_form() {
    let town = Town::new().await;
    town.drives(&["importKeywords", "exportKeywords"]);
    let owner = town.acme.owner();
    let sector = into_sector(&town.acme);
    let dry = send_csv(&owner, &format!("{sector}&dry_run=true"), CSV).await;
    assert_eq!((&dry.data()["created"], &dry.data()["tables"][0]["rows"]), (&json!(2), &json!(2)));
    assert_eq!(owner.get("planner/keywords/").await.body["count"], 0);

    let done = send_csv(&owner, &format!("{sector}&site_id={}", town.acme.home.site), CSV).await;
    assert_eq!((&done.data()["created"], &done.data()["updated"]), (&json!(2), &json!(0)));
    let more = format!("{CSV}pu-erh,50,,\n");
    let fields = [("sector_id", town.acme.sector()), ("dry_run", "false".to_owned()), ("file", more)];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let formed = owner.send_as("POST", IMPORT, Some(form(&fields))).await;
    assert_eq!(formed.data()["created"], 1, "{formed:?}");
    let by_query = owner.send_as("POST", &format!("{IMPORT}{sector}"), Some(form(&[("file", CSV)]))).await;
    assert_eq!(by_query.data()["created"], 0);
    let without_slash = format!("planner/keywords/import_csv{sector}");
    let again = owner.send_as("POST", &without_slash, Some(("text/csv", CSV.to_owned()))).await;
    assert_eq!(again.data()["created"], 0);
    let imported = format!("planner/keywords/?import_id={}", formed.data()["id"].as_str().unwrap());
    assert_eq!(owner.get(&imported).await.status, 200);

    let exported = owner.get("planner/keywords/export_csv/?volume_min=60").await;
    assert_eq!(exported.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(exported.header("content-disposition"), "attachment; filename=\"keywords.csv\"");
    assert!(exported.text.contains("green tea") && !exported.text.contains("pu-erh"), "{}", exported.text);
}

#[tokio::test]
async fn a_file_of_many_chunks_comes_back_whole() {
    let town = Town::new().await;
    let (acme, globex) = (town.acme.owner(), town.globex.owner());
    let mut file = "Keyword,Volume\n".to_owned();
    for number in 0..6_000 {
        file += &format!("tea number {number:05} with a long enough name to fill the chunks,{number}\n");
    }
    assert_eq!(send_csv(&acme, &into_sector(&town.acme), &file).await.data()["created"], 6_000);
    let exported = acme.get("planner/keywords/export_csv/").await;
    assert!(exported.bytes.len() > 5 * 64 * 1024, "{}", exported.bytes.len());
    assert_eq!(exported.text.lines().count(), 6_001);
    let back = send_csv(&globex, &into_sector(&town.globex), &exported.text).await;
    assert_eq!((&back.data()["created"], &back.data()["rejected_total"]), (&json!(6_000), &json!(0)));
    assert_eq!(globex.get("planner/keywords/export_csv/").await.text, exported.text);
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_with_the_reason() {
    let town = Town::with(|config| config.upload_limit(1_000)).await;
    let owner = town.acme.owner();
    let sector = into_sector(&town.acme);
    send_csv(&owner, "", CSV).await.complains_of("sector_id");
    send_csv(&owner, "?sector_id=x", CSV).await.complains_of("sector_id");
    send_csv(&owner, &format!("{sector}&colour=red"), CSV).await.complains_of("colour");
    send_csv(&owner, &format!("{sector}&dry_run=perhaps"), CSV).await.complains_of("dry_run");
    for (fields, complaint) in [
        (vec![("file", CSV), ("colour", "red")], "colour"),
        (vec![("dry_run", "false")], "file"),
        (vec![("file", CSV), ("sector_id", "x")], "sector_id"),
        (vec![("file", CSV), ("site_id", "x")], "site_id"),
        (vec![("file", CSV), ("dry_run", "perhaps")], "dry_run"),
        (vec![("dry_run", &*"x".repeat(500)), ("file", CSV)], "dry_run"),
    ] {
        owner
            .send_as("POST", &format!("{IMPORT}{sector}"), Some(form(&fields)))
            .await
            .complains_of(complaint);
    }
    let unbounded = ("multipart/form-data", "--edge--".to_owned());
    owner.send_as("POST", IMPORT, Some(unbounded)).await.complains_of("file");
    let cut = ("multipart/form-data; boundary=edge", "--edge\r\nContent-Disposition: form".to_owned());
    owner.send_as("POST", IMPORT, Some(cut)).await.complains_of("file");
    assert_eq!(send_csv(&owner, &sector, "").await.refusal(), (400, "import_failed"));
    assert_eq!(send_csv(&owner, &sector, "colour,size\nred,1\n").await.refusal(), (400, "import_failed"));

    let json = owner.post(IMPORT, json!({"keyword": "tea"})).await;
    assert_eq!(json.refusal(), (415, "unsupported_media_type"));
    assert_eq!(owner.send("POST", IMPORT, None).await.refusal(), (415, "unsupported_media_type"));
    let large = format!("{CSV}{}", "tea,1\n".repeat(300));
    for reply in [
        send_csv(&owner, &sector, &large).await,
        owner.send_as("POST", &format!("{IMPORT}{sector}"), Some(form(&[("file", &large)]))).await,
    ] {
        assert_eq!(reply.refusal(), (413, "too_large"));
        assert_eq!(reply.body["error"]["details"], json!({"limit": 1_000}));
    }
    assert_eq!(owner.get("planner/keywords/").await.body["count"], 0);
}

#[tokio::test]
async fn files_go_where_the_caller_may_write() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let sector = into_sector(&town.acme);
    for place in [into_sector(&town.globex), format!("?sector_id={}", SectorId::new())] {
        assert_eq!(send_csv(&owner, &place, CSV).await.refusal(), (404, "not_found"));
    }
    let elsewhere = id_of(&owner, "auth/sites/", json!({"name": "Other"})).await;
    let wrong_site = send_csv(&owner, &format!("{sector}&site_id={elsewhere}"), CSV).await;
    assert_eq!(wrong_site.refusal(), (404, "not_found"));
    assert_eq!(send_csv(&town.anyone(), &sector, CSV).await.refusal(), (401, "unauthenticated"));
    let viewer = town.acme.client(Role::Viewer);
    assert_eq!(send_csv(&viewer, &sector, CSV).await.refusal(), (403, "forbidden"));
    assert_eq!(viewer.get("planner/keywords/export_csv/").await.status, 200);
    assert_eq!(town.anyone().get("planner/keywords/export_csv/").await.refusal(), (401, "unauthenticated"));
    owner.get("planner/keywords/export_csv/?colour=red").await.complains_of("colour");
    guarded(&town, &[]).await;
    assert_eq!(send_csv(&owner, &sector, CSV).await.refusal(), (403, "account_inactive"));
    assert_eq!(owner.get("planner/keywords/export_csv/").await.status, 200);
}
