//! What the server sends to the database for one request, read from the database's own log.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::Ground;
use igny8_test_postgres::APPLICATION;

/// Everything that one request sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// How often the server waited for an answer of the database.
    pub round_trips: usize,
    /// The transactions.
    pub transactions: Vec<Transaction>,
}

/// One transaction of a request.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// How it began, with its settings.
    pub begin: String,
    /// Its statements with their values.
    pub statements: Vec<(String, Vec<Bound>)>,
}

/// A value as it was bound.
#[derive(Clone, Debug)]
pub enum Bound {
    /// An id.
    Id(Uuid),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Bound {
    fn read(text: String) -> Self {
        match (text.parse(), text.parse()) {
            (Ok(id), _) => Self::Id(id),
            (_, Ok(number)) => Self::Number(number),
            _ => Self::Text(text),
        }
    }

    /// As SQL writes it.
    #[must_use]
    pub fn literal(&self) -> String {
        match self {
            Self::Id(id) => format!("'{id}'"),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

/// Lets new sessions of the application's role log every message with its time, or no longer.
pub async fn log_every_statement(ground: &Ground, on: bool) {
    let setting = if on { "SET log_min_duration_statement = 0" } else { "RESET log_min_duration_statement" };
    ground.administer(&format!("ALTER ROLE {APPLICATION} {setting}")).await;
}

impl Sent {
    /// The transaction that reads this table.
    #[must_use]
    pub fn of(&self, table: &str) -> &Transaction {
        let reads = |one: &&Transaction| one.statements.iter().any(|(sql, _)| sql.contains(table));
        self.transactions.iter().find(reads).expect("no transaction of the request reads the table")
    }

    /// The figures.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"round_trips": self.round_trips, "transactions": self.transactions.len()})
    }
}

/// What stands in the log from this byte on.
#[must_use]
pub fn sent_by(log: &std::path::Path, from: u64) -> Sent {
    let text = fs::read(log).unwrap();
    let text = String::from_utf8_lossy(&text[usize::try_from(from).unwrap()..]).into_owned();
    let mut sent = Sent { round_trips: 0, transactions: Vec::new() };
    let mut executed = false;
    for entry in entries(&text) {
        if let Some((_, message)) = entry.split_once("LOG:  duration: ") {
            let Some((_, message)) = message.split_once(" ms  ") else { continue };
            let Some((kind, sql)) = message.split_once(": ") else { continue };
            let kind = kind.split(' ').next();
            executed = kind == Some("execute");
            match kind {
                Some("statement") if sql.starts_with("BEGIN") => {
                    sent.round_trips += 1;
                    sent.transactions.push(Transaction { begin: sql.to_owned(), ..Transaction::default() });
                }
                // Preparing waits for an answer, and so does executing, which binds in the same message.
                Some("statement" | "parse") => sent.round_trips += 1,
                Some("execute") => {
                    sent.round_trips += 1;
                    if let Some(current) = sent.transactions.last_mut() {
                        current.statements.push((sql.to_owned(), Vec::new()));
                    }
                }
                _ => {}
            }
        } else if executed
            // With a capital letter from PostgreSQL 16 on.
            && let Some((_, values)) = entry.split_once("DETAIL:  ").and_then(|(_, text)| text.split_once("arameters: "))
            && let Some((_, bound)) = sent.transactions.last_mut().and_then(|one| one.statements.last_mut())
        {
            *bound = read_values(values);
        }
    }
    sent
}

/// The log's entries; one of several lines goes on behind a tab.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    entries
}

/// `$1 = 'one', $2 = '2'`.
fn read_values(text: &str) -> Vec<Bound> {
    let mut values = Vec::new();
    let mut rest = text;
    while let Some((_, quoted)) = rest.split_once(" = '") {
        let mut value = String::new();
        let mut characters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                value.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                value.push('\'');
            } else {
                end = at + 1;
                break;
            }
        }
        values.push(Bound::read(value));
        rest = &quoted[end..];
    }
    values
}
