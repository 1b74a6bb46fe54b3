//! Writing to the flow of somebody else, also by naming their rows in one's own.

use std::time::Duration;

use super::victim::Victim;
use crate::error::Error;
use crate::exchange::normalize_keyword;
use crate::ids::ImportId;
use crate::paging::BulkOutcome;
use crate::pipeline::{
    ClusterChange, ContentChange, IdeaChange, ImageChange, ImageOwner, KeywordChange, KeywordStatus,
    NewCluster, NewIdea, NewKeyword, NewTask, TaskChange, TaskStatus,
};
use crate::runs::{Changeset, NewRun, RunState};
use crate::testing::check::{Failure, Outcome, check_eq, check_refused};
use crate::testing::rows::{draft, new_image};
use crate::testing::work::{Work, answer, call, halfway};
use crate::testing::world::Workplace;
use crate::vocabulary::Vocabularies;

pub(super) async fn try_writes(stranger: &Workplace, victim: &Victim) -> Outcome {
    creating_beside_or_upon(stranger, victim).await?;
    changing(stranger, victim).await?;
    deleting(stranger, victim).await?;
    working(stranger, victim).await
}

/// New rows in the victim's sector, or in the stranger's own but hung upon the victim's rows.
async fn creating_beside_or_upon(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope, theirs) = (&stranger.store, &stranger.scope, victim.at.sector);
    let (text, key) = normalize_keyword("stray").map_err(|fault| Failure::new(fault.to_string()))?;
    for (sector, cluster) in [(theirs, None), (stranger.sector, Some(victim.cluster))] {
        let keyword = NewKeyword { cluster, ..NewKeyword::new(text.clone()) };
        let refused = store.create_keyword(scope, sector, keyword, &key).await;
        check_refused!(refused, Error::NotFound { .. });
        let idea = NewIdea { cluster, ..NewIdea::titled("Stray") }.checked(&Vocabularies::default())?;
        check_refused!(store.create_idea(scope, sector, idea).await, Error::NotFound { .. });
        let task = NewTask { cluster, ..NewTask::titled("Stray") }.checked(&Vocabularies::default())?;
        check_refused!(store.create_task(scope, sector, task).await, Error::NotFound { .. });
    }
    let upon_idea = NewTask { idea: Some(victim.idea), ..NewTask::titled("Stray") };
    let upon_idea = store.create_task(scope, stranger.sector, upon_idea).await;
    check_refused!(upon_idea, Error::NotFound { .. });
    let cluster = store.create_cluster(scope, theirs, NewCluster::named("Stray")).await;
    check_refused!(cluster, Error::NotFound { .. });
    for owner in [ImageOwner::Content(victim.content), ImageOwner::Task(victim.task)] {
        let image = store.create_image(scope, new_image(owner, "Stray")).await;
        check_refused!(image, Error::NotFound { .. });
    }
    let import = store.begin_import(scope, theirs, ImportId::new()).await;
    check_refused!(import, Error::NotFound { .. });
    check_refused!(store.save_draft(scope, victim.task, draft("Stray")?, None).await, Error::NotFound { .. });
    for (site, sector) in
        [(victim.at.site, None), (victim.at.site, Some(theirs)), (stranger.site, Some(theirs))]
    {
        let new = NewRun { site, sector, ..stranger.new_run("stray", 1) };
        check_refused!(store.enqueue(scope, new).await, Error::NotFound { .. });
    }
    Ok(())
}

async fn changing(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    let keyword = KeywordChange { volume: Some(Some(1)), ..KeywordChange::default() };
    let changed = store.update_keyword(scope, victim.keyword, keyword, None).await;
    check_refused!(changed, Error::NotFound { .. });
    let cluster = ClusterChange { name: Some("Mine".to_owned()), ..ClusterChange::default() };
    check_refused!(store.update_cluster(scope, victim.cluster, cluster).await, Error::NotFound { .. });
    let idea = IdeaChange { title: Some("Mine".to_owned()), ..IdeaChange::default() };
    check_refused!(store.update_idea(scope, victim.idea, idea).await, Error::NotFound { .. });
    let task = TaskChange { title: Some("Mine".to_owned()), ..TaskChange::default() };
    check_refused!(store.update_task(scope, victim.task, task).await, Error::NotFound { .. });
    let content = ContentChange { wp_post_id: Some(Some(7)), ..ContentChange::default() };
    check_refused!(store.update_content(scope, victim.content, content).await, Error::NotFound { .. });
    let image = ImageChange { prompt: Some("Mine".to_owned()), ..ImageChange::default() };
    check_refused!(store.update_image(scope, victim.image, image).await, Error::NotFound { .. });
    nothing_changed(&store.set_keyword_status(scope, &[victim.keyword], KeywordStatus::Archived).await?)?;
    nothing_changed(&store.set_task_status(scope, &[victim.task], TaskStatus::Cancelled).await?)?;
    let (tasks, outcome) = store.queue_ideas(scope, &[victim.idea]).await?;
    check_eq!(tasks, []);
    nothing_changed(&outcome)?;

    // One's own rows hung upon the victim's.
    let own = stranger.idea("Mine", None).await?;
    let upon = IdeaChange { cluster: Some(Some(victim.cluster)), ..IdeaChange::default() };
    check_refused!(store.update_idea(scope, own.id, upon).await, Error::NotFound { .. });
    store.delete_idea(scope, own.id).await?;
    let own = stranger.task("Mine").await?;
    let upon = TaskChange { cluster: Some(Some(victim.cluster)), ..TaskChange::default() };
    check_refused!(store.update_task(scope, own.id, upon).await, Error::NotFound { .. });
    store.delete_tasks(scope, &[own.id]).await?;
    let own = stranger.keyword("mine").await?;
    let upon = KeywordChange { cluster: Some(Some(victim.cluster)), ..KeywordChange::default() };
    check_refused!(store.update_keyword(scope, own.id, upon, None).await, Error::NotFound { .. });
    store.delete_keywords(scope, &[own.id]).await?;
    Ok(())
}

async fn deleting(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    nothing_changed(&store.delete_keywords(scope, &[victim.keyword]).await?)?;
    nothing_changed(&store.delete_tasks(scope, &[victim.task]).await?)?;
    check_refused!(store.delete_cluster(scope, victim.cluster).await, Error::NotFound { .. });
    check_refused!(store.delete_idea(scope, victim.idea).await, Error::NotFound { .. });
    check_refused!(store.delete_image(scope, victim.image).await, Error::NotFound { .. });
    check_refused!(store.cancel_run(scope, victim.run.id).await, Error::NotFound { .. });
    Ok(())
}

/// A worker's writes under the epoch of the victim's run.
async fn working(stranger: &Workplace, victim: &Victim) -> Outcome {
    let theirs = Work::under(stranger, victim.run.id, victim.run.epoch);
    check_refused!(theirs.plan(&["b"]).await, Error::LeaseLost | Error::NotFound { .. });
    check_refused!(theirs.progress(&halfway()).await, Error::LeaseLost | Error::NotFound { .. });
    check_refused!(theirs.begin_call(&call("a")).await, Error::LeaseLost | Error::NotFound { .. });
    let ended = theirs.end_call(victim.call.clone(), Some(answer("a/2"))).await;
    check_refused!(ended, Error::NotFound { .. });
    check_refused!(theirs.done("a", 1, Changeset::new()).await, Error::LeaseLost | Error::NotFound { .. });
    check_refused!(theirs.give_back(Duration::ZERO, None).await, Error::LeaseLost | Error::NotFound { .. });
    check_refused!(theirs.finish(RunState::Success).await, Error::LeaseLost | Error::NotFound { .. });
    check_refused_or_none(theirs.stored("a/1").await)?;
    let key = stranger.store.run_by_key(&stranger.scope, "nobody's").await?;
    check_eq!(key, None);
    Ok(())
}

fn check_refused_or_none<T: std::fmt::Debug>(answer: crate::error::Result<Option<T>>) -> Outcome {
    match answer {
        Ok(None) | Err(Error::NotFound { .. } | Error::LeaseLost) => Ok(()),
        other => Err(Failure::new(format!("a stranger was answered {other:?}"))),
    }
}

/// The only id was refused as one that is not there.
fn nothing_changed<Id: std::fmt::Debug>(outcome: &BulkOutcome<Id>) -> Outcome {
    let codes: Vec<&str> = outcome.refused.iter().map(|refusal| refusal.code.as_str()).collect();
    check_eq!((outcome.changed.len(), codes), (0, vec!["not_found"]));
    Ok(())
}
