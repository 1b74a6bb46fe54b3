//! Tasks: what is to be written. Deleting one takes its article and images along, unless it is published.

use crate::error::Error;
use crate::ids::{ClusterId, IdeaId, SectorId, SiteId, TaskId};
use crate::paging::{Direction, ListQuery};
use crate::pipeline::{ImageOwner, NewTask, TaskChange, TaskField, TaskFilter, TaskQuery, TaskStatus};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::world::World;
use crate::vocabulary::{ContentStructure, ContentType};

cases! { "tasks":
    a_task_begins_pending,
    links_stay_within_the_sector,
    an_idea_has_one_task,
    a_task_changes_along_legal_moves,
    statuses_are_set_in_bulk_where_legal,
    deleting_takes_article_and_images_along,
    a_published_task_is_not_deleted,
    each_filter_and_order,
    a_task_that_is_not_there_is_not_found,
}

async fn a_task_begins_pending(world: &World) -> Outcome {
    let at = &world.home;
    let (cluster, idea) = (at.cluster("Tea").await?.id, at.idea("Steeping", None).await?.id);
    let new = NewTask {
        description: "For those who rush".to_owned(),
        keywords: vec!["steep tea".to_owned(), "brew tea".to_owned()],
        cluster: Some(cluster),
        idea: Some(idea),
        content_type: ContentType::HUB_PAGE,
        content_structure: ContentStructure::LISTICLE,
        word_count: 900,
        ..NewTask::titled("Steeping")
    };
    let task = at.task_as(new.clone()).await?;
    check_eq!((task.id, task.title.as_str(), task.status), (new.id, "Steeping", TaskStatus::Pending));
    check_eq!((&task.description, &task.keywords), (&new.description, &new.keywords));
    check_eq!((&task.content_type, &task.content_structure), (&new.content_type, &new.content_structure));
    check_eq!((task.cluster, task.idea, task.word_count), (Some(cluster), Some(idea), 900));
    check_eq!((task.place.site(), task.place.sector()), (at.site, at.sector));
    check_eq!(at.task_now(new.id).await?, task);
    Ok(())
}

async fn links_stay_within_the_sector(world: &World) -> Outcome {
    let at = &world.home;
    let beside = at.sector_beside("Second").await?;
    let (cluster, idea) = (beside.cluster("Tea").await?.id, beside.idea("Steeping", None).await?.id);
    for new in [
        NewTask { cluster: Some(cluster), ..NewTask::titled("Torn") },
        NewTask { cluster: Some(ClusterId::new()), ..NewTask::titled("Torn") },
        NewTask { idea: Some(idea), ..NewTask::titled("Torn") },
        NewTask { idea: Some(IdeaId::new()), ..NewTask::titled("Torn") },
    ] {
        check_refused!(at.store.create_task(&at.scope, at.sector, new).await, Error::NotFound { .. });
    }
    let task = at.task("Steeping").await?.id;
    let into = TaskChange { cluster: Some(Some(cluster)), ..TaskChange::default() };
    check_refused!(at.store.update_task(&at.scope, task, into).await, Error::NotFound { .. });
    check_eq!(listed!(at.list_tasks, TaskQuery::default()), ["Steeping"]);
    Ok(())
}

async fn an_idea_has_one_task(world: &World) -> Outcome {
    let at = &world.home;
    let idea = at.idea("Steeping", None).await?.id;
    let of_idea = NewTask { idea: Some(idea), ..NewTask::titled("First") };
    at.task_as(of_idea).await?;
    let again = NewTask { idea: Some(idea), ..NewTask::titled("Second") };
    check_refused!(at.store.create_task(&at.scope, at.sector, again).await, Error::Conflict { .. });
    check_eq!(listed!(at.list_tasks, TaskQuery::default()), ["First"]);
    Ok(())
}

async fn a_task_changes_along_legal_moves(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?.id;
    let task = at.task("Steeping").await?.id;
    let change = TaskChange {
        title: Some("Brewing".to_owned()),
        description: Some("Leaves".to_owned()),
        keywords: Some(vec!["brew tea".to_owned()]),
        cluster: Some(Some(cluster)),
        content_type: Some(ContentType::HUB_PAGE),
        content_structure: Some(ContentStructure::LISTICLE),
        word_count: Some(700),
        status: Some(TaskStatus::Queued),
    };
    let changed = at.store.update_task(&at.scope, task, change).await?;
    check_eq!((changed.title.as_str(), changed.description.as_str()), ("Brewing", "Leaves"));
    check_eq!(
        (&changed.content_type, &changed.content_structure),
        (&ContentType::HUB_PAGE, &ContentStructure::LISTICLE)
    );
    check_eq!(
        (changed.word_count, changed.cluster, changed.status),
        (700, Some(cluster), TaskStatus::Queued)
    );
    check_eq!(changed.keywords, ["brew tea"]);
    let illegal = TaskChange {
        title: Some("Lost".to_owned()),
        status: Some(TaskStatus::Published),
        ..TaskChange::default()
    };
    check_refused!(at.store.update_task(&at.scope, task, illegal).await, Error::IllegalMove { .. });
    check_eq!(at.task_now(task).await?, changed);
    let out = TaskChange { cluster: Some(None), ..TaskChange::default() };
    check_eq!(at.store.update_task(&at.scope, task, out).await?.cluster, None);
    Ok(())
}

async fn statuses_are_set_in_bulk_where_legal(world: &World) -> Outcome {
    let at = &world.home;
    let (pending, written) = (at.task("Pending").await?.id, at.task("Written").await?.id);
    at.move_task(written, &[TaskStatus::Queued, TaskStatus::Generated, TaskStatus::Published]).await?;
    let nowhere = TaskId::new();
    let ids = [written, pending, nowhere];
    let outcome = at.store.set_task_status(&at.scope, &ids, TaskStatus::Cancelled).await?;
    check_eq!(outcome.changed, [pending]);
    let mut refused: Vec<_> =
        outcome.refused.iter().map(|refusal| (refusal.code.as_str(), refusal.id)).collect();
    refused.sort();
    check_eq!(refused, [("illegal_move", written), ("not_found", nowhere)]);
    check_eq!(at.task_now(pending).await?.status, TaskStatus::Cancelled);
    check_eq!(at.task_now(written).await?.status, TaskStatus::Published);
    let same = at.store.set_task_status(&at.scope, &[pending], TaskStatus::Cancelled).await?;
    check_eq!((same.changed, same.refused.len()), (vec![pending], 0));
    Ok(())
}

async fn deleting_takes_article_and_images_along(world: &World) -> Outcome {
    let at = &world.home;
    let idea = at.idea("Steeping", None).await?.id;
    let task = at.task_as(NewTask { idea: Some(idea), ..NewTask::titled("Steeping") }).await?.id;
    let kept = at.task("Kept").await?.id;
    let content = at.content(task, "Steeping").await?.id;
    let kept_content = at.content(kept, "Kept").await?.id;
    let of_task = at.image(ImageOwner::Task(task), "A pot").await?.id;
    let of_content = at.image(ImageOwner::Content(content), "A cup").await?.id;
    let outcome = at.store.delete_tasks(&at.scope, &[task]).await?;
    check_eq!((outcome.changed, outcome.refused.len()), (vec![task], 0));
    check_refused!(at.store.get_task(&at.scope, task).await, Error::NotFound { .. });
    check_refused!(at.store.get_content(&at.scope, content).await, Error::NotFound { .. });
    check_refused!(at.store.list_revisions(&at.scope, content).await, Error::NotFound { .. });
    for image in [of_task, of_content] {
        check_refused!(at.store.get_image(&at.scope, image).await, Error::NotFound { .. });
    }
    check_eq!(at.content_now(kept_content).await?.task, kept);
    check_eq!(at.idea_now(idea).await?.id, idea);
    Ok(())
}

async fn a_published_task_is_not_deleted(world: &World) -> Outcome {
    let at = &world.home;
    let (published, plain) = (at.task("Published").await?.id, at.task("Plain").await?.id);
    at.move_task(published, &[TaskStatus::Queued, TaskStatus::Generated, TaskStatus::Published]).await?;
    let nowhere = TaskId::new();
    let outcome = at.store.delete_tasks(&at.scope, &[published, plain, nowhere]).await?;
    check_eq!(outcome.changed, [plain]);
    let mut refused: Vec<_> =
        outcome.refused.iter().map(|refusal| (refusal.code.as_str(), refusal.id)).collect();
    refused.sort();
    check_eq!(refused, [("conflict", published), ("not_found", nowhere)]);
    check_eq!(at.task_now(published).await?.status, TaskStatus::Published);
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let tea = at.cluster("Tea").await?.id;
    let mut ids = Vec::new();
    for (title, word_count, cluster) in [("B 50%", 900, Some(tea)), ("C 500", 700, None), ("A", 800, None)] {
        ids.push(at.task_as(NewTask { cluster, word_count, ..NewTask::titled(title) }).await?.id);
    }
    let guide = NewTask {
        content_type: ContentType::HUB_PAGE,
        content_structure: ContentStructure::LISTICLE,
        word_count: 600,
        ..NewTask::titled("D")
    };
    at.task_as(guide).await?;
    at.site_beside("Second").await?.task("Elsewhere").await?;
    at.move_task(ids[2], &[TaskStatus::Queued]).await?;
    let all = TaskFilter { sector: Some(at.sector), ..TaskFilter::default() };
    let every = ["A", "B 50%", "C 500", "D"];
    let table: &[(TaskFilter, &[&str])] = &[
        (all.clone(), &every),
        (TaskFilter { site: Some(at.site), ..TaskFilter::default() }, &every),
        (TaskFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (TaskFilter { ids: Some(ids[..2].to_vec()), ..all.clone() }, &["B 50%", "C 500"]),
        (TaskFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (TaskFilter { search: Some(" 50%".to_owned()), ..all.clone() }, &["B 50%"]),
        (TaskFilter { statuses: vec![TaskStatus::Queued, TaskStatus::Failed], ..all.clone() }, &["A"]),
        (TaskFilter { cluster: Some(tea), ..all.clone() }, &["B 50%"]),
        (TaskFilter { content_type: Some(ContentType::HUB_PAGE), ..all.clone() }, &["D"]),
        (TaskFilter { content_structure: Some(ContentStructure::LISTICLE), ..all.clone() }, &["D"]),
    ];
    for (filter, due) in table {
        let query: TaskQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_tasks, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    for (field, due) in [
        (TaskField::CreatedAt, ["B 50%", "C 500", "A", "D"]),
        (TaskField::Title, ["A", "B 50%", "C 500", "D"]),
        (TaskField::WordCount, ["D", "C 500", "A", "B 50%"]),
    ] {
        let query = ListQuery::filtered(all.clone()).order_by(field, Direction::Ascending);
        let found = listed!(at.list_tasks, query);
        check!(found == due, "by {field:?}: {found:?} where {due:?} is due");
    }
    let by_status = ListQuery::filtered(all)
        .order_by(TaskField::Status, Direction::Descending)
        .order_by(TaskField::Title, Direction::Ascending);
    check_eq!(listed!(at.list_tasks, by_status), ["A", "B 50%", "C 500", "D"]);
    Ok(())
}

async fn a_task_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, TaskId::new());
    let new = NewTask::titled("Lost");
    check_refused!(at.store.create_task(&at.scope, SectorId::new(), new).await, Error::NotFound { .. });
    check_refused!(at.store.get_task(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_task(&at.scope, nowhere, TaskChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    Ok(())
}
