//! Lists of keywords: each filter by itself, orders with unknown values, and pages that do not slip.
//! What holds here of cursors holds of every list.

use crate::error::Error;
use crate::ids::{ImportId, SiteId};
use crate::paging::{Cursor, Direction, ListQuery, Page};
use crate::pipeline::{
    Intent, KeywordChange, KeywordField, KeywordFilter, KeywordQuery, KeywordStatus, NewKeyword,
};
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::row_of_volume;
use crate::testing::world::{Workplace, World};

cases! { "keyword_lists":
    each_filter_lets_through_what_it_says,
    conditions_hold_together,
    search_takes_its_text_literally,
    lists_hold_the_sites_within_reach,
    the_newest_comes_first_unless_asked_otherwise,
    unknown_values_are_smaller_than_all_others,
    the_second_key_orders_what_the_first_leaves_equal,
    a_page_past_the_end_is_empty_and_carries_the_total,
    a_cursor_does_not_slip_when_rows_come_and_go,
    a_cursor_of_another_order_is_invalid,
}

/// Five keywords of which different things are known; answers with the import that touched one of them.
async fn five_teas(at: &Workplace) -> Outcome<ImportId> {
    let cluster = at.cluster("Tea").await?;
    let known = |volume, difficulty, intents: &[Intent]| NewKeyword {
        volume,
        difficulty,
        intents: intents.to_vec(),
        ..NewKeyword::default()
    };
    for (text, rest) in [
        ("assam", known(Some(100), Some(10), &[Intent::Informational])),
        ("ceylon", known(Some(300), None, &[Intent::Commercial, Intent::Informational])),
        ("darjeeling", known(None, Some(80), &[])),
        (
            "earl grey",
            NewKeyword { cluster: Some(cluster.id), ..known(Some(100), Some(40), &[Intent::Transactional]) },
        ),
    ] {
        at.keyword_as(NewKeyword { keyword: text.to_owned(), ..rest }).await?;
    }
    Ok(at.import(vec![row_of_volume("fujian", 700)?]).await?.0)
}

async fn each_filter_lets_through_what_it_says(world: &World) -> Outcome {
    let at = &world.home;
    let import = five_teas(at).await?;
    let (assam, grey) = (at.keyword_called("assam").await?, at.keyword_called("earl grey").await?);
    at.store.set_keyword_status(&at.scope, &[assam.id], KeywordStatus::Archived).await?;
    let cluster = grey.clusters.first().copied().ok_or_else(|| Failure::new("earl grey is in no cluster"))?;
    let all = KeywordFilter::default();
    let every = ["assam", "ceylon", "darjeeling", "earl grey", "fujian"];
    let table: &[(KeywordFilter, &[&str])] = &[
        (all.clone(), &every),
        (KeywordFilter { site: Some(at.site), ..all.clone() }, &every),
        (KeywordFilter { site: Some(SiteId::new()), ..all.clone() }, &[]),
        (KeywordFilter::sector(at.sector), &every),
        (KeywordFilter { ids: Some(vec![grey.id, assam.id]), ..all.clone() }, &["assam", "earl grey"]),
        (KeywordFilter { ids: Some(vec![]), ..all.clone() }, &[]),
        (KeywordFilter { import: Some(import), ..all.clone() }, &["fujian"]),
        (KeywordFilter { search: Some("EE".to_owned()), ..all.clone() }, &["darjeeling"]),
        (KeywordFilter { statuses: vec![KeywordStatus::Archived], ..all.clone() }, &["assam"]),
        (
            KeywordFilter {
                statuses: vec![KeywordStatus::Archived, KeywordStatus::Clustered],
                ..all.clone()
            },
            &["assam", "earl grey"],
        ),
        (KeywordFilter::cluster(cluster), &["earl grey"]),
        (KeywordFilter { clustered: Some(true), ..all.clone() }, &["earl grey"]),
        (
            KeywordFilter { clustered: Some(false), ..all.clone() },
            &["assam", "ceylon", "darjeeling", "fujian"],
        ),
        (KeywordFilter { intent: Some(Intent::Informational), ..all.clone() }, &["assam", "ceylon"]),
        (KeywordFilter { intent: Some(Intent::Navigational), ..all.clone() }, &[]),
        (KeywordFilter { difficulty_min: Some(40), ..all.clone() }, &["darjeeling", "earl grey"]),
        (KeywordFilter { difficulty_max: Some(40), ..all.clone() }, &["assam", "earl grey"]),
        (KeywordFilter { difficulty_min: Some(0), ..all.clone() }, &["assam", "darjeeling", "earl grey"]),
        (KeywordFilter { volume_min: Some(300), ..all.clone() }, &["ceylon", "fujian"]),
        (KeywordFilter { volume_max: Some(300), ..all.clone() }, &["assam", "ceylon", "earl grey"]),
    ];
    for (filter, due) in table {
        let query: KeywordQuery = ListQuery::filtered(filter.clone());
        let found = sorted(listed!(at.list_keywords, query));
        check!(found == *due, "{filter:?} lets {found:?} through where {due:?} is due");
    }
    Ok(())
}

async fn conditions_hold_together(world: &World) -> Outcome {
    let at = &world.home;
    five_teas(at).await?;
    at.sector_beside("Second").await?.keyword("assam").await?;
    let filter = KeywordFilter {
        site: Some(at.site),
        search: Some("a".to_owned()),
        volume_max: Some(500),
        clustered: Some(false),
        ..KeywordFilter::sector(at.sector)
    };
    check_eq!(sorted(listed!(at.list_keywords, ListQuery::filtered(filter.clone()))), ["assam"]);
    Ok(())
}

async fn search_takes_its_text_literally(world: &World) -> Outcome {
    let at = &world.home;
    for text in ["50% off", "500 off", "snake_case", "snakeXcase", "Café au lait", "back\\slash", "it's"] {
        at.keyword(text).await?;
    }
    for (search, due) in [
        ("0% o", "50% off"),
        ("e_c", "snake_case"),
        ("CAFÉ", "Café au lait"),
        ("k\\s", "back\\slash"),
        ("t's", "it's"),
    ] {
        let filter = KeywordFilter { search: Some(search.to_owned()), ..KeywordFilter::default() };
        let found: Vec<String> = listed!(at.list_keywords, ListQuery::filtered(filter.clone()));
        check!(found == [due], "`{search}` finds {found:?} where `{due}` is due");
    }
    Ok(())
}

async fn lists_hold_the_sites_within_reach(world: &World) -> Outcome {
    let (at, second) = (&world.home, world.home.site_beside("Second").await?);
    at.keyword("here").await?;
    second.keyword("there").await?;
    world.other.keyword("elsewhere").await?;
    let query = KeywordQuery::default();
    check_eq!(sorted(listed!(at.list_keywords, query)), ["here", "there"]);
    let editor = second.as_editor();
    let editor = &editor;
    check_eq!(listed!(editor.list_keywords, query), ["there"]);
    Ok(())
}

async fn the_newest_comes_first_unless_asked_otherwise(world: &World) -> Outcome {
    let at = &world.home;
    for text in ["first", "second", "third"] {
        at.keyword(text).await?;
    }
    let query = KeywordQuery::default();
    check_eq!(listed!(at.list_keywords, query), ["third", "second", "first"]);
    let oldest = query.clone().order_by(KeywordField::CreatedAt, Direction::Ascending);
    check_eq!(listed!(at.list_keywords, oldest), ["first", "second", "third"]);
    let by_text = query.order_by(KeywordField::Keyword, Direction::Ascending);
    check_eq!(listed!(at.list_keywords, by_text), ["first", "second", "third"]);
    Ok(())
}

async fn unknown_values_are_smaller_than_all_others(world: &World) -> Outcome {
    let at = &world.home;
    for (text, volume) in [("ten", Some(10)), ("unknown", None), ("none", Some(0)), ("thousand", Some(1_000))]
    {
        at.keyword_as(NewKeyword { volume, ..NewKeyword::new(text) }).await?;
    }
    let by = |direction| KeywordQuery::default().order_by(KeywordField::Volume, direction);
    let up = by(Direction::Ascending);
    check_eq!(listed!(at.list_keywords, up), ["unknown", "none", "ten", "thousand"]);
    let down = by(Direction::Descending);
    check_eq!(listed!(at.list_keywords, down), ["thousand", "ten", "none", "unknown"]);
    Ok(())
}

async fn the_second_key_orders_what_the_first_leaves_equal(world: &World) -> Outcome {
    let at = &world.home;
    for (text, volume, difficulty) in [
        ("a", None, Some(5)),
        ("b", None, None),
        ("c", None, Some(90)),
        ("d", Some(10), None),
        ("e", Some(10), Some(1)),
        ("f", Some(20), Some(1)),
    ] {
        at.keyword_as(NewKeyword { volume, difficulty, ..NewKeyword::new(text) }).await?;
    }
    let mixed = KeywordQuery::default()
        .order_by(KeywordField::Volume, Direction::Descending)
        .order_by(KeywordField::Difficulty, Direction::Ascending);
    check_eq!(listed!(at.list_keywords, mixed), ["f", "d", "e", "b", "a", "c"]);
    // The id breaks the ties that are left: the same order at every reading.
    let ties = KeywordQuery::default().order_by(KeywordField::Volume, Direction::Ascending);
    let first = listed!(at.list_keywords, ties);
    check_eq!(listed!(at.list_keywords, ties), first);
    Ok(())
}

async fn a_page_past_the_end_is_empty_and_carries_the_total(world: &World) -> Outcome {
    let at = &world.home;
    at.keyword("tea").await?;
    let query = KeywordQuery::default().page(Page::Number { number: 9, size: 10 });
    let page = at.store.list_keywords(&at.scope, &query).await?;
    check_eq!((page.items.len(), page.total), (0, Some(1)));
    let none = KeywordQuery::filtered(KeywordFilter { ids: Some(vec![]), ..KeywordFilter::default() });
    check_eq!(at.store.list_keywords(&at.scope, &none).await?.total, Some(0));
    Ok(())
}

async fn a_cursor_does_not_slip_when_rows_come_and_go(world: &World) -> Outcome {
    let at = &world.home;
    for (text, volume) in [("a", None), ("b", Some(1)), ("c", Some(2)), ("d", Some(3)), ("e", Some(4))] {
        at.keyword_as(NewKeyword { volume, ..NewKeyword::new(text) }).await?;
    }
    let query = KeywordQuery::default().order_by(KeywordField::Volume, Direction::Ascending);
    let first = at.store.list_keywords(&at.scope, &query.clone().page(Page::first(2))).await?;
    let last = first.items.last().ok_or_else(|| Failure::new("the first page is empty"))?;
    // The row that the cursor rests on goes, one comes before it, and one moves from behind it to the front.
    at.store.delete_keywords(&at.scope, &[last.id]).await?;
    at.keyword("before").await?;
    let moved = at.keyword_called("e").await?;
    at.change_keyword(moved.id, KeywordChange { volume: Some(Some(0)), ..KeywordChange::default() }).await?;
    let rest = query.page(Page::After { cursor: first.next, size: 5 });
    let rest = at.store.list_keywords(&at.scope, &rest).await?;
    let texts: Vec<&str> = rest.items.iter().map(|keyword| keyword.keyword.as_str()).collect();
    check_eq!(texts, ["c", "d"]);
    check_eq!(rest.next, None);
    Ok(())
}

async fn a_cursor_of_another_order_is_invalid(world: &World) -> Outcome {
    let at = &world.home;
    for text in ["a", "b", "c"] {
        at.keyword(text).await?;
    }
    let by_volume = KeywordQuery::default().order_by(KeywordField::Volume, Direction::Ascending);
    let page = at.store.list_keywords(&at.scope, &by_volume.page(Page::first(1))).await?;
    check!(page.next.is_some(), "the first of three rows is the last page");
    let by_text = KeywordQuery::default().order_by(KeywordField::Keyword, Direction::Ascending);
    for cursor in [page.next, Some(Cursor("nonsense".to_owned())), Some(Cursor(String::new()))] {
        let query = by_text.clone().page(Page::After { cursor, size: 2 });
        check_refused!(at.store.list_keywords(&at.scope, &query).await, Error::Invalid(_));
    }
    Ok(())
}
