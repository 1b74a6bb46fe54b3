//! One semantic error for the whole SDK: what went wrong, on what, and whether trying again can help.
//! Adapters map their own failures into it and box the source.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credits::Credits;
use crate::ports::ProviderError;
use crate::tenancy::{AccountStatus, Action, Limit, Role};

/// The SDK's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by meaning. [`Error::code`] is the stable word for it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such row, or the caller may not see it: both are answered alike.
    #[error("{what} {id} was not found")]
    NotFound {
        /// The noun, such as `keyword`.
        what: &'static str,
        /// The identifier or key that was asked for.
        id: String,
    },
    /// The change collides with what is stored (a duplicate, or a row still in use).
    #[error("{what}: {reason}")]
    Conflict {
        /// The noun that collides.
        what: &'static str,
        /// What is in the way, and what to do about it.
        reason: String,
    },
    /// One or more fields are not acceptable.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// A status move that the pipeline does not allow.
    #[error("a {what} cannot move from `{from}` to `{to}`")]
    IllegalMove {
        /// The noun, such as `task`.
        what: &'static str,
        /// The status it has.
        from: String,
        /// The status that was asked for.
        to: String,
    },
    /// The caller's role does not allow the action.
    #[error("the role `{role}` may not {action}")]
    Forbidden {
        /// The caller's role.
        role: Role,
        /// What was attempted.
        action: Action,
    },
    /// Whoever is calling is not known (any more): an adapter asks for a new login.
    #[error("not logged in: {reason}")]
    Unauthenticated {
        /// Why the caller is not known.
        reason: &'static str,
    },
    /// The account is suspended or cancelled: it can be read, not changed.
    #[error("the account is {status}: it can be read, not changed")]
    AccountInactive {
        /// The account's status.
        status: AccountStatus,
    },
    /// The balance does not cover the work.
    #[error("{needed} credits are needed and {available} are available")]
    InsufficientCredits {
        /// Credits that the work would hold.
        needed: Credits,
        /// Balance less what is held already.
        available: Credits,
    },
    /// The plan allows no more of this.
    #[error("the plan allows {allowed} {limit}; {used} are used")]
    PlanLimit {
        /// Which limit.
        limit: Limit,
        /// How many there would be, or are.
        used: u64,
        /// How many the plan allows.
        allowed: u64,
    },
    /// A provider failed; its error says how.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A provider answered, but not with anything usable. Such an answer is never charged.
    #[error("{function}: the answer is not usable: {reason}")]
    UnusableAnswer {
        /// The AI function.
        function: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A hook refused.
    #[error("hook `{hook}` refused: {reason}")]
    Rejected {
        /// The hook's name.
        hook: String,
        /// Its reason.
        reason: String,
    },
    /// A function or a hook of the host's panicked; what it was doing is abandoned.
    #[error("`{function}` broke off in a panic; the log of its worker says where")]
    Panicked {
        /// The AI function whose run it was.
        function: String,
    },
    /// The run was cancelled.
    #[error("the run was cancelled")]
    Cancelled,
    /// Another worker has taken the run over; this one's writes no longer count.
    #[error("the run's lease is lost: another worker has it")]
    LeaseLost,
    /// A finished run's own recorded failure.
    #[error("the run failed: {0}")]
    Run(RunFailure),
    /// A keyword file could not be read.
    #[error(transparent)]
    Import(#[from] crate::exchange::ImportError),
    /// The host assembled the SDK wrongly; the message says how to mend it.
    #[error("{0}")]
    Configuration(String),
    /// The store failed.
    #[error("the store failed to {operation}")]
    Storage {
        /// What was being done.
        operation: &'static str,
        /// Whether the same call may succeed later (busy, disconnected).
        retryable: bool,
        /// The adapter's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// A row that is not there, or not the caller's.
    pub fn not_found(what: &'static str, id: impl fmt::Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A collision with what is stored.
    pub fn conflict(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Conflict { what, reason: reason.into() }
    }

    /// One unacceptable field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        FieldErrors::one(field, message).into()
    }

    /// A store's failure that trying again will not mend.
    pub fn storage(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Storage { operation, retryable: false, source: source.into() }
    }

    /// The stable snake_case word for this error, as an API shows it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::Invalid(_) => "invalid",
            Self::IllegalMove { .. } => "illegal_move",
            Self::Forbidden { .. } => "forbidden",
            Self::Unauthenticated { .. } => "unauthenticated",
            Self::AccountInactive { .. } => "account_inactive",
            Self::InsufficientCredits { .. } => "insufficient_credits",
            Self::PlanLimit { .. } => "plan_limit",
            Self::Provider(error) => error.kind.code(),
            Self::UnusableAnswer { .. } => "unusable_answer",
            Self::Rejected { .. } => "rejected_by_hook",
            Self::Panicked { .. } => "panicked",
            Self::Cancelled => "cancelled",
            Self::LeaseLost => "lease_lost",
            Self::Run(_) => "run_failed",
            Self::Import(_) => "import_failed",
            Self::Configuration(_) => "configuration",
            Self::Storage { .. } => "storage",
        }
    }

    /// Whether the same work may succeed later without anyone changing it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Provider(error) => error.kind.is_retryable(),
            Self::Storage { retryable, .. } => *retryable,
            Self::Run(failure) => failure.retryable,
            _ => false,
        }
    }

    /// How long the provider asked to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Provider(error) => error.retry_after,
            _ => None,
        }
    }
}

/// What a run or an item of it keeps of the error that ended it: serialisable, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunFailure {
    /// The error's stable code.
    pub code: String,
    /// The error's message.
    pub message: String,
    /// Whether another attempt could have succeeded.
    pub retryable: bool,
}

impl fmt::Display for RunFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl From<&Error> for RunFailure {
    fn from(error: &Error) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string(), retryable: error.is_retryable() }
    }
}

/// Complaints by field: `{"keyword": ["is empty"]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// No complaints yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A single complaint.
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.push(field, message);
        errors
    }

    /// Adds a complaint.
    pub fn push(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.entry(field.into()).or_default().push(message.into());
    }

    /// Adds a complaint unless the condition holds.
    pub fn require(&mut self, condition: bool, field: &str, message: &str) {
        if !condition {
            self.push(field, message);
        }
    }

    /// Takes over the complaints of a failed check and keeps the value of a passed one.
    pub fn collect<T>(&mut self, checked: Result<T, FieldErrors>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(errors) => {
                for (field, messages) in errors.0 {
                    self.0.entry(field).or_default().extend(messages);
                }
                None
            }
        }
    }

    /// `Ok` when nothing was complained of.
    ///
    /// # Errors
    /// The complaints themselves.
    pub fn into_result(self) -> Result<(), FieldErrors> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The complaints, ordered by field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(field, messages)| (field.as_str(), messages.as_slice()))
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (field, messages)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{field}: {}", messages.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}
