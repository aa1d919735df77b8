//! The archive a workbook is: what it may take in memory is settled here, before anything else reads it.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::unreadable;
use crate::error::{ApiError, ApiResult, Code, Phrase, Text};

const MIB: u64 = 1024 * 1024;
const LARGEST_FILE: u64 = 32 * MIB;
const LARGEST_INFLATED: u64 = 256 * MIB;
/// Styles take up many times their size once they are read.
const LARGEST_STYLES: u64 = 4 * MIB;
/// Shared strings are held in memory while their sheet is read.
const LARGEST_STRINGS: u64 = 64 * MIB;
/// Each becomes a text of its own, many times the five bytes that an empty one takes in the file.
const MOST_STRINGS: u64 = 1_000_000;
const MOST_PARTS: usize = 2000;
/// Sheets full of the same row come to about a hundred.
const LARGEST_RATIO: u64 = 300;
/// Parts below this size may have any ratio.
const RATIO_FROM: u64 = MIB;

const ZIP: &[u8] = b"PK\x03\x04";
/// A compound file: what .xls is, and what a password makes of .xlsx.
const COMPOUND_FILE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
const ROOT: &str = "_rels/.rels";

/// Passes a workbook that is an archive and fits into memory, by what it really holds and not by what it says.
///
/// # Errors
/// `unsupported_spreadsheet`, `spreadsheet_too_large`, `malformed_spreadsheet`.
pub(super) fn check<R: Read + Seek>(mut source: R) -> ApiResult<R> {
    let size = source.seek(SeekFrom::End(0)).map_err(unreadable)?;
    if size > LARGEST_FILE {
        return Err(too_large(format!("{} MiB", size / MIB), "32 MiB"));
    }
    source.rewind().map_err(unreadable)?;
    let mut begin = Vec::new();
    source.by_ref().take(8).read_to_end(&mut begin).map_err(unreadable)?;
    if begin == COMPOUND_FILE {
        return Err(unsupported(Text::new("旧式 .xls 或有密码保护的", "an old .xls or protected by a password")));
    }
    if !begin.starts_with(ZIP) {
        return Err(malformed("it is no zip archive"));
    }
    let mut archive = ZipArchive::new(source).map_err(refused)?;
    if archive.len() > MOST_PARTS {
        return Err(too_large(format!("{} parts", archive.len()), format!("{MOST_PARTS} parts")));
    }
    if archive.index_for_name(ROOT).is_none() {
        return Err(malformed("it is an archive without a workbook"));
    }
    let mut left = LARGEST_INFLATED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(refused)?;
        left = left.checked_sub(inflate(part, left)?).ok_or_else(too_large_inflated)?;
    }
    for index in 0..archive.len() {
        check_strings(archive.by_index(index).map_err(refused)?)?;
    }
    let mut source = archive.into_inner();
    source.rewind().map_err(unreadable)?;
    Ok(source)
}

/// The size of a part as it says and as it is, whichever is larger; of one beyond what is left, a byte more than that.
fn inflate(mut part: ZipFile<'_, impl Read>, left: u64) -> ApiResult<u64> {
    if part.size() > left {
        return Err(too_large_inflated());
    }
    let name = lowercase_name(&part);
    let inflated = io::copy(&mut part.by_ref().take(left + 1), &mut io::sink()).map_err(malformed)?;
    let size = inflated.max(part.size());
    let most = match name.as_str() {
        name if name.ends_with("styles.xml") => LARGEST_STYLES,
        name if name.ends_with("sharedstrings.xml") => LARGEST_STRINGS,
        _ => LARGEST_INFLATED,
    };
    if size > most {
        return Err(too_large(
            Phrase::new(format!("{} MiB 的 {name}", size / MIB), format!("{} MiB of {name}", size / MIB)),
            format!("{} MiB", most / MIB),
        ));
    }
    let ratio = size / part.compressed_size().max(1);
    if size > RATIO_FROM && ratio > LARGEST_RATIO {
        return Err(too_large(
            Phrase::new(format!("压缩 {ratio} 倍的内容"), format!("parts compressed {ratio} times")),
            Phrase::new(format!("{LARGEST_RATIO} 倍"), format!("{LARGEST_RATIO} times")),
        ));
    }
    Ok(size)
}

/// The list of shared strings says how many there are, and room is made for them on its word; so many there must be, and
/// not too many.
fn check_strings(part: ZipFile<'_, impl Read>) -> ApiResult<()> {
    if !lowercase_name(&part).ends_with("sharedstrings.xml") {
        return Ok(());
    }
    let size = part.size();
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    let (mut buffer, mut found) = (Vec::new(), 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(malformed)? {
            Event::Start(list) | Event::Empty(list) if list.local_name().as_ref() == "sst" => {
                let count = list.try_get_attribute("uniqueCount").map_err(malformed)?;
                // Even an empty string takes five bytes: <si/>.
                let is_possible = |count: &str| count.parse().is_ok_and(|count: u64| count <= size / 5);
                let is_honest = count.is_none_or(|count| is_possible(count.value.trim()));
                if !is_honest {
                    return Err(malformed("it holds fewer shared strings than it says"));
                }
            }
            Event::Start(string) | Event::Empty(string) if string.local_name().as_ref() == "si" => {
                found += 1;
                if found > MOST_STRINGS {
                    return Err(too_large(
                        Text::new("更多共享字符串", "more shared strings"),
                        Phrase::new(format!("{MOST_STRINGS} 个共享字符串"), format!("{MOST_STRINGS} shared strings")),
                    ));
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn lowercase_name(part: &ZipFile<'_, impl Read>) -> String {
    String::from_utf8_lossy(part.name_raw()).to_lowercase()
}

fn refused(error: ZipError) -> ApiError {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            unsupported(Text::new("有密码保护的", "protected by a password"))
        }
        error => malformed(error),
    }
}

/// The file is no workbook, for this reason; those of libraries are English.
pub(super) fn malformed(reason: impl std::fmt::Display) -> ApiError {
    ApiError::new(Code::MalformedSpreadsheet).given(Phrase::new("内容无法解析", reason.to_string()))
}

fn unsupported(given: Text) -> ApiError {
    ApiError::new(Code::UnsupportedSpreadsheet)
        .given(given)
        .allowed(Text::new("没有密码的 .xlsx", ".xlsx without a password"))
}

/// The workbook has more of something than it may.
pub(super) fn too_large(given: impl Into<Phrase>, allowed: impl Into<Phrase>) -> ApiError {
    ApiError::new(Code::SpreadsheetTooLarge).given(given).allowed(allowed)
}

fn too_large_inflated() -> ApiError {
    let most = LARGEST_INFLATED / MIB;
    let allowed = Phrase::new(format!("解压后 {most} MiB"), format!("{most} MiB once unpacked"));
    too_large(Text::new("更多内容", "more content"), allowed)
}
