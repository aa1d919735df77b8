//! How an answer is wanted: as JSON, or as a file to keep.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, dev};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::conditional::Content;
use super::parameter::{Question, parse_query, split};
use super::{File, FileFormat};
use crate::error::ApiError;

/// As what an answer is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct FormatQuery {
    /// As a file with every row: `csv` or `xlsx`. Where not given, `Accept: text/csv` or that of a workbook asks for one,
    /// and everything else for JSON. Headings are English, or Chinese when `Accept-Language` prefers it.
    #[param(inline)]
    pub format: Option<FileFormat>,
}

/// As what an answer of several tables is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkbookQuery {
    /// As a workbook with a sheet for each table: `xlsx`. Where not given, the `Accept` of a workbook asks for one, and
    /// everything else for JSON. Headings are English, or Chinese when `Accept-Language` prefers it.
    #[param(inline)]
    pub format: Option<WorkbookFormat>,
}

/// The format of files that hold several tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkbookFormat {
    /// A workbook, with a sheet that explains it.
    Xlsx,
}

impl WorkbookQuery {
    /// What the query or the request's `Accept` asks for; none: JSON.
    pub fn wanted(self, request: &HttpRequest) -> Option<FileFormat> {
        let named = self.format.map(|WorkbookFormat::Xlsx| FileFormat::Xlsx);
        named.or_else(|| FileFormat::accepted(request, &[FileFormat::Xlsx]))
    }
}

/// A question, and as what its answer is wanted.
#[derive(Debug)]
pub struct Formatted<Q> {
    /// As a file; none: as JSON.
    pub format: Option<FileFormat>,
    /// What is asked: for a file, the whole answer.
    pub question: Q,
}

impl<Q: Question> FromRequest for Formatted<Q> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let (format, question) = split(request.query_string(), &["format"]);
        let read = || {
            let FormatQuery { format } = parse_query(&format)?;
            let question = Q::read(&question).map_err(|error| error.also_allowed("format"))?;
            let format = format.or_else(|| FileFormat::accepted(request, &FileFormat::ALL));
            Ok(Self { format, question: if format.is_some() { question.whole()? } else { question } })
        };
        ready(read())
    }
}

/// An answer as it was wanted.
#[derive(Debug)]
pub enum Representation<T> {
    /// As JSON.
    Json(T),
    /// As a file.
    File(File),
}

impl<T: Serialize> Content for Representation<T> {
    fn send(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        match self {
            Self::Json(body) => body.send(response),
            Self::File(file) => file.send(response),
        }
    }
}
