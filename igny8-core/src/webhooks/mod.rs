//! Webhooks: what an account wants to hear of, and the outbox in which each message is written by the commit that makes it true.
//! Sending is an adapter's; a message that a crash meets is sent again, so receivers tell messages apart by their ids.
//!
//! | event | when | `data` |
//! | --- | --- | --- |
//! | `run.finished` | a run has succeeded, or was cancelled: `state` is `SUCCESS` or `REVOKED` | [`run_data`] |
//! | `run.failed` | a run has failed, or was given up for lack of attempts: `state` is `FAILURE` | [`run_data`] |
//! | `content.published` | an article has become published | `content_id`, `task_id`, `site_id`, `sector_id`, `title` |
//! | `credits.low` | a charge has taken the balance below a tenth of the plan's monthly credits: [`crosses_low`] | `balance`, `available`, `threshold` |

mod delivery;
mod webhook;

pub use delivery::{Delivery, DeliveryOutcome, DeliveryQuery, DeliveryState, DueDelivery};
pub use webhook::{MAX_WEBHOOKS, NewWebhook, Webhook, WebhookChange, WebhookEvent, WebhookQuery};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::credits::Credits;
use crate::ids::AccountId;
use crate::runs::{Run, RunState};

/// A message's body, as stores write it.
#[must_use]
pub fn body(event: WebhookEvent, account: AccountId, at: DateTime<Utc>, data: &Value) -> Value {
    json!({
        "event": event,
        "account_id": account,
        "created_at": at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "data": data,
    })
}

/// Which event the end of a run is.
#[must_use]
pub fn end_event(state: RunState) -> WebhookEvent {
    if state == RunState::Failure { WebhookEvent::RunFailed } else { WebhookEvent::RunFinished }
}

/// What is told of an ended run: `run_id`, `function`, `state` (in capitals), `site_id`, `sector_id`, `charged`, and `error` with
/// `code` and `message`, or null.
#[must_use]
pub fn run_data(run: &Run) -> Value {
    json!({
        "run_id": run.id,
        "function": run.function,
        "state": run.state.as_str().to_uppercase(),
        "site_id": run.site,
        "sector_id": run.sector,
        "charged": run.charged,
        "error": run.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message })),
    })
}

/// The balance below which credits are low: a tenth of the plan's monthly credits, rounded up.
#[must_use]
pub const fn low_threshold(monthly: Credits) -> Credits {
    monthly / 10 + (monthly % 10 > 0) as Credits
}

/// Whether a charge has taken the balance across the threshold, which it does once on the way down. Credits that are held count
/// as there until they are charged: a hold may be given back, and the charges of several holds would cross more than once.
#[must_use]
pub const fn crosses_low(before: Credits, after: Credits, threshold: Credits) -> bool {
    before >= threshold && after < threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_low_once_on_the_way_down() {
        assert_eq!([0, 1, 10, 11, 100].map(low_threshold), [0, 1, 1, 2, 10]);
        let crossings =
            [(30, 20), (20, 10), (10, 9), (9, 0)].map(|(before, after)| crosses_low(before, after, 10));
        assert_eq!(crossings, [false, false, true, false]);
        assert!(!crosses_low(5, 0, low_threshold(0)));
    }
}
