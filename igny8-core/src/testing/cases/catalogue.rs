//! The shared catalogue: plans and industries, the same for every tenant.
//! Seeding adds what is missing and leaves what an operator changed.

use crate::error::Error;
use crate::ids::{IndustryId, PlanId};
use crate::tenancy::{seed_industries, seed_plans};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::world::World;

cases! { "catalogue":
    seeding_again_leaves_changes_alone,
    plans_come_in_the_order_they_were_made,
    a_plans_slug_is_unique,
    industries_and_their_sectors_come_by_name,
}

async fn seeding_again_leaves_changes_alone(world: &World) -> Outcome {
    let mut plan = world.store.plans().await?.remove(0);
    plan.name = "Gratis".to_owned();
    plan.included_credits = Some(0);
    world.store.save_plan(&world.system, plan.clone()).await?;
    world.store.seed(&world.system, seed_plans(), seed_industries()).await?;
    check_eq!(world.store.plan(plan.id).await?, plan);
    check_eq!(world.store.plans().await?.len(), seed_plans().len());
    check_eq!(world.store.industries().await?.len(), seed_industries().len());
    Ok(())
}

async fn plans_come_in_the_order_they_were_made(world: &World) -> Outcome {
    let mut own = seed_plans().remove(1);
    (own.id, own.name, own.slug) = (PlanId::new(), "Agency".to_owned(), "agency".to_owned());
    world.store.save_plan(&world.system, own.clone()).await?;
    let mut due = seed_plans();
    due.push(own.clone());
    check_eq!(world.store.plans().await?, due);
    check_eq!(world.store.plan(own.id).await?, own);
    check_refused!(world.store.plan(PlanId::new()).await, Error::NotFound { .. });
    Ok(())
}

async fn a_plans_slug_is_unique(world: &World) -> Outcome {
    let mut plan = seed_plans().remove(1);
    plan.id = PlanId::new();
    check_refused!(world.store.save_plan(&world.system, plan).await, Error::Conflict { .. });
    check_eq!(world.store.plans().await?, seed_plans());
    Ok(())
}

async fn industries_and_their_sectors_come_by_name(world: &World) -> Outcome {
    let industries = world.store.industries().await?;
    let mut due: Vec<_> = seed_industries().into_iter().map(|seed| seed.industry).collect();
    due.sort_by(|one, other| one.name.cmp(&other.name));
    check_eq!(industries, due);
    let seed = seed_industries().into_iter().next().ok_or_else(|| Failure::new("no industry is seeded"))?;
    let mut due = seed.sectors;
    due.sort_by(|one, other| one.name.cmp(&other.name));
    check!(!due.is_empty(), "the seeded industry has no sectors");
    check_eq!(world.store.industry_sectors(seed.industry.id).await?, due);
    check_refused!(world.store.industry_sectors(IndustryId::new()).await, Error::NotFound { .. });
    Ok(())
}
