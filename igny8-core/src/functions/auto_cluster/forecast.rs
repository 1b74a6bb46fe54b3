//! What a model-refined run will take of its provider, told from the length of the list alone.

use rust_decimal::Decimal;

use super::compact::{READ_WHOLE, entries};
use super::pack::LEAST_ENTRIES_A_CALL;
use crate::ports::{ModelPrice, TokenUsage};
use crate::runs::UsageTotals;

/// Tokens of one entry as it is shown: brackets, id, a keyword of a few words, a count.
const TOKENS_READ_AN_ENTRY: u64 = 11;
/// Tokens of one entry in the answer: its id, and its share of a cluster's name and description.
const TOKENS_WRITTEN_AN_ENTRY: u64 = 22;
/// Tokens of a name of a cluster that is there.
const TOKENS_A_NAME: u64 = 6;
/// Tokens of the answer's schema and of what is around the data.
const TOKENS_AROUND: u64 = 190;
/// Characters of an instruction to a token.
const CHARACTERS_A_TOKEN: u64 = 4;
/// Tokens that a hosted model writes in a second.
const TOKENS_A_SECOND: f64 = 80.0;

/// What each call has to say beside its keywords.
#[derive(Clone, Copy, Debug)]
pub(super) struct EveryCall {
    /// Characters of the prompt.
    pub(super) instruction: usize,
    /// Names of clusters that are there.
    pub(super) names: u64,
}

/// What a list of so many keywords takes; no more calls are made, but for repairs.
pub(super) fn forecast(keywords: u64, every_call: EveryCall, price: Option<ModelPrice>) -> UsageTotals {
    let entries = entries(keywords);
    let calls = if keywords <= READ_WHOLE { 1 } else { entries.div_ceil(LEAST_ENTRIES_A_CALL as u64) };
    let every_call =
        every_call.instruction as u64 / CHARACTERS_A_TOKEN + every_call.names * TOKENS_A_NAME + TOKENS_AROUND;
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
        let every_call = EveryCall { instruction: 800, names: 0 };
        let short = forecast(100, every_call, Some(price));
        assert_eq!((short.calls, short.prompt_tokens), (1, 100 * 11 + 390));
        assert!(short.cost_usd > Decimal::ZERO);
        let long = forecast(24_000, every_call, None);
        assert_eq!((long.calls, long.cost_usd), (7, Decimal::ZERO));
        // Six tokens a keyword is what the list itself has at least.
        assert!(long.prompt_tokens * 10 < 24_000 * 6, "{long:?}");
        let beside = forecast(24_000, EveryCall { names: 100, ..every_call }, None);
        assert!(beside.prompt_tokens > long.prompt_tokens);
    }
}
