//! Images of an article, or of a task that has none yet: their files are told of, not kept here.

use crate::error::Error;
use crate::ids::{ContentId, ImageId, SiteId, TaskId};
use crate::paging::{Direction, ListQuery};
use crate::pipeline::{
    ImageChange, ImageField, ImageFilter, ImageOwner, ImageQuery, ImageStatus, ImageType, NewImage,
};
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::new_image;
use crate::testing::world::World;

cases! { "images":
    an_image_begins_pending_where_its_owner_is,
    an_image_changes_along_legal_moves,
    deleting_answers_what_it_was,
    each_filter_and_order,
    an_image_that_is_not_there_is_not_found,
}

async fn an_image_begins_pending_where_its_owner_is(world: &World) -> Outcome {
    let at = &world.home;
    let beside = at.sector_beside("Second").await?;
    let task = beside.task("Steeping").await?.id;
    let content = beside.content(task, "Steeping").await?.id;
    let new = NewImage {
        image_type: ImageType::InArticle,
        position: 2,
        heading: Some("Water".to_owned()),
        alt: "A kettle".to_owned(),
        ..new_image(ImageOwner::Content(content), "A kettle on a stove")
    };
    let image = at.store.create_image(&at.scope, new.clone()).await?;
    check_eq!(
        (image.id, image.status, image.image_type),
        (new.id, ImageStatus::Pending, ImageType::InArticle)
    );
    check_eq!((image.position, &image.heading, &image.alt), (2, &new.heading, &new.alt));
    check_eq!((&image.prompt, image.content, image.task), (&new.prompt, Some(content), Some(task)));
    check_eq!((&image.image_url, &image.media_type, &image.error), (&None, &None, &None));
    check_eq!((image.place.site(), image.place.sector()), (beside.site, beside.sector));
    check_eq!(at.store.get_image(&at.scope, new.id).await?, image);
    let of_task = at.image(ImageOwner::Task(task), "A cup").await?;
    check_eq!((of_task.content, of_task.task, of_task.place.sector()), (None, Some(task), beside.sector));
    Ok(())
}

async fn an_image_changes_along_legal_moves(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let image = at.image(ImageOwner::Task(task), "A pot").await?.id;
    let change = ImageChange {
        prompt: Some("A blue pot".to_owned()),
        alt: Some("Blue".to_owned()),
        image_url: Some(Some("/images/pot.png".to_owned())),
        media_type: Some(Some("image/png".to_owned())),
        status: Some(ImageStatus::Generated),
        error: Some(None),
    };
    let changed = at.store.update_image(&at.scope, image, change).await?;
    check_eq!((changed.prompt.as_str(), changed.alt.as_str()), ("A blue pot", "Blue"));
    check_eq!(changed.image_url.as_deref(), Some("/images/pot.png"));
    check_eq!((changed.media_type.as_deref(), changed.status), (Some("image/png"), ImageStatus::Generated));
    let illegal = ImageChange {
        prompt: Some("Lost".to_owned()),
        status: Some(ImageStatus::Failed),
        ..ImageChange::default()
    };
    check_refused!(at.store.update_image(&at.scope, image, illegal).await, Error::IllegalMove { .. });
    check_eq!(at.store.get_image(&at.scope, image).await?, changed);
    let again = ImageChange {
        image_url: Some(None),
        status: Some(ImageStatus::Pending),
        error: Some(Some("too dark".to_owned())),
        ..ImageChange::default()
    };
    let again = at.store.update_image(&at.scope, image, again).await?;
    check_eq!((again.image_url.as_deref(), again.error.as_deref()), (None, Some("too dark")));
    Ok(())
}

async fn deleting_answers_what_it_was(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let (image, kept) =
        (at.image(ImageOwner::Task(task), "A pot").await?, at.image(ImageOwner::Task(task), "A cup").await?);
    check_eq!(at.store.delete_image(&at.scope, image.id).await?, image);
    check_refused!(at.store.get_image(&at.scope, image.id).await, Error::NotFound { .. });
    check_eq!(at.store.get_image(&at.scope, kept.id).await?, kept);
    Ok(())
}

async fn each_filter_and_order(world: &World) -> Outcome {
    let at = &world.home;
    let task = at.task("Steeping").await?.id;
    let content = at.content(task, "Steeping").await?.id;
    let mut ids = Vec::new();
    for (prompt, owner, image_type, position) in [
        ("cover", ImageOwner::Content(content), ImageType::Featured, 0),
        ("third", ImageOwner::Content(content), ImageType::InArticle, 3),
        ("second", ImageOwner::Content(content), ImageType::InArticle, 2),
        ("loose", ImageOwner::Task(task), ImageType::InArticle, 9),
    ] {
        let new = NewImage { image_type, position, ..new_image(owner, prompt) };
        ids.push(at.store.create_image(&at.scope, new).await?.id);
    }
    let beside = at.site_beside("Second").await?;
    let elsewhere = beside.task("Elsewhere").await?.id;
    beside.image(ImageOwner::Task(elsewhere), "elsewhere").await?;
    let failed = ImageChange { status: Some(ImageStatus::Failed), ..ImageChange::default() };
    at.store.update_image(&at.scope, ids[1], failed).await?;
    let all = ImageFilter { sector: Some(at.sector), ..ImageFilter::default() };
    let every = ["cover", "loose", "second", "third"];
    let table: &[(ImageFilter, &[&str])] = &[
        (all.clone(), &every),
        (ImageFilter { site: Some(at.site), ..ImageFilter::default() }, &every),
        (ImageFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (ImageFilter { ids: Some(ids[..2].to_vec()), ..all.clone() }, &["cover", "third"]),
        (ImageFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (ImageFilter { task: Some(task), ..all.clone() }, &every),
        (ImageFilter { content: Some(content), ..all.clone() }, &["cover", "second", "third"]),
        (ImageFilter { image_type: Some(ImageType::Featured), ..all.clone() }, &["cover"]),
        (ImageFilter { statuses: vec![ImageStatus::Failed], ..all.clone() }, &["third"]),
    ];
    for (filter, due) in table {
        let query: ImageQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_images, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    for (field, due) in [
        (ImageField::CreatedAt, ["cover", "third", "second", "loose"]),
        (ImageField::Position, ["cover", "second", "third", "loose"]),
    ] {
        let query = ListQuery::filtered(all.clone()).order_by(field, Direction::Ascending);
        let found = listed!(at.list_images, query);
        check!(found == due, "by {field:?}: {found:?} where {due:?} is due");
    }
    let by_status = ListQuery::filtered(all)
        .order_by(ImageField::Status, Direction::Ascending)
        .order_by(ImageField::Position, Direction::Ascending);
    check_eq!(listed!(at.list_images, by_status), ["third", "cover", "second", "loose"]);
    Ok(())
}

async fn an_image_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, ImageId::new());
    for owner in [ImageOwner::Task(TaskId::new()), ImageOwner::Content(ContentId::new())] {
        let created = at.store.create_image(&at.scope, new_image(owner, "Lost")).await;
        check_refused!(created, Error::NotFound { .. });
    }
    check_refused!(at.store.get_image(&at.scope, nowhere).await, Error::NotFound { .. });
    let change = at.store.update_image(&at.scope, nowhere, ImageChange::default()).await;
    check_refused!(change, Error::NotFound { .. });
    check_refused!(at.store.delete_image(&at.scope, nowhere).await, Error::NotFound { .. });
    Ok(())
}
