//! Idempotency keys: one request is carried out once, and whoever asks again is given its answer.

use std::time::Duration;

use crate::idempotency::{KeyClaim, StoredResponse};
use crate::tenancy::Role;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check_eq, wait};
use crate::testing::rows::response;
use crate::testing::tenant::scope_for;
use crate::testing::world::{LONG, PAST_SHORT, SHORT, Workplace, World};

cases! { "idempotency":
    an_answer_is_given_again,
    a_claim_is_one_callers,
    a_key_is_for_one_request,
    a_claim_whose_lease_ran_out_is_fresh_again,
    a_released_claim_is_fresh_again,
    the_first_answer_stays,
    a_key_is_free_past_its_time,
    a_key_is_the_actors_own,
}

const REQUEST: [u8; 32] = [7; 32];

impl Workplace {
    async fn claim(&self, key: &str, lease: Duration, keep: Duration) -> Outcome<KeyClaim> {
        Ok(self.store.claim_key(&self.scope, key, &REQUEST, lease, keep).await?)
    }

    async fn complete(&self, key: &str, text: &str) -> Outcome {
        Ok(self.store.complete_key(&self.scope, key, response(text)).await?)
    }
}

fn replay(text: &str) -> KeyClaim {
    KeyClaim::Replay(response(text))
}

async fn an_answer_is_given_again(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
    at.complete("key", "„Tee“").await?;
    for _ in 0..2 {
        check_eq!(at.claim("key", LONG, LONG).await?, replay("„Tee“"));
    }
    let empty = StoredResponse { status: 204, headers: Vec::new(), body: Vec::new() };
    at.claim("empty", LONG, LONG).await?;
    at.store.complete_key(&at.scope, "empty", empty.clone()).await?;
    check_eq!(at.claim("empty", LONG, LONG).await?, KeyClaim::Replay(empty));
    let bytes = StoredResponse { status: 200, headers: Vec::new(), body: vec![0, 255, 0, 13] };
    at.claim("bytes", LONG, LONG).await?;
    at.store.complete_key(&at.scope, "bytes", bytes.clone()).await?;
    check_eq!(at.claim("bytes", LONG, LONG).await?, KeyClaim::Replay(bytes));
    Ok(())
}

async fn a_claim_is_one_callers(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::InProgress);
    check_eq!(at.claim("other", LONG, LONG).await?, KeyClaim::Fresh);
    check_eq!(world.other.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
    Ok(())
}

async fn a_key_is_for_one_request(world: &World) -> Outcome {
    let at = &world.home;
    at.claim("key", SHORT, LONG).await?;
    let another = async || at.store.claim_key(&at.scope, "key", &[8; 32], LONG, LONG).await;
    check_eq!(another().await?, KeyClaim::Mismatch);
    wait(PAST_SHORT).await;
    check_eq!(another().await?, KeyClaim::Mismatch);
    at.complete("key", "tea").await?;
    check_eq!(another().await?, KeyClaim::Mismatch);
    check_eq!(at.claim("key", LONG, LONG).await?, replay("tea"));
    Ok(())
}

async fn a_claim_whose_lease_ran_out_is_fresh_again(world: &World) -> Outcome {
    let at = &world.home;
    at.claim("key", SHORT, LONG).await?;
    wait(PAST_SHORT).await;
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::InProgress);
    Ok(())
}

async fn a_released_claim_is_fresh_again(world: &World) -> Outcome {
    let at = &world.home;
    at.claim("key", LONG, LONG).await?;
    at.store.release_key(&at.scope, "key").await?;
    check_eq!(at.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
    at.complete("key", "tea").await?;
    // What was answered is not given back, and what nobody claimed is not answered.
    at.store.release_key(&at.scope, "key").await?;
    check_eq!(at.claim("key", LONG, LONG).await?, replay("tea"));
    at.store.release_key(&at.scope, "nobody's").await?;
    at.complete("nobody's", "tea").await?;
    check_eq!(at.claim("nobody's", LONG, LONG).await?, KeyClaim::Fresh);
    Ok(())
}

async fn the_first_answer_stays(world: &World) -> Outcome {
    let at = &world.home;
    at.claim("key", LONG, LONG).await?;
    at.complete("key", "first").await?;
    at.complete("key", "second").await?;
    check_eq!(at.claim("key", LONG, LONG).await?, replay("first"));
    Ok(())
}

async fn a_key_is_free_past_its_time(world: &World) -> Outcome {
    let at = &world.home;
    at.claim("key", SHORT, SHORT).await?;
    at.complete("key", "tea").await?;
    wait(PAST_SHORT).await;
    let claimed = at.store.claim_key(&at.scope, "key", &[8; 32], LONG, LONG).await?;
    check_eq!(claimed, KeyClaim::Fresh);
    Ok(())
}

async fn a_key_is_the_actors_own(world: &World) -> Outcome {
    let at = &world.home;
    let colleague = at.user("ada", Role::Editor).await?.id;
    let as_actor = |actor| {
        let scope = scope_for(at.account, actor, Role::Editor, None);
        Workplace { scope, ..at.clone() }
    };
    let (colleague, nobody) = (as_actor(Some(colleague)), as_actor(None));
    for (actor, text) in [(at, "owner's"), (&colleague, "colleague's"), (&nobody, "nobody's")] {
        check_eq!(actor.claim("key", LONG, LONG).await?, KeyClaim::Fresh);
        actor.complete("key", text).await?;
    }
    check_eq!(at.claim("key", LONG, LONG).await?, replay("owner's"));
    check_eq!(colleague.claim("key", LONG, LONG).await?, replay("colleague's"));
    check_eq!(nobody.claim("key", LONG, LONG).await?, replay("nobody's"));
    Ok(())
}
