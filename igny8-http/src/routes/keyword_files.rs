//! `planner/keywords/import_csv/` and `export_csv/`: files of keywords, in and out, whatever their size.
//! An upload is spooled first, so that a slow client holds neither a connection nor the store's only writer.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use axum::body::Body as Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use igny8_core::Error;
use igny8_core::error::FieldErrors;
use igny8_core::exchange::{ExportOptions, ImportReport};
use igny8_core::ids::{SectorId, SiteId};
use igny8_core::sdk::ImportRequest;
use igny8_core::tenancy::Action;
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use super::contents::attachment;
use super::keywords::KeywordParams;
use crate::ApiError;
use crate::answer::{Answer, One};
use crate::app::App;
use crate::middleware::{FILE_LEASE, IDEMPOTENCY_KEY, key_of, once};
use crate::request::{ListParams, Query, Tenant};
use crate::routing::Routes;

pub(super) fn routes() -> Routes {
    Routes::of("planner")
        .post(
            "planner/keywords/import_csv/",
            "importKeywords",
            "Import a keyword file: `.csv`, `.tsv` or `.xlsx`, of any known tool",
            import,
        )
        .get("planner/keywords/export_csv/", "exportKeywords", "Keywords by filter as a CSV file", export)
}

/// Where an import goes. With `multipart/form-data` these may be fields of the form too.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ImportParams {
    /// The sector that the keywords go to; required.
    sector_id: Option<SectorId>,
    /// The site that the sector must belong to, if given.
    site_id: Option<SiteId>,
    /// Only tells what the import would do.
    dry_run: bool,
}

/// The files of an upload, spooled.
#[derive(Debug, Default)]
struct Upload {
    params: ImportParams,
    files: Vec<(String, std::fs::File)>,
    fingerprint: Sha256,
    left: u64,
    limit: u64,
}

/// The file of a request: `multipart/form-data` with one or more fields `file`, or the file itself as the body.
struct Spooled(Upload);

impl FromRequest<App> for Spooled {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        // Asked before anything is spooled for who may not.
        Tenant::from_request_parts(&mut parts, app).await?.scope.require(Action::Edit)?;
        let Query(params) = Query::<ImportParams>::from_request_parts(&mut parts, app).await?;
        let limit = app.config.upload_limit;
        let mut upload = Upload { params, left: limit, limit, ..Upload::default() };
        let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence =
            media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
        match essence.as_str() {
            "multipart/form-data" => {
                let mut request = Request::from_parts(parts, body);
                // The form around the files counts too; the files alone are counted as they are spooled.
                let most = usize::try_from(limit.saturating_add(FORM)).unwrap_or(usize::MAX);
                axum::extract::DefaultBodyLimit::max(most).apply(&mut request);
                upload.form(request).await?;
            }
            "text/csv"
            | "text/tab-separated-values"
            | "text/plain"
            | "application/octet-stream"
            | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
                let chunks = body.into_data_stream().map(|chunk| chunk.map_err(|_| broken_off()));
                upload.spool("body".to_owned(), Box::pin(chunks)).await?;
            }
            _ => {
                let accepted = "multipart/form-data with a field `file`, or text/csv";
                return Err(ApiError::unsupported_media_type(accepted));
            }
        }
        Ok(Self(upload))
    }
}

/// What a form may have beside its files, in bytes.
const FORM: u64 = 1 << 20;

/// Files of one upload: each is open until it is read.
const MOST_FILES: usize = 32;

fn broken_off() -> ApiError {
    FieldErrors::one("file", "broke off before its end: send it again").into()
}

/// The text of a field that is not the file. It is held in memory, so it is short.
async fn short(mut field: Field<'_>, name: &str) -> Result<String, ApiError> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| broken_off())? {
        text.extend_from_slice(&chunk);
        if text.len() > 100 {
            return Err(FieldErrors::one(name, "must be at most 100 bytes").into());
        }
    }
    String::from_utf8(text).map_err(|_| FieldErrors::one(name, "must be UTF-8").into())
}

impl Upload {
    async fn form(&mut self, request: Request) -> Result<(), ApiError> {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| {
            ApiError::from(FieldErrors::one(
                "file",
                "the form has no boundary: let the client make its header",
            ))
        })?;
        while let Some(field) = form.next_field().await.map_err(|_| broken_off())? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "file" if self.files.len() >= MOST_FILES => {
                    return Err(FieldErrors::one("file", format!("send at most {MOST_FILES} at once")).into());
                }
                "file" => {
                    let file = field.file_name().unwrap_or("file").to_owned();
                    let chunks = field.map(|chunk| chunk.map_err(|_| broken_off()));
                    self.spool(file, Box::pin(chunks)).await?;
                }
                "sector_id" | "site_id" | "dry_run" => {
                    let text = short(field, &name).await?;
                    self.set(&name, text.trim())?;
                }
                _ => {
                    let why = "is not known: the form has `file`, `sector_id`, `site_id` and `dry_run`";
                    return Err(FieldErrors::one(name, why).into());
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), ApiError> {
        let complaint = |_| FieldErrors::one(name, format!("`{text}` is not what is expected here"));
        match name {
            "sector_id" => self.params.sector_id = Some(text.parse()?),
            "site_id" => self.params.site_id = Some(text.parse()?),
            _ => self.params.dry_run = text.parse::<bool>().map_err(complaint)?,
        }
        Ok(())
    }

    async fn spool(
        &mut self,
        name: String,
        mut chunks: impl futures_util::Stream<Item = Result<bytes::Bytes, ApiError>> + Unpin,
    ) -> Result<(), ApiError> {
        let failed = |error| Error::storage("spool an upload", error);
        let mut file = tokio::fs::File::from_std(tempfile::tempfile().map_err(failed)?);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            self.left =
                self.left.checked_sub(chunk.len() as u64).ok_or_else(|| ApiError::too_large(self.limit))?;
            self.fingerprint.update(&chunk);
            file.write_all(&chunk).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        let mut file = file.into_std().await;
        io::Seek::rewind(&mut file).map_err(failed)?;
        self.files.push((name, file));
        Ok(())
    }

    fn fingerprint(&self) -> [u8; 32] {
        let mut fingerprint = self.fingerprint.clone();
        fingerprint.update(format!("{:?}", self.params));
        fingerprint.finalize().into()
    }
}

/// The answer to an import, which may have been given before.
struct Imported(Response);

async fn import(
    tenant: Tenant,
    headers: axum::http::HeaderMap,
    Spooled(upload): Spooled,
) -> Answer<Imported> {
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        return Ok(Imported(One(imported(&tenant, upload).await?).into_response()));
    }
    let (key, fingerprint) = (key_of(&headers)?, upload.fingerprint());
    let answer = async {
        match imported(&tenant, upload).await {
            Ok(report) => One(report).into_response(),
            Err(error) => error.into_response(),
        }
    };
    once(&tenant, &key, fingerprint, FILE_LEASE, answer).await.map(Imported)
}

async fn imported(tenant: &Tenant, upload: Upload) -> Result<ImportReport, ApiError> {
    let mut errors = FieldErrors::new();
    errors.require(!upload.files.is_empty(), "file", "is missing: send the keyword file");
    errors.require(upload.params.sector_id.is_some(), "sector_id", "is missing: say where the keywords go");
    errors.into_result()?;
    let Some(sector) = upload.params.sector_id else { return Err(ApiError::internal()) };
    if let Some(site) = upload.params.site_id {
        let place = tenant.igny8.sectors(&tenant.scope).get(sector).await?;
        if place.site != site {
            return Err(Error::not_found("sector", sector).into());
        }
    }
    let keywords = tenant.igny8.keywords(&tenant.scope);
    let mut request = ImportRequest::into_sector(sector);
    if upload.params.dry_run {
        request = request.dry_run();
    }
    for (name, file) in upload.files {
        request = request.file(name, file);
    }
    // Reading a file blocks for the length of a batch, so it has a thread for that.
    let runtime = tokio::runtime::Handle::current();
    let import = tokio::task::spawn_blocking(move || runtime.block_on(keywords.import(request)));
    Ok(import.await.map_err(|_| ApiError::internal())??)
}

impl IntoResponse for Imported {
    fn into_response(self) -> Response {
        self.0
    }
}

/// A file of keywords, as it is read.
struct KeywordsFile(Bytes);

/// The chunks that are sent at a time.
const CHUNK: usize = 64 * 1024;

/// How many of them may wait for a slow client.
const WAITING_CHUNKS: usize = 4;

/// How long a client may take nothing at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Exports under way in this process: each has a thread to wait on.
static EXPORTS: Semaphore = Semaphore::const_new(32);

async fn export(tenant: Tenant, Query(params): Query<KeywordParams>) -> Answer<KeywordsFile> {
    let filter = params.into_filter();
    let turn = EXPORTS.try_acquire().map_err(|_| ApiError::rate_limited(Duration::from_secs(2)))?;
    let (sender, chunks) = futures_channel::mpsc::channel(WAITING_CHUNKS);
    let runtime = tokio::runtime::Handle::current();
    // A slow client makes the writer wait, which blocks, so it has a thread for that.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut failure = sender.clone();
        let keywords = tenant.igny8.keywords(&tenant.scope);
        let file = ChunkWriter { sender, chunk: Vec::with_capacity(CHUNK) };
        let exported = runtime.block_on(keywords.export_csv(filter, file, ExportOptions::default()));
        if let Err(error) = exported {
            tracing::warn!(%error, "an export broke off");
            // The client's connection is cut, so that it does not take half a file for a whole one.
            drop(failure.try_send(Err(io::Error::other("the export broke off"))));
        }
    });
    Ok(KeywordsFile(Bytes::from_stream(chunks)))
}

/// Hands what is written on in chunks, and waits where they are not taken.
struct ChunkWriter {
    sender: futures_channel::mpsc::Sender<io::Result<bytes::Bytes>>,
    chunk: Vec<u8>,
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let mut chunk = Ok(std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK)).into());
        let begun = Instant::now();
        while let Err(refused) = self.sender.try_send(chunk) {
            if !refused.is_full() {
                return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the client went away"));
            }
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing"));
            }
            // This thread is there for waiting.
            std::thread::sleep(Duration::from_millis(2));
            chunk = refused.into_inner();
        }
        Ok(())
    }
}

impl IntoResponse for KeywordsFile {
    fn into_response(self) -> Response {
        attachment("keywords.csv", "text/csv; charset=utf-8", self.0)
    }
}

#[cfg(feature = "openapi")]
mod documented {
    //! What the document says of files.

    use aide::generate::GenContext;
    use aide::openapi::{Operation, Response, StatusCode};
    use aide::operation::{OperationInput, OperationOutput};
    use schemars::json_schema;

    use super::{ImportParams, ImportReport, Imported, KeywordsFile, One, Spooled};
    use crate::openapi;

    impl OperationInput for Spooled {
        fn operation_input(_: &mut GenContext, operation: &mut Operation) {
            openapi::query_parameters::<ImportParams>(operation);
            let form = json_schema!({
                "type": "object",
                "properties": {
                    "file": {"type": "string", "contentMediaType": "application/octet-stream",
                        "description": "The keyword file."},
                    "sector_id": {"type": "string", "format": "uuid"},
                    "site_id": {"type": "string", "format": "uuid"},
                    "dry_run": {"type": "boolean"}
                },
                "required": ["file"]
            });
            let text = json_schema!({"type": "string"});
            openapi::body(operation, &[("multipart/form-data", form), ("text/csv", text)], true);
        }
    }

    impl OperationOutput for Imported {
        type Inner = ImportReport;

        fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Response> {
            One::<ImportReport>::operation_response(ctx, operation)
        }

        fn inferred_responses(
            ctx: &mut GenContext,
            operation: &mut Operation,
        ) -> Vec<(Option<StatusCode>, Response)> {
            One::<ImportReport>::inferred_responses(ctx, operation)
        }
    }

    openapi::file_answer!(KeywordsFile, ["text/csv"], "The keywords, by keyword.");
}
