//! The codes of errors: the README's table is the program's, and every error of the core's has its row.

use std::time::Duration;

use axum::response::IntoResponse;
use igny8_core::exchange::ImportError;
use igny8_core::ports::{ProviderError, ProviderErrorKind};
use igny8_core::tenancy::{AccountStatus, Action, Limit, Role};
use igny8_core::{Error, RunFailure};
use igny8_http::{ApiError, ERROR_CODES};

#[test]
fn the_readmes_table_is_the_programs() {
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("<!-- error codes -->").unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    let known: Vec<String> = ERROR_CODES
        .iter()
        .map(|one| format!("| {} | `{}` | {} |", one.status, one.code, one.meaning))
        .collect();
    assert_eq!(rows, known);
    let mut codes: Vec<&str> = ERROR_CODES.iter().map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ERROR_CODES.len(), "a code is there once");
}

/// One error of each variant. A variant that is missing here fails `every_variant_is_among_them`.
fn errors() -> Vec<Error> {
    let mut errors = vec![
        Error::not_found("keyword", 1),
        Error::conflict("keyword", "taken"),
        Error::invalid("keyword", "is empty"),
        Error::IllegalMove { what: "task", from: "a".to_owned(), to: "b".to_owned() },
        Error::Forbidden { role: Role::Viewer, action: Action::Edit },
        Error::Unauthenticated { reason: "gone" },
        Error::AccountInactive { status: AccountStatus::Suspended },
        Error::InsufficientCredits { needed: 5, available: 1 },
        Error::PlanLimit { limit: Limit::Keywords, used: 1, allowed: 1 },
        Error::UnusableAnswer { function: "f".to_owned(), reason: "r".to_owned() },
        Error::Rejected { hook: "h".to_owned(), reason: "r".to_owned() },
        Error::Panicked { function: "f".to_owned() },
        Error::Cancelled,
        Error::LeaseLost,
        Error::Run(RunFailure { code: "storage".to_owned(), message: "m".to_owned(), retryable: true }),
        Error::Import(ImportError::Empty),
        Error::Configuration("c".to_owned()),
        Error::Storage { operation: "read", retryable: true, source: "busy".into() },
    ];
    errors.extend(
        ProviderErrorKind::ALL.iter().map(|kind| Error::from(ProviderError::new(*kind, "openai", "said so"))),
    );
    errors
}

#[test]
fn every_error_of_the_cores_has_its_row() {
    for error in errors() {
        let (code, shown) = (error.code(), error.to_string());
        let error = ApiError::from(error);
        let row = ERROR_CODES.iter().find(|one| one.code == code);
        let row = row.unwrap_or_else(|| panic!("`{code}` has no row: {shown}"));
        assert_eq!((error.status().as_u16(), error.code()), (row.status, row.code));
        assert_eq!(error.into_response().status().as_u16(), row.status);
    }
}

/// Errors are listed by hand above, as their enum is not exhaustive: the core's own source says how many codes there are.
#[test]
fn every_variant_is_among_them() {
    let source = include_str!("../../../igny8-core/src/error.rs");
    let (_, codes) = source.split_once("pub fn code(&self) -> &'static str {").unwrap();
    let (codes, _) = codes.split_once("\n    }\n").unwrap();
    let words = codes.split('"').skip(1).step_by(2);
    let listed: Vec<&str> = errors().iter().map(Error::code).collect();
    let mut count = 0;
    for word in words {
        assert!(listed.contains(&word), "no error with the code `{word}` is tried");
        count += 1;
    }
    assert!(count >= 18, "the codes were not found in the core's source");
}

#[test]
fn what_passes_says_how_long_to_wait() {
    let limited = ProviderError::new(ProviderErrorKind::RateLimit, "openai", "slow")
        .retry_after(Duration::from_millis(10));
    for (error, wait) in [
        (Error::from(limited), "1"),
        (Error::Storage { operation: "read", retryable: true, source: "busy".into() }, "1"),
    ] {
        let response = ApiError::from(error).into_response();
        assert_eq!(response.headers()["retry-after"], wait);
    }
    let lasting = ApiError::from(Error::storage("read", "broken")).into_response();
    assert_eq!((lasting.status().as_u16(), lasting.headers().contains_key("retry-after")), (500, false));
}
