//! What the items of a run change: whole or not at all, legal moves only, and tasks that show that they wait.
//! Rows may be gone or changed by the time an item ends.

use crate::error::Error;
use crate::ids::{ContentId, RunId, TaskId};
use crate::pipeline::{
    ClusterQuery, IdeaStatus, ImageChange, ImageOwner, ImageStatus, NewCluster, NewTask, TaskStatus,
};
use crate::runs::{Change, Changeset, ItemState, NewRun, RunState};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check_eq, check_refused};
use crate::testing::listing::listed;
use crate::testing::rows::draft;
use crate::testing::world::{LONG, Workplace, World};

cases! { "run_changes":
    an_item_whose_changes_do_not_fit_writes_nothing,
    a_name_the_sector_has_means_the_cluster_it_has,
    a_move_that_is_not_legal_any_more_is_skipped,
    an_image_that_is_gone_has_no_failure_and_no_file,
    a_draft_of_a_run_ends_task_and_idea,
    tasks_wait_for_a_run_from_its_start_to_its_end,
    tasks_that_a_refused_start_would_have_queued_stay_as_they_are,
    tasks_that_cannot_wait_are_passed_over,
}

/// The states of a run's items, by position.
async fn states(at: &Workplace, id: RunId) -> Outcome<Vec<ItemState>> {
    Ok(at.store.run_items(&at.scope, id).await?.iter().map(|item| item.state).collect())
}

/// The statuses of tasks, in their order.
async fn statuses(at: &Workplace, tasks: &[TaskId]) -> Outcome<Vec<TaskStatus>> {
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(at.task_now(*task).await?.status);
    }
    Ok(statuses)
}

async fn an_item_whose_changes_do_not_fit_writes_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let idea = at.idea("Steeping", None).await?;
    at.store.queue_ideas(&at.scope, &[idea.id]).await?;
    let work = world.work(at, 30).await?;
    work.plan(&["a"]).await?;
    let create = |name: &str| Change::CreateCluster {
        site: at.site,
        sector: at.sector,
        cluster: NewCluster::named(name),
    };
    let twice = NewTask { idea: Some(idea.id), ..NewTask::titled("Steeping again") };
    let twice = Change::CreateTask { site: at.site, sector: at.sector, task: twice };
    let taken = Changeset::new().with(create("Coffee")).with(twice);
    check_refused!(work.done("a", 5, taken).await, Error::Conflict { .. });
    let foreign = world.other.task("Theirs").await?;
    for task in [foreign.id, TaskId::new()] {
        let draft = Box::new(draft("Lost")?);
        let lost = Change::SaveDraft { task, content: ContentId::new(), draft, run: Some(work.id) };
        let lost = Changeset::new().with(create("Coffee")).with(lost);
        check_refused!(work.done("a", 5, lost).await, Error::NotFound { .. });
    }
    check_eq!(states(at, work.id).await?, [ItemState::Pending]);
    check_eq!(listed!(at.list_clusters, ClusterQuery::default()).len(), 0);
    check_eq!(world.other.task_now(foreign.id).await?.status, TaskStatus::Pending);
    work.done("a", 5, Changeset::new().with(create("Coffee"))).await?;
    check_eq!(states(at, work.id).await?, [ItemState::Done]);
    Ok(())
}

async fn a_name_the_sector_has_means_the_cluster_it_has(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, keyword) = (at.cluster("Grüner Tee").await?, at.keyword("sencha").await?);
    let again = NewCluster::named("GRÜNER TEE");
    let changes = Changeset::new()
        .with(Change::CreateCluster { site: at.site, sector: at.sector, cluster: again.clone() })
        .with(Change::PlaceKeywords { cluster: again.id, keywords: vec![keyword.id] });
    world.work(at, 30).await?.apply(changes).await?;
    check_eq!(at.keyword_now(keyword.id).await?.clusters, [tea.id]);
    check_eq!(listed!(at.list_clusters, ClusterQuery::default()), ["Grüner Tee"]);
    Ok(())
}

async fn a_move_that_is_not_legal_any_more_is_skipped(world: &World) -> Outcome {
    let at = &world.home;
    let (task, other) = (at.task("Steeping").await?.id, at.task("Brewing").await?.id);
    at.store.set_task_status(&at.scope, &[task], TaskStatus::Cancelled).await?;
    let changes = Changeset::new()
        .with(Change::MoveTask { task, to: TaskStatus::Generated })
        .with(Change::MoveTask { task: other, to: TaskStatus::InProgress });
    world.work(at, 30).await?.apply(changes).await?;
    check_eq!(at.task_now(task).await?.status, TaskStatus::Cancelled);
    check_eq!(at.task_now(other).await?.status, TaskStatus::InProgress);
    Ok(())
}

async fn an_image_that_is_gone_has_no_failure_and_no_file(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let image = at.image(ImageOwner::Task(task), "A pot").await?.id;
    let foreign = world.other.task("Theirs").await?.id;
    let foreign = world.other.image(ImageOwner::Task(foreign), "Theirs").await?;
    at.store.delete_image(&at.scope, image).await?;
    let work = world.work(at, 30).await?;
    work.plan(&["gone", "foreign"]).await?;
    let change = |image, status| {
        let error = Some(Some("too dark".to_owned()));
        let change = ImageChange { status: Some(status), error, ..ImageChange::default() };
        Changeset::new().with(Change::ChangeImage { image, change })
    };
    for (key, image) in [("gone", image), ("foreign", foreign.id)] {
        let made = work.done(key, 5, change(image, ImageStatus::Generated)).await;
        check_refused!(made, Error::NotFound { .. });
        work.failed(key, change(image, ImageStatus::Failed)).await?;
    }
    check_eq!(states(at, work.id).await?, [ItemState::Failed, ItemState::Failed]);
    check_eq!(world.other.store.get_image(&world.other.scope, foreign.id).await?, foreign);
    Ok(())
}

async fn a_draft_of_a_run_ends_task_and_idea(world: &World) -> Outcome {
    let at = &world.home;
    let idea = at.idea("Steeping", None).await?;
    let (tasks, _) = at.store.queue_ideas(&at.scope, &[idea.id]).await?;
    let task = tasks.first().ok_or_else(|| Failure::new("the idea has no task"))?.id;
    let work = world.work(at, 30).await?;
    let content = ContentId::new();
    let changes = Changeset::new()
        .with(Change::MoveTask { task, to: TaskStatus::InProgress })
        .with(Change::SaveDraft { task, content, draft: Box::new(draft("Steeping")?), run: Some(work.id) })
        .with(Change::MoveTask { task, to: TaskStatus::Generated })
        .with(Change::MoveIdea { idea: idea.id, to: IdeaStatus::Used });
    work.apply(changes).await?;
    let saved = at.content_now(content).await?;
    check_eq!((saved.draft.title.as_str(), saved.revision), ("Steeping", 1));
    check_eq!(at.task_now(task).await?.status, TaskStatus::Generated);
    check_eq!(at.idea_now(idea.id).await?.status, IdeaStatus::Used);
    let revisions = at.store.list_revisions(&at.scope, content).await?;
    check_eq!(revisions.iter().map(|revision| revision.run).collect::<Vec<_>>(), [Some(work.id)]);
    Ok(())
}

async fn tasks_wait_for_a_run_from_its_start_to_its_end(world: &World) -> Outcome {
    use TaskStatus::{Cancelled, Failed, Generated, InProgress, Pending, Queued};
    let at = &world.home;
    let mut tasks = Vec::new();
    for title in ["new", "failed before", "written before", "written now", "called off"] {
        tasks.push(at.task(title).await?.id);
    }
    at.move_task(tasks[1], &[Queued, Failed]).await?;
    at.move_task(tasks[2], &[Generated]).await?;
    let before = [Pending, Failed, Generated, Pending, Pending];
    let waiting = |name: &str| NewRun { waiting_tasks: tasks.clone(), ..at.new_run(name, 10) };

    // Cancelled before anybody came, and given up by a worker: each time the tasks are as they were.
    let first = at.enqueue(waiting("first")).await?;
    check_eq!(statuses(at, &tasks).await?, [Queued; 5]);
    at.store.cancel_run(&at.scope, first.id).await?;
    check_eq!(statuses(at, &tasks).await?, before);
    let work = world.work_on(at, waiting("second"), LONG).await?;
    check_eq!(statuses(at, &tasks).await?, [Queued; 5]);
    work.plan(&["written now"]).await?;
    check_eq!(statuses(at, &tasks).await?, [InProgress; 5]);
    at.store.set_task_status(&at.scope, &tasks[4..], Cancelled).await?;
    let written = Changeset::new().with(Change::MoveTask { task: tasks[3], to: Generated });
    work.done("written now", 5, written).await?;
    work.finish(RunState::Success).await?;
    check_eq!(statuses(at, &tasks).await?, [Pending, Failed, Generated, Generated, Cancelled]);
    Ok(())
}

async fn tasks_that_a_refused_start_would_have_queued_stay_as_they_are(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let on = |name: &str| NewRun {
        subjects: vec![task.as_uuid()],
        waiting_tasks: vec![task],
        idempotency_key: Some(name.to_owned()),
        ..at.new_run(name, 10)
    };
    let first = at.enqueue(NewRun { waiting_tasks: Vec::new(), ..on("first") }).await?;
    check_refused!(at.store.enqueue(&at.scope, on("rival")).await, Error::Conflict { .. });
    // Nor does a replay of the start queue anything again.
    check_eq!(at.enqueue(on("first")).await?.id, first.id);
    check_eq!(statuses(at, &[task]).await?, [TaskStatus::Pending]);
    Ok(())
}

async fn tasks_that_cannot_wait_are_passed_over(world: &World) -> Outcome {
    let at = &world.home;
    let (task, cancelled) = (at.task("Steeping").await?.id, at.task("Brewing").await?.id);
    at.store.set_task_status(&at.scope, &[cancelled], TaskStatus::Cancelled).await?;
    let foreign = world.other.task("Theirs").await?.id;
    let waiting_tasks = vec![TaskId::new(), foreign, cancelled, task, task];
    let work = world.work_on(at, NewRun { waiting_tasks, ..at.new_run("some", 10) }, LONG).await?;
    check_eq!(statuses(at, &[task, cancelled]).await?, [TaskStatus::Queued, TaskStatus::Cancelled]);
    check_eq!(world.other.task_now(foreign).await?.status, TaskStatus::Pending);
    at.store.delete_tasks(&at.scope, &[task]).await?;
    work.plan(&["a"]).await?;
    work.finish(RunState::Failure).await?;
    check_eq!(statuses(at, &[cancelled]).await?, [TaskStatus::Cancelled]);
    Ok(())
}
