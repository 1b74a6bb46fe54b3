//! Prompts, integrations, author profiles and strategies.
//! What looks like a secret in an integration's configuration is sealed, or left out where there is no key.

use std::collections::BTreeMap;
use std::str::FromStr;

use igny8_core::settings::{NewAuthorProfile, NewStrategy, PromptType, SavedIntegration, SecretString};
use igny8_core::{Error, Result};
use serde_json::{Map, Value, json};

use super::Import;
use super::report::{Outcome, TableReport};
use super::row::Row;
use super::words;

/// What the name of a field that holds a secret has in it.
const SECRET_NAMES: [&str; 5] = ["apikey", "secret", "token", "password", "credential"];

impl Import<'_> {
    pub(super) async fn prompt(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant,
            Err(outcome) => return Ok(outcome),
        };
        let prompt_type = match PromptType::from_str(&row.text_or_empty(&["prompt_type"])) {
            Ok(prompt_type) => prompt_type,
            Err(unknown) => return Ok(Outcome::skipped(unknown.to_string())),
        };
        if !row.truth(&["is_active"], true) {
            return Ok(Outcome::skipped(
                "it is switched off, and prompts here are not: the default is in force",
            ));
        }
        let room = self.igny8.prompts(&tenant.scope);
        if room.own().await?.iter().any(|prompt| prompt.prompt_type == prompt_type) {
            return Ok(Outcome::Unchanged);
        }
        let value = row.text_or_empty(&["prompt_value"]);
        let function = row.text(&["function_name"]);
        match room.save(prompt_type, &value, function.as_deref()).await {
            Err(Error::NotFound { .. }) => {
                table
                    .note(row.id(), "its function is not known here: it came for every function of its type");
                room.save(prompt_type, &value, None).await?;
            }
            saved => drop(saved?),
        }
        Ok(Outcome::Created)
    }

    pub(super) async fn integration(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant,
            Err(outcome) => return Ok(outcome),
        };
        let room = self.igny8.integrations(&tenant.scope);
        let integration_type = row.text_or_empty(&["integration_type"]);
        if room.list().await?.iter().any(|known| known.integration_type == integration_type) {
            return Ok(Outcome::Unchanged);
        }
        let (config, secrets) = parted(row.json(&["config"]));
        let saved = SavedIntegration {
            integration_type,
            config,
            secrets: secrets
                .into_iter()
                .map(|(field, secret)| (field, Some(SecretString::from(secret))))
                .collect(),
            is_active: row.truth(&["is_active"], true),
        };
        match room.save(saved.clone()).await {
            Err(Error::Configuration(_)) => {
                table.note(row.id(), "its secrets were left out: no IGNY8_SECRETS_KEY is set");
                room.save(SavedIntegration { secrets: BTreeMap::new(), ..saved }).await?;
            }
            saved => drop(saved?),
        }
        Ok(Outcome::Created)
    }

    pub(super) async fn author_profile(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant,
            Err(outcome) => return Ok(outcome),
        };
        let room = self.igny8.author_profiles(&tenant.scope);
        let name = row.text_or_empty(&["name"]);
        if room.list().await?.iter().any(|known| known.name == name.trim()) {
            return Ok(Outcome::Unchanged);
        }
        let profile = NewAuthorProfile {
            name,
            description: row.text_or_empty(&["description"]),
            tone: words::tone(row, table),
            language: words::language(row),
            is_default: row.truth(&["is_default"], false),
        };
        match room.create(profile.clone()).await {
            Err(Error::Invalid(fields)) if fields.iter().any(|(field, _)| field == "language") => {
                table.note(
                    row.id(),
                    format!("the language `{}` is not known here: `en` instead", profile.language),
                );
                room.create(NewAuthorProfile { language: "en".to_owned(), ..profile }).await?;
            }
            created => drop(created?),
        }
        Ok(Outcome::Created)
    }

    pub(super) async fn strategy(&mut self, row: &Row, table: &mut TableReport) -> Result<Outcome> {
        let tenant = match self.tenant(row) {
            Ok(tenant) => tenant,
            Err(outcome) => return Ok(outcome),
        };
        let sector = match row.int(&["sector_id"]) {
            None => None,
            Some(id) => match self.sectors.get(&id) {
                Some(sector) if super::account_of(row).is_some_and(|account| account == sector.account) => {
                    Some(sector.id)
                }
                _ => return Ok(Outcome::skipped("its sector did not come, or is another account's")),
            },
        };
        let room = self.igny8.strategies(&tenant.scope);
        let name = row.text_or_empty(&["name"]);
        if room.list().await?.iter().any(|known| known.name == name.trim() && known.sector == sector) {
            return Ok(Outcome::Unchanged);
        }
        let section_logic = match row.json(&["section_logic"]) {
            Some(Value::Object(fields)) => Value::Object(fields),
            Some(Value::Array(sections)) => json!({ "sections": sections }),
            Some(other) => json!({ "django": other }),
            None => Value::Null,
        };
        let strategy = NewStrategy {
            name,
            description: row.text_or_empty(&["description"]),
            sector,
            prompt_types: prompt_texts(row, table),
            section_logic,
            is_active: row.truth(&["is_active"], true),
        };
        match room.create(strategy.clone()).await {
            Err(Error::Invalid(fields)) if !strategy.prompt_types.is_empty() => {
                table.note(row.id(), format!("its prompts were left out: {fields}"));
                room.create(NewStrategy { prompt_types: BTreeMap::new(), ..strategy }).await?;
            }
            created => drop(created?),
        }
        Ok(Outcome::Created)
    }
}

/// A strategy's prompts: texts by type. The source also has bare lists of types, which hold no text.
fn prompt_texts(row: &Row, table: &mut TableReport) -> BTreeMap<PromptType, String> {
    let mut texts = BTreeMap::new();
    match row.json(&["prompt_types"]) {
        Some(Value::Object(fields)) => {
            for (word, text) in fields {
                match (PromptType::from_str(&word), text.as_str()) {
                    (Ok(prompt_type), Some(text)) if !text.trim().is_empty() => {
                        texts.insert(prompt_type, text.to_owned());
                    }
                    _ => table.note(row.id(), format!("the prompt type `{word}` was left out")),
                }
            }
        }
        Some(Value::Array(types)) if !types.is_empty() => {
            table.note(row.id(), "its prompt_types name types and no texts: left out");
        }
        _ => {}
    }
    texts
}

/// Plain values and secrets apart.
fn parted(config: Option<Value>) -> (Map<String, Value>, BTreeMap<String, String>) {
    let mut plain = Map::new();
    let mut secrets = BTreeMap::new();
    let Some(Value::Object(fields)) = config else { return (plain, secrets) };
    for (field, value) in fields {
        let folded: String = field.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let is_secret = folded == "key" || SECRET_NAMES.iter().any(|name| folded.contains(name));
        match value {
            Value::Null => {}
            Value::String(secret) if is_secret => {
                if !secret.is_empty() {
                    secrets.insert(field, secret);
                }
            }
            // Nothing secret is ever left in the open, whatever its shape.
            value if is_secret && !value.is_number() && !value.is_boolean() => {
                secrets.insert(field, value.to_string());
            }
            value => {
                plain.insert(field, value);
            }
        }
    }
    (plain, secrets)
}
