//! What models cost, in US dollars per million tokens: dated data that a host replaces when prices change.
//! A model without a price, such as one on a local server, costs 0, and that is said once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use igny8_core::ports::{ModelPrice, TokenUsage};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Prices as they were published on the date in the file; not a promise that they still hold.
const BUILT_IN: &str = include_str!("prices.json");

/// Prices by model. The default holds the built-in ones.
///
/// ```
/// use igny8_ai::PriceTable;
/// use igny8_core::ports::TokenUsage;
/// use rust_decimal::Decimal;
///
/// let mut prices = PriceTable::default();
/// prices.set("our-own-model", Decimal::new(30, 2), Decimal::new(120, 2));
/// let usage = TokenUsage { prompt_tokens: 1_000_000, completion_tokens: 500_000 };
/// assert_eq!(prices.cost("our-own-model", usage), Decimal::new(90, 2));
/// ```
#[derive(Clone, Debug)]
pub struct PriceTable {
    as_of: Option<NaiveDate>,
    prices: BTreeMap<String, ModelPrice>,
    /// Models whose missing price was spoken of; clones share it, so that each is named once.
    unpriced: Arc<Mutex<BTreeSet<String>>>,
}

/// A price file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PriceFileError {
    /// It is not JSON, or not in the form of [`PriceTable::from_json`].
    #[error("the price file cannot be read: {0}")]
    Format(#[from] serde_json::Error),
    /// A price is below zero.
    #[error("the price of `{model}` is below zero")]
    Negative {
        /// The model.
        model: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    as_of: NaiveDate,
    usd_per_million_tokens: BTreeMap<String, ModelPrice>,
}

impl Default for PriceTable {
    fn default() -> Self {
        // The built-in file is part of the crate and a test reads it, so this never is the empty table.
        Self::from_json(BUILT_IN).unwrap_or_else(|_| Self::empty())
    }
}

impl PriceTable {
    /// A table without prices: everything costs 0 until [`set`](Self::set).
    #[must_use]
    pub fn empty() -> Self {
        Self { as_of: None, prices: BTreeMap::new(), unpriced: Arc::default() }
    }

    /// Reads a table: `{"as_of": "2025-11-01", "usd_per_million_tokens": {"model": {"input": "2.00", "output": "8.00"}}}`.
    /// Prices are strings, so that they stay exact.
    ///
    /// # Errors
    /// [`PriceFileError`] when the text is in another form or a price is below zero.
    pub fn from_json(text: &str) -> Result<Self, PriceFileError> {
        let file: PriceFile = serde_json::from_str(text)?;
        let negative = |price: &ModelPrice| price.input < Decimal::ZERO || price.output < Decimal::ZERO;
        if let Some((model, _)) = file.usd_per_million_tokens.iter().find(|(_, price)| negative(price)) {
            return Err(PriceFileError::Negative { model: model.clone() });
        }
        Ok(Self { as_of: Some(file.as_of), prices: file.usd_per_million_tokens, ..Self::empty() })
    }

    /// The day the prices were taken down; `None` for a table that began empty.
    #[must_use]
    pub const fn as_of(&self) -> Option<NaiveDate> {
        self.as_of
    }

    /// Sets the price of a model and its dated versions, in US dollars per million tokens.
    pub fn set(&mut self, model: impl Into<String>, input: Decimal, output: Decimal) {
        self.prices.insert(model.into(), ModelPrice { input, output });
    }

    /// The price of a model: of the name itself, else of the name without its date (`gpt-4.1-2025-04-14`) or without
    /// its maker (`openai/gpt-4.1`). `None` when there is none: `gpt-4.1-mini` never gets the price of `gpt-4.1`.
    #[must_use]
    pub fn price(&self, model: &str) -> Option<ModelPrice> {
        let own_name = model.rsplit('/').next().unwrap_or(model);
        [model, own_name].into_iter().find_map(|name| self.dated(name))
    }

    fn dated(&self, name: &str) -> Option<ModelPrice> {
        self.prices
            .iter()
            .filter(|(prefix, _)| name.strip_prefix(prefix.as_str()).is_some_and(is_version))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, price)| *price)
    }

    /// What a call cost, in US dollars; 0 for a model without a price, with one warning a model.
    #[must_use]
    pub fn cost(&self, model: &str, usage: TokenUsage) -> Decimal {
        let Some(price) = self.price(model) else {
            let mut unpriced = self.unpriced.lock().unwrap_or_else(PoisonError::into_inner);
            if unpriced.insert(model.to_owned()) {
                tracing::warn!(model, "no price is known for this model; its calls count as 0 dollars");
            }
            return Decimal::ZERO;
        };
        price.cost(usage)
    }
}

/// Whether the end of a model's name is only a version: nothing, a date, `latest` or `preview`.
fn is_version(ending: &str) -> bool {
    let Some(version) = ending.strip_prefix(['-', '@']) else { return ending.is_empty() };
    let digits = version.bytes().take_while(u8::is_ascii_digit).count();
    matches!(version, "latest" | "preview") || digits >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_prices_are_readable_and_dated() {
        let prices = PriceTable::from_json(BUILT_IN).unwrap();
        assert!(prices.as_of().is_some() && prices.prices.len() > 20);
    }

    #[test]
    fn versions_and_makers_share_a_price_and_siblings_do_not() {
        let prices = PriceTable::default();
        let input = |model| prices.price(model).map(|price| price.input.to_string());
        assert_eq!(input("gpt-4.1-2025-04-14").as_deref(), Some("2.00"));
        assert_eq!(input("openai/gpt-4.1-mini").as_deref(), Some("0.40"));
        assert_eq!(input("mistral-large-latest").as_deref(), Some("2.00"));
        assert_eq!(input("claude-sonnet-4-5-20250929").as_deref(), Some("3.00"));
        assert_eq!(input("gpt-4.1-turbo"), None);
        assert_eq!(input("llama3.2:3b"), None);
    }

    #[test]
    fn costs_are_exact_and_unknown_models_cost_nothing() {
        let prices = PriceTable::default();
        let usage = TokenUsage { prompt_tokens: 1_234, completion_tokens: 567 };
        assert_eq!(prices.cost("gpt-4.1-mini", usage).to_string(), "0.0014008");
        assert_eq!(prices.cost("llama3.2", usage), Decimal::ZERO);
        let absurd = TokenUsage { prompt_tokens: u64::MAX, completion_tokens: u64::MAX };
        assert!(prices.cost("gpt-5-pro", absurd) > Decimal::ZERO);
    }

    #[test]
    fn a_price_file_replaces_them_all() {
        let file = r#"{"as_of":"2026-01-02","usd_per_million_tokens":{"m":{"input":"1","output":"2"}}}"#;
        let prices = PriceTable::from_json(file).unwrap();
        assert!(prices.price("gpt-4.1").is_none() && prices.price("m").is_some());
        let negative = file.replace("\"1\"", "\"-1\"");
        assert!(matches!(PriceTable::from_json(&negative), Err(PriceFileError::Negative { .. })));
        assert!(PriceTable::from_json("[]").is_err());
    }
}
