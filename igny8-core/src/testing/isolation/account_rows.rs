//! What belongs to an account as a whole: prompts, services, profiles, strategies and the ledger.

use super::victim::{SERVICE, Victim, WHILE};
use crate::credits::{Posting, TransactionFilter, TransactionType, UsageFilter};
use crate::error::Error;
use crate::paging::ListQuery;
use crate::settings::{
    AuthorProfileChange, NewAuthorProfile, NewStrategy, PromptType, SavedIntegration, StrategyChange,
};
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::rows::usage_of;
use crate::testing::world::{FUNDS, Workplace};
use crate::vocabulary::{Tone, Vocabularies};
use crate::webhooks::{WebhookChange, WebhookEvent};

pub(super) async fn try_settings(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    check_refused!(store.get_prompt(scope, victim.prompt).await, Error::NotFound { .. });
    check_eq!(store.find_prompt(scope, PromptType::Ideas).await?, None);
    check_eq!(store.list_prompts(scope).await?, []);
    store.delete_prompt(scope, PromptType::Ideas).await?;
    let own = store.save_prompt(scope, PromptType::Ideas, "Mine", None).await?;
    check!(own.id != victim.prompt, "it wrote over the victim's prompt");
    store.delete_prompt(scope, PromptType::Ideas).await?;

    check_refused!(store.get_integration(scope, SERVICE).await, Error::NotFound { .. });
    check_eq!(store.list_integrations(scope).await?.len(), 0);
    check!(store.integration_secret(scope, SERVICE, "api_key").await?.is_none(), "it reads a secret");
    check_eq!(store.reseal_secrets(scope).await?, 0);
    let settings = SavedIntegration {
        integration_type: SERVICE.to_owned(),
        config: serde_json::Map::new(),
        secrets: std::collections::BTreeMap::new(),
        is_active: false,
    };
    store.save_integration(scope, settings).await?;

    check_refused!(store.get_author_profile(scope, victim.profile).await, Error::NotFound { .. });
    let renamed = AuthorProfileChange { name: Some("Mine".to_owned()), ..AuthorProfileChange::default() };
    let renamed = store.update_author_profile(scope, victim.profile, renamed).await;
    check_refused!(renamed, Error::NotFound { .. });
    check_refused!(store.delete_author_profile(scope, victim.profile).await, Error::NotFound { .. });
    check_eq!(store.list_author_profiles(scope).await?, []);
    let namesake = NewAuthorProfile {
        name: "Ada".to_owned(),
        description: String::new(),
        tone: Tone::FRIENDLY,
        language: "en".to_owned(),
        is_default: true,
    };
    store.create_author_profile(scope, namesake.checked(&Vocabularies::default())?).await?;

    check_refused!(store.get_strategy(scope, victim.strategy).await, Error::NotFound { .. });
    let renamed = StrategyChange { name: Some("Mine".to_owned()), ..StrategyChange::default() };
    check_refused!(store.update_strategy(scope, victim.strategy, renamed).await, Error::NotFound { .. });
    check_refused!(store.delete_strategy(scope, victim.strategy).await, Error::NotFound { .. });
    check_eq!(store.list_strategies(scope).await?, []);
    let upon =
        NewStrategy { name: "Mine".to_owned(), sector: Some(victim.at.sector), ..NewStrategy::default() };
    check_refused!(store.create_strategy(scope, upon.checked()?).await, Error::NotFound { .. });
    Ok(())
}

pub(super) async fn try_webhooks(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    check_refused!(store.get_webhook(scope, victim.webhook).await, Error::NotFound { .. });
    let elsewhere = WebhookChange { url: Some("https://example.net".to_owned()), ..WebhookChange::default() };
    check_refused!(store.update_webhook(scope, victim.webhook, elsewhere).await, Error::NotFound { .. });
    check_refused!(store.delete_webhook(scope, victim.webhook).await, Error::NotFound { .. });
    let told = store.list_deliveries(scope, victim.webhook, &ListQuery::default()).await;
    check_refused!(told, Error::NotFound { .. });
    check_eq!(store.list_webhooks(scope, &ListQuery::default()).await?.total, Some(0));
    if let Some(own) = stranger.webhook(&[WebhookEvent::RunFinished]).await? {
        let told = store.list_deliveries(scope, own.id, &ListQuery::default()).await?;
        check_eq!(told.total, Some(0));
        store.delete_webhook(scope, own.id).await?;
    }
    Ok(())
}

pub(super) async fn try_ledger(stranger: &Workplace, victim: &Victim) -> Outcome {
    let (store, scope) = (&stranger.store, &stranger.scope);
    check_eq!((stranger.balance().await?.balance, stranger.balance().await?.reserved), (FUNDS, 0));
    for reservation in [victim.held, victim.settled] {
        let settled = store.settle(scope, reservation, 1, usage_of("theft")).await;
        check_refused!(settled, Error::NotFound { .. });
        check_refused!(store.release(scope, reservation).await, Error::NotFound { .. });
        let refund = Posting {
            transaction_type: TransactionType::Refund,
            amount: 1,
            description: "Mine".to_owned(),
            reservation: Some(reservation),
            idempotency_key: format!("theft-{reservation}"),
        };
        check_refused!(store.post(scope, refund).await, Error::NotFound { .. });
    }
    // The key of another's hold is free here.
    let own = store.reserve(scope, "held", 5, WHILE, "Mine").await?;
    check!(own.id != victim.held, "the key of one tenant is another's");
    store.release(scope, own.id).await?;
    let charged = store.charge(scope, "settled", FUNDS + 1, "Mine", usage_of("theft")).await;
    check_refused!(charged, Error::InsufficientCredits { .. });
    let entries: ListQuery<TransactionFilter, ()> = ListQuery::default();
    check_eq!(store.transactions(scope, &entries).await?.total, Some(1));
    let usage: ListQuery<UsageFilter, ()> = ListQuery::default();
    check_eq!(store.usage(scope, &usage).await?.total, Some(0));
    check_eq!(store.usage_summary(scope, &UsageFilter::default()).await?, []);
    let ledger = store.ledger(scope).await?;
    let accounts = ledger.transactions.iter().map(|entry| entry.tenant.account());
    check!(accounts.into_iter().all(|account| account == stranger.account), "foreign entries: {ledger:?}");
    check_eq!((ledger.reservations.len(), ledger.usage.len(), ledger.runs.len()), (1, 0, 0));
    Ok(())
}
