//! Measures the local clusterer on CSV files: agreement with labels where the
//! files have them, number of clusters, unclustered texts and seconds.

#![allow(clippy::print_stdout, reason = "its output is what it is run for")]

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use igny8_core::clustering::{ClusterInput, Granularity, Grouping, LexicalClusterer, LexicalOptions, scores};
use serde_json::{Map, Value, json};

/// Clusters the texts of CSV files (several files are one set) and prints the scores.
#[derive(Debug, Parser)]
#[command(name = "cluster-bench")]
struct Arguments {
    /// CSV files with a header row.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Column with the texts.
    #[arg(long, default_value = "text")]
    text: String,
    /// Column with the true label of each text; without it only counts and seconds are printed.
    #[arg(long)]
    label: Option<String>,
    /// Column with the search volume.
    #[arg(long)]
    volume: Option<String>,
    /// How much one cluster covers: fine, balanced or broad.
    #[arg(long, default_value = "balanced")]
    granularity: Granularity,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
    /// Also list the clusters: name, shared terms, members.
    #[arg(long)]
    show: bool,
    /// Measure lists of these lengths instead of the whole one. Beyond the file's own length, its texts come again with
    /// invented subjects in place of their commonest word.
    #[arg(long, value_name = "LENGTH", value_delimiter = ',')]
    curve: Vec<usize>,
}

/// What the files hold, row by row.
#[derive(Debug, Default)]
struct Labelled {
    /// The keywords.
    texts: Vec<String>,
    /// Searches a month, where the file says so.
    volumes: Vec<Option<u64>>,
    /// A number for each distinct label; empty without a label column.
    labels: Vec<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let set = read(&arguments)?;
    let clusterer = LexicalClusterer::new(LexicalOptions {
        granularity: arguments.granularity,
        ..LexicalOptions::default()
    });
    if !arguments.curve.is_empty() {
        println!("{}", curve(clusterer, &set, &arguments.curve));
        return Ok(());
    }
    let inputs: Vec<ClusterInput<'_>> = set
        .texts
        .iter()
        .zip(&set.volumes)
        .map(|(text, volume)| ClusterInput { text, volume: *volume })
        .collect();
    let started = Instant::now();
    let grouping = clusterer.group(&inputs);
    let seconds = started.elapsed().as_secs_f64();

    let mut figures = Map::new();
    if arguments.label.is_some() {
        let found = partition(&grouping, inputs.len());
        let rounded = |score: f64| json!((score * 1e4).round() / 1e4);
        figures.insert("ari".into(), rounded(scores::adjusted_rand_index(&set.labels, &found)));
        figures.insert("nmi".into(), rounded(scores::normalized_mutual_information(&set.labels, &found)));
        figures.insert("ami".into(), rounded(scores::adjusted_mutual_information(&set.labels, &found)));
    }
    figures.insert("clusters".into(), json!(grouping.groups.len()));
    figures.insert("unclustered".into(), json!(grouping.unclustered.len()));
    figures.insert("seconds".into(), json!((seconds * 1e3).round() / 1e3));
    if arguments.json {
        println!("{}", Value::Object(figures));
    } else {
        for (name, figure) in figures {
            println!("{name:>12} {figure}");
        }
    }
    if arguments.show {
        show(&grouping, &set.texts);
    }
    Ok(())
}

/// Seconds and clusters by length of the list.
fn curve(clusterer: LexicalClusterer, set: &Labelled, lengths: &[usize]) -> Value {
    let points = lengths.iter().map(|length| {
        let texts = grown(&set.texts, *length);
        let inputs: Vec<ClusterInput<'_>> =
            texts.iter().map(|text| ClusterInput { text, volume: None }).collect();
        let started = Instant::now();
        let grouping = clusterer.group(&inputs);
        let seconds = started.elapsed().as_secs_f64();
        json!({
            "keywords": inputs.len(),
            "clusters": grouping.groups.len(),
            "unclustered": grouping.unclustered.len(),
            "seconds": (seconds * 1e3).round() / 1e3,
        })
    });
    json!({ "curve": points.collect::<Vec<_>>() })
}

/// A list of this length: the first of `texts`, and where they do not suffice the same about other subjects.
fn grown(texts: &[String], length: usize) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in texts.iter().flat_map(|text| text.split_whitespace()) {
        *counts.entry(word).or_default() += 1;
    }
    let subject = counts.into_iter().max_by_key(|(word, count)| (*count, *word)).map_or("", |(word, _)| word);
    let invented = (0..).flat_map(|round| {
        texts.iter().map(move |text| if round == 0 { text.clone() } else { about(text, subject, round) })
    });
    if texts.is_empty() { Vec::new() } else { invented.take(length).collect() }
}

/// The text with another subject, which it gets where it had none.
fn about(text: &str, subject: &str, round: usize) -> String {
    let other: String = round.to_string().bytes().map(|digit| char::from(digit - b'0' + b'p')).collect();
    let other = format!("{other}{other}osis");
    if text.contains(subject) { text.replace(subject, &other) } else { format!("{text} {other}") }
}

/// Reads all files into one set.
fn read(arguments: &Arguments) -> Result<Labelled, Box<dyn Error>> {
    let mut set = Labelled::default();
    let mut ids: HashMap<String, usize> = HashMap::new();
    for file in &arguments.files {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file)?;
        let header = reader.headers()?.clone();
        let column = |name: &str| {
            header
                .iter()
                .position(|column| column.trim_start_matches('\u{feff}') == name)
                .ok_or_else(|| format!("{}: no column {name:?}", file.display()))
        };
        let text = column(&arguments.text)?;
        let label = arguments.label.as_deref().map(column).transpose()?;
        let volume = arguments.volume.as_deref().map(column).transpose()?;
        for record in reader.records() {
            let record = record?;
            set.texts.push(record.get(text).unwrap_or_default().to_owned());
            set.volumes.push(volume.and_then(|volume| record.get(volume)?.parse().ok()));
            if let Some(label) = label {
                let next = ids.len();
                set.labels.push(*ids.entry(record.get(label).unwrap_or_default().to_owned()).or_insert(next));
            }
        }
    }
    Ok(set)
}

/// The group of each text; unclustered ones are groups of their own.
fn partition(grouping: &Grouping, texts: usize) -> Vec<usize> {
    let mut found: Vec<usize> = (0..texts).map(|text| grouping.groups.len() + text).collect();
    for (id, group) in grouping.groups.iter().enumerate() {
        for member in &group.members {
            found[*member] = id;
        }
    }
    found
}

/// Prints every cluster with its members, then what is in none.
fn show(grouping: &Grouping, texts: &[String]) {
    for group in &grouping.groups {
        println!(
            "\n# {} [{}] n={} cohesion={:.2}",
            group.name,
            group.shared_terms.join(", "),
            group.members.len(),
            group.cohesion
        );
        for member in &group.members {
            println!("  {}", texts[*member]);
        }
    }
    println!("\n# UNCLUSTERED n={}", grouping.unclustered.len());
    for text in &grouping.unclustered {
        println!("  {}", texts[*text]);
    }
}
