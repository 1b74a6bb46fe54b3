//! What a model-refined run will take of its provider, told from the length of the list alone.

use rust_decimal::Decimal;

use super::compact::entries;
use super::pack::ENTRIES_A_CALL;
use crate::ports::{ModelPrice, TokenUsage};
use crate::runs::UsageTotals;

/// Tokens of one entry as it is shown: brackets, id, a keyword of a few words, a count.
const TOKENS_READ_AN_ENTRY: u64 = 11;
/// Tokens of one entry in the answer: its id, and its share of a cluster's name and description.
const TOKENS_WRITTEN_AN_ENTRY: u64 = 22;
/// Tokens of the answer's schema and of what is around the data.
const TOKENS_AROUND: u64 = 190;
/// Characters of an instruction to a token.
const CHARACTERS_A_TOKEN: u64 = 4;
/// Tokens that a hosted model writes in a second.
const TOKENS_A_SECOND: f64 = 80.0;

/// How many calls a list of so many keywords takes, at most one more than needed.
pub(super) fn calls(keywords: u64) -> u64 {
    let entries = entries(keywords);
    let calls = entries.div_ceil(ENTRIES_A_CALL as u64);
    if calls > 1 { calls + 1 } else { calls }
}

/// What the calls take; `instruction` is the length of the prompt in characters.
pub(super) fn forecast(keywords: u64, instruction: usize, price: Option<ModelPrice>) -> UsageTotals {
    let (entries, calls) = (entries(keywords), calls(keywords));
    let every_call = instruction as u64 / CHARACTERS_A_TOKEN + TOKENS_AROUND;
    let usage = TokenUsage {
        prompt_tokens: entries * TOKENS_READ_AN_ENTRY + calls * every_call,
        completion_tokens: entries * TOKENS_WRITTEN_AN_ENTRY,
    };
    UsageTotals {
        calls,
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        cost_usd: price.map_or(Decimal::ZERO, |price| price.cost(usage)),
        seconds: usage.completion_tokens as f64 / TOKENS_A_SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_read_at_a_fraction() {
        let price = ModelPrice { input: Decimal::ONE, output: Decimal::TWO };
        let short = forecast(100, 800, Some(price));
        assert_eq!((short.calls, short.prompt_tokens), (1, 100 * 11 + 390));
        assert!(short.cost_usd > Decimal::ZERO);
        let long = forecast(24_000, 800, None);
        assert_eq!((long.calls, long.cost_usd), (6, Decimal::ZERO));
        // Six tokens a keyword is what the list itself has at least.
        assert!(long.prompt_tokens * 10 < 24_000 * 6, "{long:?}");
    }
}
