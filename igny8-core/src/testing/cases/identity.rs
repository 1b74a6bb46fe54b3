//! Credentials and sessions: a new password closes what was open, and a token is good once.

use chrono::{DateTime, Utc};
use std::time::Duration;

use crate::error::Error;
use crate::identity::{NewSession, Rotation, TokenHash};
use crate::ids::UserId;
use crate::tenancy::Role;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused, wait};
use crate::testing::world::{LONG, PAST_SHORT, SHORT, Workplace, World};

cases! { "identity":
    a_credential_is_kept_and_each_new_one_raises_the_version,
    a_new_credential_closes_the_users_sessions,
    a_session_goes_on_from_token_to_token,
    a_token_used_twice_closes_its_family,
    another_login_is_another_family,
    an_expired_token_is_unknown,
    a_session_is_closed_by_any_of_its_tokens,
    a_users_sessions_are_closed_at_once,
    a_token_is_somebodys_alone,
    a_login_is_recorded,
    what_a_user_had_goes_with_the_user,
}

impl World {
    async fn open_session(&self, at: &Workplace, user: UserId, word: &str, lasts: Duration) -> Outcome {
        let session = NewSession { user, token: at.token(word), expires_at: until(lasts) };
        Ok(self.store.open_session(&self.system, session).await?)
    }

    async fn rotate(&self, at: &Workplace, old: &str, new: &str) -> Outcome<Rotation> {
        Ok(self.store.rotate_session(&self.system, &at.token(old), at.token(new), until(LONG)).await?)
    }

    /// None of these is known.
    async fn unknown(&self, at: &Workplace, words: &[&str]) -> Outcome {
        for word in words {
            check_eq!(self.rotate(at, word, "nothing").await?, Rotation::Unknown);
        }
        Ok(())
    }
}

fn until(lasts: Duration) -> DateTime<Utc> {
    Utc::now() + lasts
}

async fn a_credential_is_kept_and_each_new_one_raises_the_version(world: &World) -> Outcome {
    let (store, system, at) = (&world.store, &world.system, &world.home);
    check_eq!(store.credential(system, at.owner).await?, None);
    check_eq!(store.credential(system, UserId::new()).await?, None);
    for (version, hash) in [(1, "$argon2id$one"), (2, "$argon2id$two"), (3, "$argon2id$two")] {
        let set = store.set_credential(system, at.owner, hash).await?;
        check_eq!((set.user, set.password_hash.as_str(), set.token_version), (at.owner, hash, version));
        check_eq!(store.credential(system, at.owner).await?, Some(set));
    }
    check_eq!(store.credential(system, world.other.owner).await?, None);
    check_refused!(store.set_credential(system, UserId::new(), "$tea$").await, Error::NotFound { .. });
    Ok(())
}

async fn a_new_credential_closes_the_users_sessions(world: &World) -> Outcome {
    let at = &world.home;
    let colleague = at.user("ada", Role::Editor).await?.id;
    world.open_session(at, at.owner, "first", LONG).await?;
    world.open_session(at, at.owner, "second", LONG).await?;
    world.open_session(at, colleague, "colleague's", LONG).await?;
    world.rotate(at, "second", "third").await?;
    world.store.set_credential(&world.system, at.owner, "$tea$").await?;
    world.unknown(at, &["first", "second", "third"]).await?;
    check_eq!(world.rotate(at, "colleague's", "next").await?, Rotation::Rotated { user: colleague });
    Ok(())
}

async fn a_session_goes_on_from_token_to_token(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    world.open_session(at, user, "one", LONG).await?;
    for (old, new) in [("one", "two"), ("two", "three"), ("three", "four")] {
        check_eq!(world.rotate(at, old, new).await?, Rotation::Rotated { user });
    }
    world.unknown(at, &["five"]).await
}

async fn a_token_used_twice_closes_its_family(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    world.open_session(at, user, "one", LONG).await?;
    world.rotate(at, "one", "two").await?;
    world.rotate(at, "two", "three").await?;
    check_eq!(world.rotate(at, "one", "stolen").await?, Rotation::Reused { user });
    // The thief's token was never made, and whoever has the latest logs in again.
    world.unknown(at, &["one", "two", "three", "stolen"]).await
}

async fn another_login_is_another_family(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    world.open_session(at, user, "desk", LONG).await?;
    world.open_session(at, user, "phone", LONG).await?;
    world.rotate(at, "desk", "desk 2").await?;
    check_eq!(world.rotate(at, "desk", "desk 3").await?, Rotation::Reused { user });
    check_eq!(world.rotate(at, "phone", "phone 2").await?, Rotation::Rotated { user });
    Ok(())
}

async fn an_expired_token_is_unknown(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    world.open_session(at, user, "short", SHORT).await?;
    // Long enough to be used before.
    let a_while = PAST_SHORT * 8;
    world.open_session(at, user, "used", a_while).await?;
    world.rotate(at, "used", "next").await?;
    wait(a_while).await;
    world.unknown(at, &["short", "used"]).await?;
    // A used token past its time closes nothing any more.
    check_eq!(world.rotate(at, "next", "later").await?, Rotation::Rotated { user });
    // Nothing was made in place of the expired one.
    world.unknown(at, &["nothing"]).await
}

async fn a_session_is_closed_by_any_of_its_tokens(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    for closed_by in ["one", "two"] {
        world.open_session(at, user, "one", LONG).await?;
        world.rotate(at, "one", "two").await?;
        world.store.close_session(&world.system, &at.token(closed_by)).await?;
        world.unknown(at, &["one", "two"]).await?;
    }
    world.store.close_session(&world.system, &at.token("nobody's")).await?;
    let key = at.api_key("machine").await?;
    world.store.close_session(&world.system, &at.token("machine")).await?;
    check!(key_of(world, at, "machine").await?.is_some_and(|found| found.id == key.id), "a key was closed");
    Ok(())
}

async fn a_users_sessions_are_closed_at_once(world: &World) -> Outcome {
    let at = &world.home;
    let colleague = at.user("ada", Role::Editor).await?.id;
    world.open_session(at, at.owner, "desk", LONG).await?;
    world.open_session(at, at.owner, "phone", LONG).await?;
    world.open_session(at, colleague, "colleague's", LONG).await?;
    at.api_key("machine").await?;
    world.store.close_sessions(&world.system, at.owner).await?;
    world.unknown(at, &["desk", "phone"]).await?;
    check_eq!(world.rotate(at, "colleague's", "next").await?, Rotation::Rotated { user: colleague });
    check!(key_of(world, at, "machine").await?.is_some(), "a machine key went with the sessions");
    world.store.close_sessions(&world.system, UserId::new()).await?;
    Ok(())
}

async fn a_token_is_somebodys_alone(world: &World) -> Outcome {
    let (at, user) = (&world.home, world.home.owner);
    world.open_session(at, user, "one", LONG).await?;
    for other in [user, world.other.owner] {
        let again = NewSession { user: other, token: at.token("one"), expires_at: until(LONG) };
        check_refused!(world.store.open_session(&world.system, again).await, Error::Conflict { .. });
    }
    check_refused!(at.store.create_api_key(&at.scope, at.new_api_key("one")).await, Error::Conflict { .. });
    world.open_session(at, user, "two", LONG).await?;
    let taken = at.token("two");
    let refused = world.store.rotate_session(&world.system, &at.token("one"), taken, until(LONG)).await;
    check_refused!(refused, Error::Conflict { .. });
    check_eq!(world.rotate(at, "one", "three").await?, Rotation::Rotated { user });
    let nobodys = NewSession { user: UserId::new(), token: at.token("nobody's"), expires_at: until(LONG) };
    check_refused!(world.store.open_session(&world.system, nobodys).await, Error::NotFound { .. });
    Ok(())
}

async fn a_login_is_recorded(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(world.store.user(&world.system, at.owner).await?.last_login, None);
    let before = Utc::now() - Duration::from_secs(5);
    world.store.record_login(&world.system, at.owner).await?;
    let noted = world.store.user(&world.system, at.owner).await?.last_login;
    check!(noted.is_some_and(|at| at > before), "the login is noted at {noted:?}");
    check_eq!(world.store.user(&world.system, world.other.owner).await?.last_login, None);
    check_refused!(world.store.record_login(&world.system, UserId::new()).await, Error::NotFound { .. });
    Ok(())
}

async fn what_a_user_had_goes_with_the_user(world: &World) -> Outcome {
    let at = &world.home;
    let user = at.user("ada", Role::Editor).await?.id;
    world.store.set_credential(&world.system, user, "$tea$").await?;
    world.open_session(at, user, "one", LONG).await?;
    let key = crate::identity::NewApiKey { user, ..at.new_api_key("machine") };
    let key = at.store.create_api_key(&at.scope, key).await?;
    at.store.delete_user(&at.scope, user).await?;
    check_eq!(world.store.credential(&world.system, user).await?, None);
    world.unknown(at, &["one", "machine"]).await?;
    check_eq!(key_of(world, at, "machine").await?, None);
    check_refused!(at.store.get_api_key(&at.scope, key.id).await, Error::NotFound { .. });
    // The tokens are free again.
    world.open_session(at, at.owner, "one", LONG).await?;
    at.api_key("machine").await?;
    Ok(())
}

async fn key_of(world: &World, at: &Workplace, word: &str) -> Outcome<Option<crate::identity::ApiKey>> {
    let token: TokenHash = at.token(word);
    Ok(world.store.api_key(&world.system, &token).await?)
}
