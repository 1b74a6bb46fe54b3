//! One call from beginning to end: requests, corrections of how they are put, short waits, and the deadline over all.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use igny8_core::ports::{ProviderError, ProviderErrorKind, Spent, TextReply, TextRequest, TokenUsage};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::dialect::Manner;
use super::failure::{Complaint, Failure};
use super::reply::{NoCompletion, read};
use super::{OpenAiCompatible, request};
use crate::retry::asked_wait;

/// What a call takes until it is done, tries that came to nothing included.
#[derive(Debug, Default)]
struct Toll {
    tries: u32,
    usage: TokenUsage,
    cost_usd: Decimal,
}

fn add(toll: &Mutex<Toll>, what: impl FnOnce(&mut Toll)) {
    what(&mut toll.lock().unwrap_or_else(PoisonError::into_inner));
}

impl OpenAiCompatible {
    pub(super) async fn call(&self, request: &TextRequest) -> Result<TextReply, ProviderError> {
        // Outside the future, so that a call that ran out of time still knows what it took.
        let toll = Mutex::new(Toll::default());
        let outcome = timeout(request.deadline, self.until_done(request, &toll)).await;
        let Toll { tries, usage, cost_usd } = toll.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failure = match outcome {
            Ok(Ok(reply)) => return Ok(TextReply { tries, usage, cost_usd, ..reply }),
            Ok(Err(failure)) => failure,
            Err(_) => {
                let seconds = request.deadline.as_secs_f64();
                Failure::new(ProviderErrorKind::Timeout, format!("no answer within {seconds} s"))
            }
        };
        tracing::warn!(
            provider = self.provider,
            model = self.model,
            kind = %failure.kind,
            status = failure.status,
            tries,
            "a model call failed"
        );
        let spent = Spent { usage, cost_usd };
        let spent = (spent != Spent::default()).then(|| Box::new(spent));
        Err(ProviderError { tries, spent, ..failure.into_error(&self.provider) })
    }

    async fn until_done(&self, request: &TextRequest, toll: &Mutex<Toll>) -> Result<TextReply, Failure> {
        let began = Instant::now();
        let mut manner = self.dialect.manner();
        let mut retries = 0;
        let mut waited = Duration::ZERO;
        loop {
            add(toll, |toll| toll.tries += 1);
            let failure = match self.ask(request, manner, toll).await {
                Ok(reply) => {
                    self.dialect.remember(manner);
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            if let Some(next) = self.corrected(manner, &failure) {
                manner = next;
                continue;
            }
            if !failure.passing {
                return Err(failure);
            }
            let Some(wait) = self.retry.next_wait(retries, waited, failure.retry_after) else {
                return Err(failure);
            };
            // Waiting past the deadline would turn a known error into a mere timeout.
            if began.elapsed().saturating_add(wait) >= request.deadline {
                return Err(failure);
            }
            tracing::debug!(provider = self.provider, kind = %failure.kind, ?wait, "asking again");
            sleep(wait).await;
            waited += wait;
            retries += 1;
        }
    }

    /// How to put the request instead, when the server rejected only how it was put.
    fn corrected(&self, manner: Manner, failure: &Failure) -> Option<Manner> {
        if !matches!(failure.status, Some(400 | 404 | 422)) {
            return None;
        }
        let next = manner.without(failure.complaint.as_ref()?)?;
        self.dialect.may_become(next, manner).then_some(next)
    }

    async fn ask(
        &self,
        request: &TextRequest,
        manner: Manner,
        toll: &Mutex<Toll>,
    ) -> Result<TextReply, Failure> {
        let body = request::body(&self.model, request, manner)
            .map_err(|_| Failure::new(ProviderErrorKind::BadRequest, "the request is not JSON"))?;
        let mut outgoing =
            self.client.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/json").body(body);
        if let Some(key) = &self.api_key {
            outgoing = outgoing.bearer_auth(key.expose_secret());
        }
        let response = outgoing.send().await.map_err(|error| Failure::transport(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = self.body(response).await.map_err(|failure| dressed(failure, status, &headers))?;
        if !status.is_success() {
            let complaint = serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(Complaint::read);
            return Err(self.told(status, &headers, complaint, request));
        }
        let body = String::from_utf8(body)
            .map_err(|_| dressed(Failure::malformed("it is not UTF-8"), status, &headers))?;
        let (bill, completion) = read(&body);
        let model = bill.model.unwrap_or_else(|| self.model.clone());
        // Some servers answer under a name of their own, which has no price.
        let priced = if self.prices.price(&model).is_some() { &model } else { &self.model };
        let cost_usd = bill.cost.unwrap_or_else(|| self.prices.cost(priced, bill.usage));
        add(toll, |toll| {
            toll.usage += bill.usage;
            toll.cost_usd = toll.cost_usd.checked_add(cost_usd).unwrap_or(Decimal::MAX);
        });
        match completion {
            Ok(completion) => Ok(TextReply {
                text: completion.text,
                finish_reason: completion.finish_reason,
                usage: bill.usage,
                model,
                cost_usd,
                request_id: request_id(&headers).or(bill.id),
                tries: 0,
                raw: body,
            }),
            Err(NoCompletion::Malformed(what)) => Err(dressed(Failure::malformed(what), status, &headers)),
            Err(NoCompletion::Told(complaint)) => Err(self.told(status, &headers, Some(complaint), request)),
        }
    }

    fn told(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        complaint: Option<Complaint>,
        request: &TextRequest,
    ) -> Failure {
        // A good status says nothing about an error inside it.
        let classifying = (!status.is_success()).then(|| status.as_u16());
        let mut failure = Failure::told(classifying, complaint, request, self.api_key.as_ref());
        let limited = failure.kind == ProviderErrorKind::RateLimit;
        if failure.passing {
            failure.retry_after = asked_wait(headers, limited, chrono::Utc::now());
        }
        dressed(failure, status, headers)
    }

    /// The whole body, up to the cap.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let too_large = || Failure::malformed("it is larger than the body cap");
        let cap = self.max_body_bytes;
        if response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, |n| n > cap)) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Failure::transport(&error))? {
            if body.len() + chunk.len() > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Adds what the answer's head says about it.
fn dressed(failure: Failure, status: StatusCode, headers: &HeaderMap) -> Failure {
    Failure { status: Some(status.as_u16()), request_id: request_id(headers), ..failure }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = ["x-request-id", "request-id"].iter().find_map(|name| headers.get(*name)?.to_str().ok())?;
    (1..=128).contains(&id.len()).then(|| id.to_owned())
}
