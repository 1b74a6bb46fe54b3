//! The account as its own people see it: plan and usage.
//! Usage counts rows as they are, and what runs under way have announced.

use crate::ids::{ContentId, ImageId};
use crate::pipeline::{ImageChange, ImageOwner, ImageStatus};
use crate::runs::{Announced, Change, Changeset, RunState};
use crate::tenancy::{PlanUsage, Role};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check_eq};
use crate::testing::rows::{draft, new_image};
use crate::testing::work::call;
use crate::testing::world::{LONG, World};

cases! { "accounts":
    a_scope_sees_its_own_account_and_plan,
    usage_counts_rows_of_every_kind,
    usage_counts_what_runs_announce_and_then_what_they_did,
}

async fn a_scope_sees_its_own_account_and_plan(world: &World) -> Outcome {
    let at = &world.home;
    check_eq!(at.store.account_of(&at.scope).await?, world.store.account(&world.system, at.account).await?);
    check_eq!(at.store.plan_of(&at.scope).await?.slug, "unlimited");
    Ok(())
}

async fn usage_counts_rows_of_every_kind(world: &World) -> Outcome {
    let at = &world.home;
    at.user("editor", Role::Editor).await?;
    at.site_beside("Second").await?;
    let cluster = at.cluster("Tea").await?;
    at.keyword("green tea").await?;
    at.keyword_in(cluster.id, "oolong", 10).await?;
    at.idea("Steeping", Some(cluster.id)).await?;
    let due =
        PlanUsage { users: 2, sites: 2, keywords: 2, clusters: 1, content_ideas: 1, ..PlanUsage::default() };
    check_eq!(at.store.plan_usage(&at.scope).await?, due);
    at.store.delete_cluster(&at.scope, cluster.id).await?;
    check_eq!(at.store.plan_usage(&at.scope).await?, PlanUsage { clusters: 0, ..due });
    Ok(())
}

async fn usage_counts_what_runs_announce_and_then_what_they_did(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Tea for two").await?;
    let mut run = at.new_run("write", 20);
    run.announced = Announced { ai_requests: 3, words: 900, images: 2 };
    let work = world.work_on(at, run, LONG).await?;
    check_eq!(at.store.plan_usage(&at.scope).await?.ai_requests, 3);
    let (content, image) = (ContentId::new(), new_image(ImageOwner::Task(task.id), "A cup"));
    let made = ImageChange {
        status: Some(ImageStatus::Generated),
        image_url: Some(Some("a/b.png".to_owned())),
        ..ImageChange::default()
    };
    let id: ImageId = image.id;
    work.record(call("only"), None).await?;
    work.apply(
        Changeset::new()
            .with(Change::SaveDraft {
                task: task.id,
                content,
                draft: Box::new(draft("Tea")?),
                run: Some(work.id),
            })
            .with(Change::CreateImage { site: at.site, sector: at.sector, image })
            .with(Change::ChangeImage { image: id, change: made }),
    )
    .await?;
    work.finish(RunState::Success).await?;
    let used = at.store.plan_usage(&at.scope).await?;
    check_eq!((used.ai_requests, used.words, used.images), (1, 500, 1));
    Ok(())
}
