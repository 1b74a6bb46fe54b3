//! Good answers in every wrapping that models give them, and answers that have to be asked for once more.

use igny8_tests::Answer;
use igny8_tests::fake_openai::good;
use serde_json::{Value, json};

use super::{Function, Trial};

#[tokio::test]
async fn a_good_answer_is_charged_once_whatever_it_is_wrapped_in() {
    let wrappings: [fn(&Value) -> Answer; 3] = [Answer::json, Answer::fenced, Answer::within_prose];
    for function in Function::ALL {
        for wrap in wrappings {
            let trial = Trial::begin(function, move |asked| wrap(&good(asked))).await;
            let run = trial.assert_charged_once(1).await;
            assert_eq!((run.attempts, run.progress.percentage), (1, 100));
        }
    }
}

#[tokio::test]
async fn a_truncated_answer_is_repaired_by_one_further_call() {
    for function in Function::ALL {
        let trial = Trial::begin(function, |asked| match asked.turn {
            1 => Answer::truncated(&good(asked)),
            _ => Answer::json(&good(asked)),
        })
        .await;
        let run = trial.assert_charged_once(2).await;
        assert_eq!(run.attempts, 1);
        // The model is shown its own answer and told what is wrong with it.
        let repair = &trial.service.asked()[1];
        let messages = repair.body["messages"].as_array().unwrap();
        let [.., answer, complaint] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(answer["role"], "assistant");
        assert!(complaint["content"].as_str().unwrap().contains("not one complete JSON object"));
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_is_repaired_by_one_further_call() {
    for function in Function::ALL {
        let trial = Trial::begin(function, |asked| {
            let mut answer = good(asked);
            if asked.turn == 1 {
                answer.as_object_mut().unwrap().insert("invented_field".to_owned(), json!(1));
            }
            Answer::json(&answer)
        })
        .await;
        trial.assert_charged_once(2).await;
    }
}

#[tokio::test]
async fn an_answer_that_stays_broken_costs_nothing() {
    for function in Function::ALL {
        for text in ["", "I would rather talk about the weather.", "[1, 2, 3]"] {
            let trial = Trial::begin(function, move |_| Answer::text(text)).await;
            let run = trial.assert_cost_nothing("unusable_answer", 2).await;
            assert_eq!(run.attempts, 1, "a run is not tried again for an answer that was paid for");
        }
        let trial = Trial::begin(function, |asked| Answer::truncated(&good(asked))).await;
        trial.assert_cost_nothing("unusable_answer", 2).await;
    }
}

#[tokio::test]
async fn refused_and_cut_off_answers_cost_nothing_and_are_not_asked_for_again() {
    for function in Function::ALL {
        let trial = Trial::begin(function, |_| Answer::refused()).await;
        trial.assert_cost_nothing("unusable_answer", 1).await;
        // A cut-off answer is a failure even where its JSON happens to be whole: half an article reads like one.
        let trial = Trial::begin(function, |asked| Answer::out_of_tokens(&good(asked))).await;
        trial.assert_cost_nothing("unusable_answer", 1).await;
        let whole = |asked: &igny8_tests::Asked| Answer::Text {
            text: good(asked).to_string(),
            finish_reason: "length",
        };
        let trial = Trial::begin(function, whole).await;
        trial.assert_cost_nothing("unusable_answer", 1).await;
    }
}
