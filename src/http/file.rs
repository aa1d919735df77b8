//! Files to keep: how they are written, what they are called, and who asks for one.

use actix_web::http::header::{
    Accept, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, Header, Quality,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;
use strum::{AsRefStr, EnumString};
use utoipa::ToSchema;

use super::conditional::Content;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsRefStr, EnumString, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FileFormat {
    /// A workbook, with a sheet that explains it.
    Xlsx,
    /// The bare table, in UTF-8 with a byte order mark.
    Csv,
}

impl FileFormat {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// Its content type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// The format of those offered that `Accept` wants before anything else that is answered, which is JSON; of equal
    /// weights the more specific one counts, then the first.
    pub fn accepted(request: &HttpRequest, offered: &[Self]) -> Option<Self> {
        let offer = |format| offered.contains(&format).then_some(Some(format));
        let names = |name: &str| match name {
            "text/csv" | "text/*" => offer(Self::Csv),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => offer(Self::Xlsx),
            "application/json" | "application/*" | "*/*" => Some(None),
            _ => None,
        };
        let accepted = Accept::parse(request).ok()?.0;
        let wanted = Accept(accepted.into_iter().filter(|range| range.quality > Quality::ZERO).collect());
        wanted.ranked().iter().find_map(|range| names(range.essence_str())).flatten()
    }
}

/// A file to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// How it is written.
    pub format: FileFormat,
    /// Its name in the reader's language, without extension.
    pub title: String,
    /// Its name in ASCII without extension, for whoever cannot read the other one.
    pub plain: String,
    /// What stands in it.
    pub content: Vec<u8>,
}

/// What a file's name may not have on the systems of those who keep it.
const UNWANTED: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

impl Content for File {
    fn send(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        response.content_type(self.format.media_type()).insert_header(self.attachment());
        response.body(self.content)
    }
}

impl File {
    /// Both names (RFC 5987).
    fn attachment(&self) -> ContentDisposition {
        let extension = self.format.as_ref();
        let is_unwanted = |letter: char| letter.is_control() || UNWANTED.contains(&letter);
        let title = self.title.replace(is_unwanted, "_");
        let title = ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: format!("{title}.{extension}").into_bytes(),
        };
        let plain = format!("{}.{extension}", self.plain);
        ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(plain), DispositionParam::FilenameExt(title)],
        }
    }
}
