//! Articles: one a task, every text kept as a revision, published together with its task.

use crate::error::Error;
use crate::ids::{ContentId, SiteId, TaskId};
use crate::paging::{Direction, ListQuery};
use crate::pipeline::{
    ContentChange, ContentField, ContentFilter, ContentQuery, ContentStatus, Draft, TaskStatus,
};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::draft;
use crate::testing::world::World;

cases! { "contents":
    a_first_draft_is_the_tasks_article,
    every_draft_is_a_revision,
    a_draft_based_on_an_old_revision_is_refused,
    an_article_changes_along_legal_moves,
    publishing_publishes_the_task,
    each_filter_and_order,
    an_article_that_is_not_there_is_not_found,
}

async fn a_first_draft_is_the_tasks_article(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let written = draft("Steeping")?;
    let content = at.store.save_draft(&at.scope, task, written.clone(), None).await?;
    check_eq!((content.task, content.revision, content.status), (task, 1, ContentStatus::Draft));
    check_eq!((&content.draft, content.wp_post_id), (&written, None));
    check_eq!((content.place.site(), content.place.sector()), (at.site, at.sector));
    check_eq!(at.content_now(content.id).await?, content);
    let revisions = at.store.list_revisions(&at.scope, content.id).await?;
    let revisions: Vec<_> =
        revisions.into_iter().map(|it| (it.content, it.revision, it.draft, it.run)).collect();
    check_eq!(revisions, [(content.id, 1, written, None)]);
    Ok(())
}

async fn every_draft_is_a_revision(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let first = at.content(task, "First").await?;
    let second = Draft { word_count: 700, meta_title: None, ..draft("Second")? };
    let second = at.store.save_draft(&at.scope, task, second, Some(1)).await?;
    check_eq!((second.id, second.revision, second.draft.title.as_str()), (first.id, 2, "Second"));
    check_eq!((second.draft.word_count, &second.draft.meta_title), (700, &None));
    at.content(task, "Third").await?;
    check_eq!(at.content_now(first.id).await?.revision, 3);
    let revisions = at.store.list_revisions(&at.scope, first.id).await?;
    let found: Vec<_> = revisions.iter().map(|it| (it.revision, it.draft.title.as_str())).collect();
    check_eq!(found, [(3, "Third"), (2, "Second"), (1, "First")]);
    check_eq!(listed!(at.list_contents, ContentQuery::default()), ["Third"]);
    Ok(())
}

async fn a_draft_based_on_an_old_revision_is_refused(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    for base in [1, 7] {
        let early = at.store.save_draft(&at.scope, task, draft("Early")?, Some(base)).await;
        check_refused!(early, Error::Conflict { .. });
    }
    let content = at.content(task, "First").await?.id;
    at.content(task, "Second").await?;
    for base in [0, 1, 3] {
        let stale = at.store.save_draft(&at.scope, task, draft("Stale")?, Some(base)).await;
        check_refused!(stale, Error::Conflict { .. });
    }
    check_eq!(at.content_now(content).await?.draft.title, "Second");
    check_eq!(at.store.list_revisions(&at.scope, content).await?.len(), 2);
    Ok(())
}

async fn an_article_changes_along_legal_moves(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let content = at.content(task, "Steeping").await?.id;
    let change = ContentChange { status: Some(ContentStatus::Review), wp_post_id: Some(Some(42)) };
    let changed = at.store.update_content(&at.scope, content, change).await?;
    check_eq!((changed.status, changed.wp_post_id, changed.revision), (ContentStatus::Review, Some(42), 1));
    let illegal = ContentChange { status: Some(ContentStatus::Published), wp_post_id: Some(None) };
    check_refused!(at.store.update_content(&at.scope, content, illegal).await, Error::IllegalMove { .. });
    check_eq!(at.content_now(content).await?, changed);
    let forgotten = ContentChange { status: None, wp_post_id: Some(None) };
    check_eq!(at.store.update_content(&at.scope, content, forgotten).await?.wp_post_id, None);
    Ok(())
}

async fn publishing_publishes_the_task(world: &World) -> Outcome {
    let at = &world.home;
    let (task, cancelled) = (at.task("Steeping").await?.id, at.task("Cancelled").await?.id);
    let content = at.content(task, "Steeping").await?.id;
    at.move_task(task, &[TaskStatus::Generated]).await?;
    at.move_content(content, &[ContentStatus::Approved]).await?;
    check_eq!(at.task_now(task).await?.status, TaskStatus::Generated);
    at.move_content(content, &[ContentStatus::Published]).await?;
    check_eq!(at.content_now(content).await?.status, ContentStatus::Published);
    check_eq!(at.task_now(task).await?.status, TaskStatus::Published);
    // Where the task may not become published, the article still may.
    let other = at.content(cancelled, "Cancelled").await?.id;
    at.store.set_task_status(&at.scope, &[cancelled], TaskStatus::Cancelled).await?;
    let standing = at.task_now(cancelled).await?.status;
    at.move_content(other, &[ContentStatus::Approved, ContentStatus::Published]).await?;
    check_eq!(at.content_now(other).await?.status, ContentStatus::Published);
    check_eq!(at.task_now(cancelled).await?.status, standing);
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let (mut ids, mut tasks) = (Vec::new(), Vec::new());
    for (title, words, score) in [("B 50%", 900, 70), ("C 500", 700, 90), ("A", 800, 80)] {
        let task = at.task(title).await?.id;
        let mut draft = Draft { word_count: words, ..draft(title)? };
        draft.seo.score = score;
        ids.push(at.store.save_draft(&at.scope, task, draft, None).await?.id);
        tasks.push(task);
    }
    let beside = at.site_beside("Second").await?;
    let elsewhere = beside.task("Elsewhere").await?.id;
    beside.content(elsewhere, "Elsewhere").await?;
    at.move_content(ids[2], &[ContentStatus::Review]).await?;
    let all = ContentFilter { sector: Some(at.sector), ..ContentFilter::default() };
    let every = ["A", "B 50%", "C 500"];
    let table: &[(ContentFilter, &[&str])] = &[
        (all.clone(), &every),
        (ContentFilter { site: Some(at.site), ..ContentFilter::default() }, &every),
        (ContentFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (ContentFilter { ids: Some(ids[..2].to_vec()), ..all.clone() }, &["B 50%", "C 500"]),
        (ContentFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (ContentFilter { tasks: Some(tasks[1..].to_vec()), ..all.clone() }, &["A", "C 500"]),
        (ContentFilter { tasks: Some(vec![]), ..all.clone() }, &[]),
        (ContentFilter { search: Some(" 50%".to_owned()), ..all.clone() }, &["B 50%"]),
        (ContentFilter { statuses: vec![ContentStatus::Review], ..all.clone() }, &["A"]),
    ];
    for (filter, due) in table {
        let query: ContentQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_contents, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    for (field, due) in [
        (ContentField::CreatedAt, ["B 50%", "C 500", "A"]),
        (ContentField::Title, ["A", "B 50%", "C 500"]),
        (ContentField::WordCount, ["C 500", "A", "B 50%"]),
        (ContentField::SeoScore, ["B 50%", "A", "C 500"]),
    ] {
        let query = ListQuery::filtered(all.clone()).order_by(field, Direction::Ascending);
        let found = listed!(at.list_contents, query);
        check!(found == due, "by {field:?}: {found:?} where {due:?} is due");
    }
    Ok(())
}

async fn an_article_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, ContentId::new());
    check_refused!(at.store.get_content(&at.scope, nowhere).await, Error::NotFound { .. });
    check_refused!(at.store.list_revisions(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_content(&at.scope, nowhere, ContentChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    let saved = at.store.save_draft(&at.scope, TaskId::new(), draft("Lost")?, None).await;
    check_refused!(saved, Error::NotFound { .. });
    Ok(())
}
