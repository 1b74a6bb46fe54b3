//! The account's own prompts: at most one a type, replaced when saved again.

use crate::error::Error;
use crate::ids::PromptId;
use crate::settings::PromptType;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::world::World;

cases! { "prompts":
    a_prompt_is_kept_by_its_type,
    saving_again_replaces,
    prompts_are_listed_by_type,
    a_deleted_prompt_is_gone,
    a_prompt_that_is_not_there_is_not_found,
}

async fn a_prompt_is_kept_by_its_type(world: &World) -> Outcome {
    let at = &world.home;
    let text = "Group {{ keywords }} – „so“ 🫖";
    let saved = at.store.save_prompt(&at.scope, PromptType::Clustering, text, Some("auto_cluster")).await?;
    check_eq!((saved.prompt_type, saved.prompt_value.as_str()), (PromptType::Clustering, text));
    check_eq!((saved.function_name.as_deref(), saved.tenant.account()), (Some("auto_cluster"), at.account));
    check_eq!(at.store.get_prompt(&at.scope, saved.id).await?, saved);
    check_eq!(at.store.find_prompt(&at.scope, PromptType::Clustering).await?, Some(saved));
    check_eq!(at.store.find_prompt(&at.scope, PromptType::Ideas).await?, None);
    Ok(())
}

async fn saving_again_replaces(world: &World) -> Outcome {
    let at = &world.home;
    let first = at.store.save_prompt(&at.scope, PromptType::Ideas, "One", Some("generate_ideas")).await?;
    let second = at.store.save_prompt(&at.scope, PromptType::Ideas, "Two", None).await?;
    check_eq!((second.id, second.created_at), (first.id, first.created_at));
    check_eq!((second.prompt_value.as_str(), &second.function_name), ("Two", &None));
    check!(second.updated_at >= first.updated_at, "it was changed before it was made");
    check_eq!(at.store.list_prompts(&at.scope).await?, [second]);
    Ok(())
}

async fn prompts_are_listed_by_type(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.list_prompts(&at.scope).await?, []);
    for prompt_type in [PromptType::NegativePrompt, PromptType::Clustering, PromptType::Ideas] {
        at.store.save_prompt(&at.scope, prompt_type, "Think", None).await?;
    }
    let types: Vec<PromptType> =
        at.store.list_prompts(&at.scope).await?.into_iter().map(|prompt| prompt.prompt_type).collect();
    check_eq!(types, [PromptType::Clustering, PromptType::Ideas, PromptType::NegativePrompt]);
    Ok(())
}

async fn a_deleted_prompt_is_gone(world: &World) -> Outcome {
    let at = &world.home;
    let prompt = at.store.save_prompt(&at.scope, PromptType::Ideas, "Think", None).await?;
    at.store.save_prompt(&at.scope, PromptType::Clustering, "Group", None).await?;
    at.store.delete_prompt(&at.scope, PromptType::Ideas).await?;
    check_refused!(at.store.get_prompt(&at.scope, prompt.id).await, Error::NotFound { .. });
    check_eq!(at.store.list_prompts(&at.scope).await?.len(), 1);
    at.store.delete_prompt(&at.scope, PromptType::Ideas).await?;
    Ok(())
}

async fn a_prompt_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let at = &world.home;
    check_refused!(at.store.get_prompt(&at.scope, PromptId::new()).await, Error::NotFound { .. });
    Ok(())
}
