//! Providers that fail: at once where trying again is vain, with a wait that is kept in the store where it is not.

use std::time::Duration;

use chrono::TimeDelta;
use igny8_core::ports::Clock;
use igny8_core::runs::RunState;
use igny8_tests::Answer;
use igny8_tests::fake_openai::good;

use super::{Function, Trial};

#[tokio::test]
async fn a_wrong_key_and_an_empty_account_fail_at_once() {
    for function in Function::ALL {
        for (answer, code) in
            [(Answer::unauthorised(), "provider_auth"), (Answer::out_of_quota(), "provider_quota")]
        {
            let trial = Trial::begin(function, move |_| answer.clone()).await;
            let run = trial.assert_cost_nothing(code, 1).await;
            assert_eq!(run.attempts, 1);
            assert_eq!(trial.call_failures().await, [Some(code.to_owned())]);
        }
    }
}

#[tokio::test]
async fn a_service_that_fails_is_asked_again_by_the_next_attempt() {
    for function in Function::ALL {
        for (answer, code) in [(Answer::broken(), "provider_server"), (Answer::Reset, "provider_connection")]
        {
            let trial = Trial::begin(function, move |asked| match asked.number {
                1 => answer.clone(),
                _ => Answer::json(&good(asked)),
            })
            .await;
            let run = trial.assert_charged_once(2).await;
            assert_eq!((run.attempts, run.epoch), (2, 2));
            assert_eq!(trial.call_failures().await, [Some(code.to_owned()), None]);
        }
    }
}

#[tokio::test]
async fn a_service_that_stays_broken_ends_the_run_after_its_last_attempt() {
    for function in Function::ALL {
        let trial = Trial::begin(function, |_| Answer::broken()).await;
        let run = trial.assert_cost_nothing("provider_server", 3).await;
        assert_eq!((run.attempts, run.max_attempts), (3, 3));
    }
}

#[tokio::test]
async fn a_service_that_hangs_is_given_up_at_the_deadline() {
    for function in Function::ALL {
        // Long enough for a good answer on a busy machine; nothing waits for it but the first call.
        let deadline = Duration::from_millis(1_500);
        let trial = Trial::outfitted(
            function,
            |builder| builder.call_deadline(deadline),
            |asked| match asked.number {
                1 => Answer::Hang,
                _ => Answer::json(&good(asked)),
            },
        )
        .await;
        let run = trial.assert_charged_once(2).await;
        assert_eq!(run.attempts, 2);
        assert_eq!(trial.call_failures().await, [Some("provider_timeout".to_owned()), None]);
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_as_long_as_the_provider_asks() {
    for function in Function::ALL {
        let trial = Trial::begin(function, |asked| match asked.number {
            1 => Answer::rate_limited(3_600),
            _ => Answer::json(&good(asked)),
        })
        .await;
        let started = trial.desk.run(trial.run).await.created_at;
        let waiting = trial.desk.run_when(trial.run, |run| run.state == RunState::Retry).await;
        assert!(waiting.run_at >= started + TimeDelta::hours(1), "{waiting:#?}");
        assert!(waiting.run_at <= trial.desk.clock.now() + TimeDelta::hours(1), "{waiting:#?}");
        assert_eq!(waiting.error.map(|error| error.code).as_deref(), Some("provider_rate_limit"));
        assert_eq!(trial.desk.balance().await.reserved, waiting.reserved, "it still holds its credits");
        assert_eq!(trial.service.asked().len(), 1);

        trial.desk.clock.advance(TimeDelta::hours(1));
        let run = trial.assert_charged_once(2).await;
        assert_eq!(run.attempts, 2);
        assert_eq!(trial.call_failures().await, [Some("provider_rate_limit".to_owned()), None]);
    }
}
