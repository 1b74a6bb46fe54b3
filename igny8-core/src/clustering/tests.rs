//! What a grouping promises whatever the keywords, and what a person expects to find together.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{ClusterInput, Granularity, Grouping, LexicalClusterer, LexicalOptions};

fn group(texts: &[&str]) -> Grouping {
    group_with(LexicalOptions::default(), texts)
}

fn group_with(options: LexicalOptions, texts: &[&str]) -> Grouping {
    let inputs: Vec<ClusterInput<'_>> =
        texts.iter().map(|text| ClusterInput { text, volume: None }).collect();
    LexicalClusterer::new(options).group(&inputs)
}

/// The number of the group that `wanted` is in.
fn home(grouping: &Grouping, texts: &[&str], wanted: &str) -> Option<usize> {
    grouping.groups.iter().position(|group| group.members.iter().any(|member| texts[*member] == wanted))
}

/// Every index exactly once, groups of at least `least` members, cohesion in its range.
fn check(grouping: &Grouping, inputs: usize, least: usize) {
    let mut seen: Vec<usize> = grouping.unclustered.clone();
    assert!(seen.is_sorted(), "unclustered ascend");
    for group in &grouping.groups {
        assert!(group.members.len() >= least.max(1), "{group:?}");
        assert!((0.0..=1.0).contains(&group.cohesion), "{group:?}");
        seen.extend(&group.members);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..inputs).collect::<Vec<_>>());
}

/// The groups as sets of texts, with what does not depend on the order of the input.
fn as_sets(grouping: &Grouping, texts: &[&str]) -> BTreeMap<Vec<String>, (String, Vec<String>, u32)> {
    let sorted = |members: &[usize]| {
        let mut found: Vec<String> = members.iter().map(|member| texts[*member].to_owned()).collect();
        found.sort_unstable();
        found
    };
    let groups = grouping.groups.iter().map(|group| {
        let described = (group.name.clone(), group.shared_terms.clone(), group.cohesion.to_bits());
        (sorted(&group.members), described)
    });
    groups.chain([(sorted(&grouping.unclustered), Default::default())]).collect()
}

/// Keywords about several topics in several phrasings: enough for every step to have work.
fn mixed(count: usize) -> Vec<String> {
    let topics = ["hrt patch", "night sweats", "car insurance", "espresso machine", "running shoes", "pizza"];
    let shapes = ["best #", "# for women", "how to choose #", "# cost", "what is #", "cheap # near me", "#"];
    let extras = ["", " 2024", " reviews", " online", " symptoms", " guide", " uk", " brands", " at home"];
    (0..count)
        .map(|i| {
            let topical = shapes[i / 5 % shapes.len()].replace('#', topics[i % topics.len()]);
            format!("{topical}{}", extras[i / 7 % extras.len()])
        })
        .collect()
}

#[test]
fn nothing_and_blanks_are_no_failure() {
    assert_eq!(group(&[]), Grouping::default());
    let blank = group(&["", " ", "\t\n", ""]);
    assert!(blank.groups.is_empty());
    assert_eq!(blank.unclustered, [0, 1, 2, 3]);
}

#[test]
fn one_keyword_is_a_group_only_if_asked_for() {
    assert_eq!(group(&["hrt"]).unclustered, [0]);
    for min_size in [0, 1] {
        let alone = group_with(LexicalOptions { min_size, ..LexicalOptions::default() }, &["hrt"]);
        assert_eq!(alone.groups.len(), 1);
        assert_eq!((alone.groups[0].name.as_str(), alone.groups[0].members.as_slice()), ("hrt", &[0][..]));
    }
}

#[test]
fn equal_keywords_are_one_group() {
    let found = group(&["hot flashes"; 50]);
    check(&found, 50, 2);
    assert_eq!(found.groups.len(), 1);
    assert_eq!(found.groups[0].members.len(), 50);
}

#[test]
fn every_script_is_read() {
    let texts = [
        "更年期症状",
        "更年期 症状",
        "أعراض سن اليأس",
        "سن اليأس",
        "🍕",
        "🍕",
        "симптомы климакса",
        "climax",
    ];
    let found = group(&texts);
    check(&found, texts.len(), 2);
    for (a, b) in [("更年期症状", "更年期 症状"), ("أعراض سن اليأس", "سن اليأس")]
    {
        assert!(home(&found, &texts, a).is_some(), "{found:?}");
        assert_eq!(home(&found, &texts, a), home(&found, &texts, b));
    }
    assert_eq!(found.groups.iter().filter(|group| group.members == [4, 5]).count(), 1, "{found:?}");
    assert!(found.unclustered.contains(&6) && found.unclustered.contains(&7));
}

#[test]
fn very_long_keywords_are_no_failure() {
    let (word, spaced, unspaced) = ("x".repeat(10_000), "hot flashes ".repeat(900), "更年期".repeat(3_400));
    let texts = [word.as_str(), &word, &spaced, "hot flashes", &unspaced, "更年期"];
    let found = group(&texts);
    check(&found, texts.len(), 2);
    assert_eq!(home(&found, &texts, &word), found.groups.iter().position(|group| group.members == [0, 1]));
    assert!(home(&found, &texts, "hot flashes").is_some());
    assert_eq!(home(&found, &texts, "hot flashes"), home(&found, &texts, &spaced));
}

#[test]
fn one_topic_stays_together_however_it_is_written() {
    let topics: [&[&str]; 4] = [
        &["hrt patches", "patches hrt", "hrt patch", "which hrt patch is best?"],
        &["menopause symptoms", "menopuase symptoms", "symptom of menopause", "what are menopause symptoms"],
        &["espresso machine", "best espresso machines", "how do i clean an espresso machine"],
        &["car insurance", "cheap car insurance", "insurance for cars"],
    ];
    let texts = topics.concat();
    let found = group(&texts);
    let mut homes = BTreeSet::new();
    for topic in topics {
        let first = home(&found, &texts, topic[0]);
        assert!(first.is_some() && homes.insert(first), "{topic:?} has no group of its own: {found:#?}");
        for text in topic {
            assert_eq!(home(&found, &texts, text), first, "{text}");
        }
    }
}

#[test]
fn a_misspelled_subject_is_mended_where_nothing_else_is_shared() {
    let mut texts = vec!["menopuase", "espresso", "espresso cups", "espresso beans"];
    texts.extend(["menopause", "menopause age", "menopause diet", "menopause tea", "menopause test"]);
    let found = group(&texts);
    assert!(home(&found, &texts, "menopause").is_some());
    assert_eq!(home(&found, &texts, "menopuase"), home(&found, &texts, "menopause"));
    assert_ne!(home(&found, &texts, "espresso"), home(&found, &texts, "menopause"));
}

#[test]
fn granularity_orders_the_number_of_groups() {
    let texts = mixed(378);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let groups = [Granularity::Broad, Granularity::Balanced, Granularity::Fine].map(|granularity| {
        group_with(LexicalOptions { granularity, ..LexicalOptions::default() }, &texts).groups.len()
    });
    assert!(groups[0] < groups[1] && groups[1] < groups[2], "{groups:?}");
}

#[test]
fn volumes_order_groups_and_members_but_move_none() {
    let texts = mixed(200);
    let plain: Vec<&str> = texts.iter().map(String::as_str).collect();
    let inputs: Vec<ClusterInput<'_>> =
        plain.iter().zip(0_u64..).map(|(text, i)| ClusterInput { text, volume: Some(i * i % 997) }).collect();
    let found = LexicalClusterer::default().group(&inputs);
    let volume = |member: &usize| inputs[*member].volume.unwrap_or(0);
    let totals = found.groups.iter().map(|group| group.members.iter().map(volume).sum::<u64>());
    assert!(totals.is_sorted_by(|a, b| a >= b));
    for group in &found.groups {
        assert!(group.members.iter().map(volume).is_sorted_by(|a, b| a >= b));
    }
    let without = group(&plain);
    assert_eq!(
        as_sets(&found, &plain).into_keys().collect::<Vec<_>>(),
        as_sets(&without, &plain).into_keys().collect::<Vec<_>>()
    );
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let texts = mixed(1_000);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let on = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| group(&texts))
    };
    let alone = on(1);
    assert!(alone.groups.len() > 3);
    assert_eq!(alone, on(2));
    assert_eq!(alone, on(7));
}

/// Keywords that often share words, and some that are anything at all.
fn keyword() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "hrt",
        "patch",
        "patches",
        "hot",
        "flash",
        "flashes",
        "hotflash",
        "menopause",
        "menopuase",
        "the",
        "how",
        "to",
        "症状",
        "更年期",
        "🍕",
        "سن",
        "l'été",
        "covid19",
        "",
    ]);
    prop_oneof![
        8 => prop::collection::vec(word, 0..5).prop_map(|words| words.join(" ")),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn every_keyword_is_in_one_place_whatever_the_order(
        (texts, shuffled) in prop::collection::vec(keyword(), 0..60)
            .prop_flat_map(|texts| (Just(texts.clone()), Just(texts).prop_shuffle())),
        min_size in 0_usize..4,
        granularity in prop::sample::select(vec![
            Granularity::Fine, Granularity::Balanced, Granularity::Broad,
        ]),
    ) {
        let options = LexicalOptions { granularity, min_size };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let shuffled: Vec<&str> = shuffled.iter().map(String::as_str).collect();
        let found = group_with(options, &texts);
        check(&found, texts.len(), min_size);
        prop_assert_eq!(&group_with(options, &texts), &found);
        prop_assert_eq!(as_sets(&group_with(options, &shuffled), &shuffled), as_sets(&found, &texts));
    }
}
