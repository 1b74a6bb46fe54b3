//! Strategies: prompts and sections for a sector or the whole account, taken out of sites and sectors when deleted.

use std::collections::BTreeMap;

use serde_json::json;

use crate::error::Error;
use crate::ids::{SectorId, StrategyId};
use crate::settings::{NewStrategy, PromptType, Strategy, StrategyChange};
use crate::tenancy::{SectorChange, SiteChange};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check_eq, check_refused};
use crate::testing::world::{Workplace, World};

cases! { "strategies":
    a_strategy_is_kept,
    a_strategy_changes,
    strategies_are_listed_by_name_within_reach,
    a_deleted_strategy_is_named_nowhere,
    a_strategy_that_is_not_there_is_not_found,
}

async fn strategy(at: &Workplace, name: &str, sector: Option<SectorId>) -> Outcome<Strategy> {
    let new = NewStrategy {
        name: name.to_owned(),
        description: format!("{name} first"),
        sector,
        prompt_types: BTreeMap::from([(PromptType::Ideas, "Think of {{ topic }}".to_owned())]),
        section_logic: json!({ "sections": ["Why", "How"] }),
        is_active: true,
    };
    Ok(at.store.create_strategy(&at.scope, new.checked()?).await?)
}

async fn a_strategy_is_kept(world: &World) -> Outcome {
    let at = &world.home;
    let depth = strategy(at, "Depth", Some(at.sector)).await?;
    check_eq!((depth.name.as_str(), depth.description.as_str()), ("Depth", "Depth first"));
    check_eq!((depth.sector, depth.is_active, depth.tenant.account()), (Some(at.sector), true, at.account));
    check_eq!(depth.prompt_types.get(&PromptType::Ideas).map(String::as_str), Some("Think of {{ topic }}"));
    check_eq!(depth.sections(), ["Why", "How"]);
    check_eq!(at.store.get_strategy(&at.scope, depth.id).await?, depth);
    check_eq!(strategy(at, "Depth", None).await?.sector, None);
    Ok(())
}

async fn a_strategy_changes(world: &World) -> Outcome {
    let at = &world.home;
    let depth = strategy(at, "Depth", None).await?;
    let change = StrategyChange {
        name: Some("Breadth".to_owned()),
        description: Some("Wide".to_owned()),
        prompt_types: Some(BTreeMap::new()),
        section_logic: Some(json!({ "sections": ["What"] })),
        is_active: Some(false),
    };
    let changed = at.store.update_strategy(&at.scope, depth.id, change).await?;
    check_eq!((changed.name.as_str(), changed.description.as_str()), ("Breadth", "Wide"));
    check_eq!((changed.prompt_types.len(), changed.is_active), (0, false));
    check_eq!(changed.sections(), ["What"]);
    check_eq!(at.store.get_strategy(&at.scope, depth.id).await?, changed);
    Ok(())
}

async fn strategies_are_listed_by_name_within_reach(world: &World) -> Outcome {
    let at = &world.home;
    let beside = at.site_beside("Second").await?;
    strategy(at, "Here", Some(at.sector)).await?;
    strategy(at, "Anywhere", None).await?;
    let hidden = strategy(&beside, "There", Some(beside.sector)).await?.id;
    strategy(&world.other, "Theirs", None).await?;
    let names = async |at: &Workplace| -> Outcome<Vec<String>> {
        Ok(at.store.list_strategies(&at.scope).await?.into_iter().map(|it| it.name).collect())
    };
    check_eq!(names(at).await?, ["Anywhere", "Here", "There"]);
    let editor = at.as_editor();
    check_eq!(names(&editor).await?, ["Anywhere", "Here"]);
    check_refused!(editor.store.get_strategy(&editor.scope, hidden).await, Error::NotFound { .. });
    check_refused!(editor.store.delete_strategy(&editor.scope, hidden).await, Error::NotFound { .. });
    Ok(())
}

async fn a_deleted_strategy_is_named_nowhere(world: &World) -> Outcome {
    let at = &world.home;
    let (depth, kept) = (strategy(at, "Depth", None).await?.id, strategy(at, "Kept", None).await?.id);
    let site = SiteChange { strategy: Some(Some(depth)), ..SiteChange::default() };
    at.store.update_site(&at.scope, at.site, site).await?;
    let sector = SectorChange { strategy: Some(Some(depth)), ..SectorChange::default() };
    check_eq!(at.store.update_sector(&at.scope, at.sector, sector).await?.strategy, Some(depth));
    let beside = at.sector_beside("Second").await?;
    let sector = SectorChange { strategy: Some(Some(kept)), ..SectorChange::default() };
    at.store.update_sector(&at.scope, beside.sector, sector).await?;
    at.store.delete_strategy(&at.scope, depth).await?;
    check_refused!(at.store.get_strategy(&at.scope, depth).await, Error::NotFound { .. });
    check_eq!(at.store.get_site(&at.scope, at.site).await?.strategy, None);
    check_eq!(at.store.get_sector(&at.scope, at.sector).await?.strategy, None);
    check_eq!(at.store.get_sector(&at.scope, beside.sector).await?.strategy, Some(kept));
    Ok(())
}

async fn a_strategy_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, StrategyId::new());
    let lost =
        NewStrategy { name: "Lost".to_owned(), sector: Some(SectorId::new()), ..NewStrategy::default() };
    check_refused!(at.store.create_strategy(&at.scope, lost).await, Error::NotFound { .. });
    check_refused!(at.store.get_strategy(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_strategy(&at.scope, nowhere, StrategyChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    check_refused!(at.store.delete_strategy(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
