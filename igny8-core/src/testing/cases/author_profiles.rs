//! Author profiles: unique by name, at most one the default, taken out of sites and sectors when deleted.

use crate::error::Error;
use crate::ids::AuthorProfileId;
use crate::settings::{AuthorProfile, AuthorProfileChange, NewAuthorProfile};
use crate::tenancy::{SectorChange, SiteChange};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check_eq, check_refused};
use crate::testing::world::{Workplace, World};
use crate::vocabulary::{Tone, Vocabularies};

cases! { "author_profiles":
    a_profile_is_kept,
    a_name_is_unique_in_its_account,
    one_profile_is_the_default,
    a_profile_changes,
    profiles_are_listed_by_name,
    a_deleted_profile_is_named_nowhere,
    a_profile_that_is_not_there_is_not_found,
}

async fn profile(at: &Workplace, name: &str, is_default: bool) -> Outcome<AuthorProfile> {
    let new = NewAuthorProfile {
        name: name.to_owned(),
        description: format!("{name} writes"),
        tone: Tone::FORMAL,
        language: "pt-BR".to_owned(),
        is_default,
    };
    Ok(at.store.create_author_profile(&at.scope, new.checked(&Vocabularies::default())?).await?)
}

async fn a_profile_is_kept(world: &World) -> Outcome {
    let at = &world.home;
    let ada = profile(at, "Ada", false).await?;
    check_eq!((ada.name.as_str(), ada.description.as_str()), ("Ada", "Ada writes"));
    check_eq!((&ada.tone, ada.language.as_str(), ada.is_default), (&Tone::FORMAL, "pt-BR", false));
    check_eq!(ada.tenant.account(), at.account);
    check_eq!(at.store.get_author_profile(&at.scope, ada.id).await?, ada);
    Ok(())
}

async fn a_name_is_unique_in_its_account(world: &World) -> Outcome {
    let at = &world.home;
    let (ada, bea) = (profile(at, "Ada", false).await?, profile(at, "Bea", false).await?);
    let new = NewAuthorProfile {
        name: "Ada".to_owned(),
        description: String::new(),
        tone: Tone::FRIENDLY,
        language: "en".to_owned(),
        is_default: false,
    };
    check_refused!(at.store.create_author_profile(&at.scope, new).await, Error::Conflict { .. });
    let renamed = AuthorProfileChange { name: Some("Ada".to_owned()), ..AuthorProfileChange::default() };
    let taken = at.store.update_author_profile(&at.scope, bea.id, renamed.clone()).await;
    check_refused!(taken, Error::Conflict { .. });
    check_eq!(at.store.update_author_profile(&at.scope, ada.id, renamed).await?.name, "Ada");
    profile(&world.other, "Ada", false).await?;
    Ok(())
}

async fn one_profile_is_the_default(world: &World) -> Outcome {
    let at = &world.home;
    let theirs = profile(&world.other, "Ada", true).await?;
    let (ada, bea) = (profile(at, "Ada", true).await?, profile(at, "Bea", true).await?);
    let default = async |id: AuthorProfileId| -> Outcome<bool> {
        Ok(at.store.get_author_profile(&at.scope, id).await?.is_default)
    };
    check_eq!((default(ada.id).await?, default(bea.id).await?), (false, true));
    let back = AuthorProfileChange { is_default: Some(true), ..AuthorProfileChange::default() };
    at.store.update_author_profile(&at.scope, ada.id, back).await?;
    check_eq!((default(ada.id).await?, default(bea.id).await?), (true, false));
    let other = &world.other;
    check_eq!(other.store.get_author_profile(&other.scope, theirs.id).await?, theirs);
    Ok(())
}

async fn a_profile_changes(world: &World) -> Outcome {
    let at = &world.home;
    let ada = profile(at, "Ada", false).await?;
    let change = AuthorProfileChange {
        name: Some("Ada Lovelace".to_owned()),
        description: Some("Counts".to_owned()),
        tone: Some(Tone::PLAYFUL),
        language: Some("en".to_owned()),
        is_default: None,
    };
    let changed = at.store.update_author_profile(&at.scope, ada.id, change).await?;
    check_eq!((changed.name.as_str(), changed.description.as_str()), ("Ada Lovelace", "Counts"));
    check_eq!((&changed.tone, changed.language.as_str()), (&Tone::PLAYFUL, "en"));
    check_eq!(at.store.get_author_profile(&at.scope, ada.id).await?, changed);
    Ok(())
}

async fn profiles_are_listed_by_name(world: &World) -> Outcome {
    let at = &world.home;
    for name in ["Cleo", "Ada", "Bea"] {
        profile(at, name, false).await?;
    }
    profile(&world.other, "Dora", false).await?;
    let names: Vec<String> =
        at.store.list_author_profiles(&at.scope).await?.into_iter().map(|it| it.name).collect();
    check_eq!(names, ["Ada", "Bea", "Cleo"]);
    Ok(())
}

async fn a_deleted_profile_is_named_nowhere(world: &World) -> Outcome {
    let at = &world.home;
    let (ada, bea) = (profile(at, "Ada", true).await?.id, profile(at, "Bea", false).await?.id);
    let site = SiteChange { author_profile: Some(Some(ada)), ..SiteChange::default() };
    at.store.update_site(&at.scope, at.site, site).await?;
    let sector = SectorChange { author_profile: Some(Some(ada)), ..SectorChange::default() };
    check_eq!(at.store.update_sector(&at.scope, at.sector, sector).await?.author_profile, Some(ada));
    let beside = at.sector_beside("Second").await?;
    let sector = SectorChange { author_profile: Some(Some(bea)), ..SectorChange::default() };
    at.store.update_sector(&at.scope, beside.sector, sector).await?;
    at.store.delete_author_profile(&at.scope, ada).await?;
    check_refused!(at.store.get_author_profile(&at.scope, ada).await, Error::NotFound { .. });
    check_eq!(at.store.get_site(&at.scope, at.site).await?.author_profile, None);
    check_eq!(at.store.get_sector(&at.scope, at.sector).await?.author_profile, None);
    check_eq!(at.store.get_sector(&at.scope, beside.sector).await?.author_profile, Some(bea));
    Ok(())
}

async fn a_profile_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, AuthorProfileId::new());
    check_refused!(at.store.get_author_profile(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_author_profile(&at.scope, nowhere, AuthorProfileChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    check_refused!(at.store.delete_author_profile(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
