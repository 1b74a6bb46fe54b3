//! Machine keys: shown as what they are for, found by their token while they are good, and taken back for good.

use chrono::Utc;
use serde_json::json;

use crate::error::Error;
use crate::identity::{ApiKey, ApiKeyQuery, NewApiKey};
use crate::ids::{ApiKeyId, UserId};
use crate::paging::{ListQuery, Page};
use crate::tenancy::Role;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused, wait};
use crate::testing::world::{PAST_SHORT, SHORT, World};

cases! { "api_keys":
    a_key_is_kept_and_shown_without_its_token,
    keys_are_listed_newest_first,
    a_key_is_found_by_its_token,
    its_use_is_noted_once_a_minute,
    a_key_that_was_taken_back_is_not_found,
    a_key_past_its_time_is_not_found,
    a_key_belongs_to_a_user_of_the_account,
    a_key_that_is_not_there_is_not_found,
}

async fn a_key_is_kept_and_shown_without_its_token(world: &World) -> Outcome {
    let at = &world.home;
    let expires_at = chrono::DateTime::from_timestamp_micros((Utc::now() + SHORT * 1_000).timestamp_micros());
    let key = NewApiKey { expires_at, ..at.new_api_key("Machine") };
    let made = at.store.create_api_key(&at.scope, key).await?;
    check_eq!((made.name.as_str(), made.prefix.as_str(), made.role), ("Machine", "ig8_test", Role::Editor));
    check_eq!((made.user, made.tenant.account(), made.expires_at), (at.owner, at.account, expires_at));
    check_eq!((made.last_used_at, made.revoked_at), (None, None));
    check_eq!(at.store.get_api_key(&at.scope, made.id).await?, made);
    let shown = json!(made);
    check!(shown.get("token_hash").is_none() && shown.get("user_id").is_some(), "it is shown as {shown}");
    Ok(())
}

async fn keys_are_listed_newest_first(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.list_api_keys(&at.scope, &ApiKeyQuery::default()).await?.total, Some(0));
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.insert(0, at.api_key(name).await?);
        wait(std::time::Duration::from_millis(2)).await;
    }
    check_eq!(at.store.list_api_keys(&at.scope, &ApiKeyQuery::default()).await?.items, made);
    let first = at.store.list_api_keys(&at.scope, &ListQuery::default().page(Page::first(2))).await?;
    let rest = Page::After { cursor: first.next.clone(), size: 2 };
    let rest = at.store.list_api_keys(&at.scope, &ListQuery::default().page(rest)).await?;
    check_eq!([first.items, rest.items].concat(), made);
    Ok(())
}

impl World {
    async fn good_key(&self, word: &str) -> Outcome<Option<ApiKey>> {
        Ok(self.store.api_key(&self.system, &self.home.token(word)).await?)
    }
}

async fn a_key_is_found_by_its_token(world: &World) -> Outcome {
    let (at, other) = (&world.home, &world.other);
    let made = at.api_key("machine").await?;
    let theirs = other.api_key("machine").await?;
    let found = world.good_key("machine").await?;
    check_eq!(found.as_ref().map(|key| (key.id, key.tenant.account())), Some((made.id, at.account)));
    let found = world.store.api_key(&world.system, &other.token("machine")).await?;
    check_eq!(found.map(|key| (key.id, key.tenant.account())), Some((theirs.id, other.account)));
    check_eq!(world.good_key("nobody's").await?, None);
    Ok(())
}

async fn its_use_is_noted_once_a_minute(world: &World) -> Outcome {
    let at = &world.home;
    let made = at.api_key("machine").await?;
    world.good_key("machine").await?;
    let noted = at.store.get_api_key(&at.scope, made.id).await?.last_used_at;
    check!(noted.is_some_and(|noted| noted >= made.created_at), "its use is noted at {noted:?}");
    wait(PAST_SHORT).await;
    let again = world.good_key("machine").await?;
    check_eq!(again.and_then(|key| key.last_used_at), noted);
    check_eq!(at.store.get_api_key(&at.scope, made.id).await?.last_used_at, noted);
    Ok(())
}

async fn a_key_that_was_taken_back_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    let (made, kept) = (at.api_key("machine").await?, at.api_key("other").await?);
    let revoked = at.store.revoke_api_key(&at.scope, made.id).await?;
    check!(revoked.revoked_at.is_some_and(|revoked| revoked >= made.created_at), "it was not: {revoked:?}");
    check_eq!(world.good_key("machine").await?, None);
    wait(PAST_SHORT).await;
    check_eq!(at.store.revoke_api_key(&at.scope, made.id).await?, revoked);
    check_eq!(at.store.get_api_key(&at.scope, made.id).await?, revoked);
    check_eq!(world.good_key("other").await?.map(|key| key.id), Some(kept.id));
    Ok(())
}

async fn a_key_past_its_time_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    let key = NewApiKey { expires_at: Some(Utc::now() + SHORT), ..at.new_api_key("machine") };
    let made = at.store.create_api_key(&at.scope, key).await?;
    wait(PAST_SHORT).await;
    check_eq!(world.good_key("machine").await?, None);
    check_eq!(at.store.get_api_key(&at.scope, made.id).await?, made);
    Ok(())
}

async fn a_key_belongs_to_a_user_of_the_account(world: &World) -> Outcome {
    let at = &world.home;
    for user in [UserId::new(), world.other.owner] {
        let key = NewApiKey { user, ..at.new_api_key("machine") };
        check_refused!(at.store.create_api_key(&at.scope, key).await, Error::NotFound { .. });
    }
    Ok(())
}

async fn a_key_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    check_refused!(at.store.get_api_key(&at.scope, ApiKeyId::new()).await, Error::NotFound { .. });
    check_refused!(at.store.revoke_api_key(&at.scope, ApiKeyId::new()).await, Error::NotFound { .. });
    Ok(())
}
