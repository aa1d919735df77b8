//! A body that is read in full, into a nameless file, before anything is done with it.
//!
//! So a slow client holds no connection to the database, and a broken-off upload leaves nothing behind.

use std::fs::File;
use std::io::{Seek, Write};

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, ApiResult, Code};
use crate::idempotency::Fingerprint;
use crate::tabular::Format;

/// What is accepted.
const ACCEPTED: [Format; 4] = [Format::Json, Format::Ndjson, Format::Csv, Format::Xlsx];

/// A body, read to its end.
pub(super) struct Upload {
    /// Its form, by its content type.
    pub format: Format,
    /// The bytes.
    pub content: Content,
    /// What the request asks for.
    pub fingerprint: Fingerprint,
}

/// The bytes of a body.
pub(super) struct Content(File);

impl Content {
    /// The bytes from the first on; one reader at a time.
    pub(super) fn reader(&self) -> ApiResult<File> {
        let mut file = self.0.try_clone().map_err(ApiError::internal)?;
        file.rewind().map_err(ApiError::internal)?;
        Ok(file)
    }
}

impl Upload {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// `unsupported_media_type`, `body_too_large` beyond `limit` bytes, `malformed_request` when it breaks off.
    pub(super) async fn receive(request: &HttpRequest, mut payload: Payload, limit: u64) -> ApiResult<Self> {
        let format = format(request)?;
        let too_large = || ApiError::new(Code::BodyTooLarge).allowed(format!("{limit} bytes"));
        let mut content = tempfile::tempfile().map_err(ApiError::internal)?;
        let (mut hash, mut length) = (Sha256::new(), 0_u64);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| ApiError::new(Code::MalformedRequest).given(error))?;
            length += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            if length > limit {
                return Err(too_large());
            }
            hash.update(&chunk);
            content.write_all(&chunk).map_err(ApiError::internal)?;
        }
        Ok(Self { format, content: Content(content), fingerprint: Fingerprint::new(request, hash.finalize().into()) })
    }
}

fn format(request: &HttpRequest) -> ApiResult<Format> {
    let text = |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let refused =
        |given: String, allowed: String| Err(ApiError::new(Code::UnsupportedMediaType).given(given).allowed(allowed));
    if let Some(coding) = text(header::CONTENT_ENCODING) {
        return refused(format!("{content_type}, {coding}"), "no Content-Encoding".to_owned());
    }
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if let Some(format) = ACCEPTED.into_iter().find(|format| format.media_type() == essence) {
        return Ok(format);
    }
    let given = if content_type.is_empty() { "missing".to_owned() } else { content_type };
    refused(given, ACCEPTED.map(Format::media_type).join(", "))
}
