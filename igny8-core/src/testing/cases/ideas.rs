//! Content ideas: counted against the plan, queued once, and outlived by the task that was made of them.

use crate::error::Error;
use crate::ids::{ClusterId, IdeaId, SectorId, SiteId};
use crate::paging::{Direction, ListQuery};
use crate::pipeline::{
    IdeaChange, IdeaField, IdeaFilter, IdeaQuery, IdeaStatus, KeywordStatus, NewIdea, TaskQuery, TaskStatus,
};
use crate::tenancy::Limit;
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::world::{Workplace, World};
use crate::vocabulary::{ContentStructure, ContentType};

cases! { "ideas":
    an_idea_begins_new,
    a_cluster_is_of_the_same_sector,
    the_plan_limits_ideas,
    an_idea_changes_along_legal_moves,
    queueing_makes_a_task_that_is_the_ideas,
    queueing_puts_the_clusters_keywords_in_use,
    only_new_ideas_are_queued,
    deleting_leaves_the_task,
    each_filter_and_order,
    an_idea_that_is_not_there_is_not_found,
}

/// An idea of which everything is known.
fn steeping(cluster: ClusterId) -> NewIdea {
    NewIdea {
        description: "For those who rush".to_owned(),
        content_type: ContentType::HUB_PAGE,
        content_structure: ContentStructure::LISTICLE,
        target_keywords: vec!["steep tea".to_owned(), "brew tea".to_owned()],
        cluster: Some(cluster),
        estimated_word_count: 900,
        ..NewIdea::titled("Steeping")
    }
}

async fn an_idea_begins_new(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?.id;
    let new = steeping(cluster);
    let idea = at.idea_as(new.clone()).await?;
    check_eq!((idea.id, idea.title.as_str(), idea.status), (new.id, "Steeping", IdeaStatus::New));
    check_eq!((idea.description, idea.target_keywords), (new.description, new.target_keywords));
    check_eq!((idea.content_type, idea.content_structure), (new.content_type, new.content_structure));
    check_eq!((idea.cluster, idea.estimated_word_count), (Some(cluster), 900));
    check_eq!((idea.place.site(), idea.place.sector()), (at.site, at.sector));
    check_eq!(at.idea_now(new.id).await?.title, "Steeping");
    Ok(())
}

async fn a_cluster_is_of_the_same_sector(world: &World) -> Outcome {
    let at = &world.home;
    let elsewhere = at.sector_beside("Second").await?.cluster("Tea").await?.id;
    for cluster in [elsewhere, ClusterId::new()] {
        let idea = NewIdea { cluster: Some(cluster), ..NewIdea::titled("Steeping") };
        check_refused!(at.store.create_idea(&at.scope, at.sector, idea).await, Error::NotFound { .. });
    }
    let idea = at.idea("Steeping", None).await?.id;
    let into = IdeaChange { cluster: Some(Some(elsewhere)), ..IdeaChange::default() };
    check_refused!(at.store.update_idea(&at.scope, idea, into).await, Error::NotFound { .. });
    check_eq!(at.idea_now(idea).await?.cluster, None);
    Ok(())
}

async fn the_plan_limits_ideas(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    let plan = at.store.plan_of(&at.scope).await?;
    let most = plan.limit(Limit::ContentIdeas).ok_or_else(|| Failure::new("`free` limits no ideas"))?;
    for number in 0..most {
        at.idea(&format!("Idea {number}"), None).await?;
    }
    let one_more = at.store.create_idea(&at.scope, at.sector, NewIdea::titled("One more")).await;
    match one_more {
        Err(Error::PlanLimit { limit: Limit::ContentIdeas, used, allowed }) => {
            check_eq!((used, allowed), (most, most));
        }
        other => check!(false, "one idea too many: {other:?}"),
    }
    Ok(())
}

async fn an_idea_changes_along_legal_moves(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?.id;
    let idea = at.idea("Steeping", None).await?.id;
    let change = IdeaChange {
        title: Some("Brewing".to_owned()),
        description: Some("Leaves".to_owned()),
        content_type: Some(ContentType::HUB_PAGE),
        content_structure: Some(ContentStructure::LISTICLE),
        target_keywords: Some(vec!["brew tea".to_owned()]),
        cluster: Some(Some(cluster)),
        estimated_word_count: Some(700),
        status: Some(IdeaStatus::Archived),
    };
    let changed = at.store.update_idea(&at.scope, idea, change.clone()).await?;
    check_eq!(
        (Some(changed.title.clone()), Some(changed.description.clone())),
        (change.title, change.description)
    );
    check_eq!(
        (&changed.content_type, &changed.content_structure),
        (&ContentType::HUB_PAGE, &ContentStructure::LISTICLE)
    );
    check_eq!((changed.estimated_word_count, changed.cluster), (700, Some(cluster)));
    check_eq!((changed.status, changed.target_keywords.len()), (IdeaStatus::Archived, 1));
    let illegal = IdeaChange {
        title: Some("Lost".to_owned()),
        status: Some(IdeaStatus::Used),
        ..IdeaChange::default()
    };
    check_refused!(at.store.update_idea(&at.scope, idea, illegal).await, Error::IllegalMove { .. });
    check_eq!(at.idea_now(idea).await?, changed);
    let out = IdeaChange { cluster: Some(None), ..IdeaChange::default() };
    check_eq!(at.store.update_idea(&at.scope, idea, out).await?.cluster, None);
    Ok(())
}

async fn queueing_makes_a_task_that_is_the_ideas(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?.id;
    let new = steeping(cluster);
    let idea = at.idea_as(new.clone()).await?;
    let (tasks, outcome) = at.store.queue_ideas(&at.scope, &[idea.id]).await?;
    check_eq!((outcome.changed, outcome.refused.len()), (vec![idea.id], 0));
    let [task] = tasks.as_slice() else { return Err(Failure::new(format!("{tasks:?} were made"))) };
    check_eq!(
        (task.title.as_str(), task.status, task.idea),
        ("Steeping", TaskStatus::Pending, Some(idea.id))
    );
    check_eq!((&task.description, &task.keywords), (&new.description, &new.target_keywords));
    check_eq!((&task.content_type, &task.content_structure), (&new.content_type, &new.content_structure));
    check_eq!((task.word_count, task.cluster, task.place), (900, Some(cluster), idea.place));
    check_eq!(at.task_now(task.id).await?, *task);
    check_eq!(at.idea_now(idea.id).await?.status, IdeaStatus::Scheduled);
    Ok(())
}

async fn queueing_puts_the_clusters_keywords_in_use(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, drinks) = (at.cluster("Tea").await?.id, at.cluster("Drinks").await?.id);
    let used = at.keyword_in(tea, "assam", 1).await?.id;
    let archived = at.keyword_in(tea, "ceylon", 1).await?.id;
    at.store.set_keyword_status(&at.scope, &[archived], KeywordStatus::Archived).await?;
    let other = at.keyword_in(drinks, "cola", 1).await?.id;
    let idea = at.idea("Steeping", Some(tea)).await?.id;
    at.store.queue_ideas(&at.scope, &[idea]).await?;
    check_eq!(at.keyword_now(used).await?.status, KeywordStatus::InUse);
    check_eq!(at.keyword_now(archived).await?.status, KeywordStatus::Archived);
    check_eq!(at.keyword_now(other).await?.status, KeywordStatus::Clustered);
    Ok(())
}

async fn only_new_ideas_are_queued(world: &World) -> Outcome {
    let at = &world.home;
    let (fresh, queued) = (at.idea("Fresh", None).await?.id, at.idea("Queued", None).await?.id);
    let (archived, nowhere) = (at.idea("Archived", None).await?.id, IdeaId::new());
    at.store.queue_ideas(&at.scope, &[queued]).await?;
    let change = IdeaChange { status: Some(IdeaStatus::Archived), ..IdeaChange::default() };
    at.store.update_idea(&at.scope, archived, change).await?;
    let ids = [queued, fresh, nowhere, archived, fresh];
    let (tasks, outcome) = at.store.queue_ideas(&at.scope, &ids).await?;
    check_eq!((tasks.len(), outcome.changed), (1, vec![fresh]));
    let refused: Vec<_> = outcome.refused.iter().map(|refusal| (refusal.id, refusal.code.as_str())).collect();
    check!(refused.contains(&(nowhere, "not_found")), "one that is not there: {refused:?}");
    for id in [queued, archived] {
        check!(refused.contains(&(id, "illegal_move")), "one that is not new: {refused:?}");
    }
    check_eq!(sorted(listed!(at.list_tasks, TaskQuery::default())), ["Fresh", "Queued"]);
    check_eq!(at.idea_now(archived).await?.status, IdeaStatus::Archived);
    let (tasks, outcome) = at.store.queue_ideas(&at.scope, &[]).await?;
    check_eq!((tasks.len(), outcome.changed.len(), outcome.refused.len()), (0, 0, 0));
    Ok(())
}

async fn deleting_leaves_the_task(world: &World) -> Outcome {
    let at = &world.home;
    let idea = at.idea("Steeping", None).await?.id;
    let (tasks, _) = at.store.queue_ideas(&at.scope, &[idea]).await?;
    let task = tasks.first().ok_or_else(|| Failure::new("nothing was queued"))?.id;
    at.store.delete_idea(&at.scope, idea).await?;
    check_refused!(at.store.get_idea(&at.scope, idea).await, Error::NotFound { .. });
    check_eq!(at.task_now(task).await?.idea, None);
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let tea = at.cluster("Tea").await?.id;
    let mut ids = Vec::new();
    for (title, words, cluster) in [("B 50%", 900, Some(tea)), ("C 500", 700, None), ("A", 800, None)] {
        let idea = NewIdea { cluster, estimated_word_count: words, ..NewIdea::titled(title) };
        ids.push(at.idea_as(idea).await?.id);
    }
    let guide = NewIdea {
        content_type: ContentType::HUB_PAGE,
        content_structure: ContentStructure::LISTICLE,
        estimated_word_count: 600,
        ..NewIdea::titled("D")
    };
    at.idea_as(guide).await?;
    at.site_beside("Second").await?.idea("Elsewhere", None).await?;
    at.store.queue_ideas(&at.scope, &ids[2..]).await?;
    let all = IdeaFilter { sector: Some(at.sector), ..IdeaFilter::default() };
    let every = ["A", "B 50%", "C 500", "D"];
    let table: &[(IdeaFilter, &[&str])] = &[
        (all.clone(), &every),
        (IdeaFilter { site: Some(at.site), ..IdeaFilter::default() }, &every),
        (IdeaFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (IdeaFilter { ids: Some(ids[..2].to_vec()), ..all.clone() }, &["B 50%", "C 500"]),
        (IdeaFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (IdeaFilter { search: Some(" 50%".to_owned()), ..all.clone() }, &["B 50%"]),
        (IdeaFilter { statuses: vec![IdeaStatus::Scheduled], ..all.clone() }, &["A"]),
        (IdeaFilter { cluster: Some(tea), ..all.clone() }, &["B 50%"]),
        (IdeaFilter { content_type: Some(ContentType::HUB_PAGE), ..all.clone() }, &["D"]),
        (IdeaFilter { content_structure: Some(ContentStructure::LISTICLE), ..all.clone() }, &["D"]),
    ];
    for (filter, due) in table {
        let query: IdeaQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_ideas, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    for (field, due) in [
        (IdeaField::CreatedAt, ["B 50%", "C 500", "A", "D"]),
        (IdeaField::Title, ["A", "B 50%", "C 500", "D"]),
        (IdeaField::EstimatedWordCount, ["D", "C 500", "A", "B 50%"]),
    ] {
        let query = ListQuery::filtered(all.clone()).order_by(field, Direction::Ascending);
        let found = listed!(at.list_ideas, query);
        check!(found == due, "by {field:?}: {found:?} where {due:?} is due");
    }
    Ok(())
}

async fn an_idea_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, IdeaId::new());
    let new = NewIdea::titled("Lost");
    check_refused!(at.store.create_idea(&at.scope, SectorId::new(), new).await, Error::NotFound { .. });
    check_refused!(at.store.get_idea(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_idea(&at.scope, nowhere, IdeaChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    check_refused!(at.store.delete_idea(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
