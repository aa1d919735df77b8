//! A body that is read in full, into a nameless file, before anything is done with it.
//!
//! So a slow client holds no connection to the database, and a broken-off upload leaves nothing behind. It is written
//! and hashed in portions, each on a thread that may wait: a worker never waits for the disk, and a slow client holds no
//! thread.

use std::fs::File;
use std::io::{Seek, Write};

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{ApiError, ApiResult, Code, Phrase};
use crate::http::require_media_type;
use crate::idempotency::Fingerprint;
use crate::state::AppState;
use crate::tabular::Format;

/// Bytes that are gathered before they are written.
const PORTION: usize = 256 * 1024;

/// What is accepted.
const ACCEPTED: [Format; 4] = [Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];

/// A body, read to its end.
pub(crate) struct Upload {
    /// Its form, by its content type.
    pub format: Format,
    /// The bytes.
    pub content: Content,
    /// What the request asks for.
    pub fingerprint: Fingerprint,
    /// SHA-256 of the bytes.
    pub digest: [u8; 32],
}

/// The bytes of a body.
pub(crate) struct Content {
    file: File,
    /// As long as the file is there, its place is taken.
    _slot: Option<OwnedSemaphorePermit>,
}

impl Content {
    /// The bytes from the first on; one reader at a time.
    pub(crate) fn reader(&self) -> ApiResult<File> {
        let mut file = self.file.try_clone().map_err(ApiError::internal)?;
        file.rewind().map_err(ApiError::internal)?;
        Ok(file)
    }
}

impl Upload {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `unsupported_media_type`, `body_too_large` beyond the limit, `malformed_request` when it breaks off,
    /// `service_busy` and `storage_full` where there is no place for it.
    pub(crate) async fn receive(request: &HttpRequest, mut payload: Payload, state: &AppState) -> ApiResult<Self> {
        let media_type = require_media_type(request, &ACCEPTED.map(Format::media_type))?;
        let is_sent = |format: &Format| format.media_type() == media_type;
        let format = ACCEPTED.into_iter().find(is_sent).ok_or_else(|| ApiError::internal(&media_type))?;
        let limit = state.limits.upload;
        let too_large = || ApiError::new(Code::BodyTooLarge).allowed(Phrase::bytes(limit));
        let declared: Option<u64> =
            request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        // Short ones are as harmless as single resources; many clients may send them at once.
        let is_short = declared.is_some_and(|length| usize::try_from(length).is_ok_and(|it| it <= state.limits.body));
        let slot = if is_short { None } else { Some(state.upload_slot()?) };
        let folder = state.upload_dir.clone();
        let file = state.off_worker(move || tempfile::tempfile_in(folder)).await.map_err(ApiError::of_disk)?;
        let (mut written, mut portion, mut length) = (Written { file, hash: Sha256::new() }, Vec::new(), 0_u64);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                ApiError::new(Code::MalformedRequest).given(Phrase::new("内容没有传完", error.to_string()))
            })?;
            length += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if length > limit {
                return Err(too_large());
            }
            portion.extend_from_slice(&chunk);
            if portion.len() >= PORTION {
                written = written.and(std::mem::take(&mut portion), state).await?;
            }
        }
        let Written { file, hash } = written.and(portion, state).await?;
        let digest = hash.finalize().into();
        let fingerprint = Fingerprint::new(request, digest);
        Ok(Self { format, content: Content { file, _slot: slot }, fingerprint, digest })
    }
}

/// What is written of a body so far.
struct Written {
    file: File,
    hash: Sha256,
}

impl Written {
    /// With the next portion.
    async fn and(mut self, portion: Vec<u8>, state: &AppState) -> ApiResult<Self> {
        let work = move || {
            self.hash.update(&portion);
            self.file.write_all(&portion).map(|()| self)
        };
        state.off_worker(work).await.map_err(ApiError::of_disk)
    }
}
