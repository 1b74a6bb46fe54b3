//! Strategies: which prompts and which sections a sector's articles use.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::PromptType;
use crate::error::FieldErrors;
use crate::ids::{SectorId, StrategyId};
use crate::tenancy::{TenantKey, check_name};

/// A strategy. Table `igny8_strategies`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Strategy {
    /// Identifier.
    pub id: StrategyId,
    /// The tenant.
    #[serde(flatten)]
    pub tenant: TenantKey,
    /// Display name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The sector it is for; `None` serves sites and sectors that have none of their own.
    pub sector: Option<SectorId>,
    /// Prompt texts that replace the account's for these types.
    pub prompt_types: BTreeMap<PromptType, String>,
    /// Sections an article must have, as `{"sections": ["Introduction", …]}`; other keys are kept for hosts.
    pub section_logic: Value,
    /// Whether it applies.
    pub is_active: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Strategy {
    /// The section headings that an article must have, in order.
    #[must_use]
    pub fn sections(&self) -> Vec<String> {
        self.section_logic
            .get("sections")
            .and_then(Value::as_array)
            .map(|sections| sections.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default()
    }
}

/// A strategy to create.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewStrategy {
    /// Display name; 1 to 255 characters.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The sector it is for.
    pub sector: Option<SectorId>,
    /// Prompt texts by type.
    pub prompt_types: BTreeMap<PromptType, String>,
    /// A JSON object.
    pub section_logic: Value,
    /// Whether it applies.
    pub is_active: bool,
}

impl NewStrategy {
    /// The checked strategy; a null `section_logic` becomes an empty object.
    ///
    /// # Errors
    /// Complaints on `name` or `section_logic`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = errors.collect(check_name("name", &self.name)) {
            self.name = name;
        }
        if self.section_logic.is_null() {
            self.section_logic = Value::Object(serde_json::Map::new());
        }
        errors.require(self.section_logic.is_object(), "section_logic", "must be a JSON object");
        errors.into_result().map(|()| self)
    }
}

/// What may be changed on a strategy; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StrategyChange {
    /// Display name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Prompt texts by type.
    pub prompt_types: Option<BTreeMap<PromptType, String>>,
    /// A JSON object.
    pub section_logic: Option<Value>,
    /// Whether it applies.
    pub is_active: Option<bool>,
}

impl StrategyChange {
    /// The checked change.
    ///
    /// # Errors
    /// Complaints on `name` or `section_logic`.
    pub fn checked(mut self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if let Some(name) = &self.name {
            self.name = errors.collect(check_name("name", name));
        }
        if let Some(logic) = &self.section_logic {
            errors.require(logic.is_object(), "section_logic", "must be a JSON object");
        }
        errors.into_result().map(|()| self)
    }
}
