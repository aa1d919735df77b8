//! What all routes share about HTTP: bodies, parameters, entity tags, pages, languages, the access line.
//!
//! Knows no feature.

mod answer;
mod body;
mod conditional;
mod file;
mod language;
mod members;
mod observe;
mod page;
mod parameter;
mod representation;
mod tag;

pub use answer::Answer;
pub use body::{Becoming, Patch, Valid, parse, refusal, require_media_type, shape};
pub use conditional::{Computed, Conditional, Content, NotModified};
pub use file::{File, FileFormat};
pub use language::language;
pub use members::{Fields, Members, merge};
pub use observe::{ErrorsAs, KeyName, RequestId, observe};
pub use page::{Limit, MOST_IN_FILE, Page, Paging};
pub use parameter::{Listing, NoFilter, Path, Query, Question, ResourceCode, Year, day, parse_query};
pub use representation::{FormatQuery, Formatted, Representation, WorkbookQuery};
pub use tag::{EntityTag, IfMatch};
