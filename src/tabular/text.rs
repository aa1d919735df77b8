//! Text files as UTF-8, whatever of the usual encodings they are in.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::unreadable;
use crate::error::{ApiError, ApiResult, Code, Text};

const BYTE_ORDER_MARKS: [(&[u8], &Encoding); 3] =
    [(b"\xEF\xBB\xBF", UTF_8), (b"\xFF\xFE", UTF_16LE), (b"\xFE\xFF", UTF_16BE)];

/// Bytes decoded at a time.
const CHUNK: usize = 64 * 1024;

/// A file as UTF-8 without a byte order mark.
///
/// The whole file is read once to find its encoding: GB18030 is told from UTF-8 only by a byte that UTF-8 cannot have,
/// which may stand in the last line.
///
/// # Errors
/// `undecodable_text` with the line up to which it could be read.
pub(super) fn open<R: Read + Seek + Send + 'static>(mut source: R) -> ApiResult<BufReader<Box<dyn Read + Send>>> {
    let mut begin = Vec::new();
    source.by_ref().take(3).read_to_end(&mut begin).map_err(unreadable)?;
    let marked = BYTE_ORDER_MARKS.iter().find(|(mark, _)| begin.starts_with(mark));
    let (start, candidates) = match marked {
        Some((mark, encoding)) => (mark.len(), vec![*encoding]),
        None => (0, vec![UTF_8, GB18030]),
    };
    let start = SeekFrom::Start(u64::try_from(start).unwrap_or_default());
    let mut furthest = 0;
    for encoding in candidates {
        source.seek(start).map_err(unreadable)?;
        match undecodable_line(&mut source, encoding).map_err(unreadable)? {
            None => return opened(source, start, encoding).map_err(unreadable),
            Some(line) => furthest = furthest.max(line),
        }
    }
    Err(ApiError::new(Code::UndecodableText)
        .given(furthest)
        .allowed(Text::new("UTF-8、GB18030、带字节顺序标记的 UTF-16", "UTF-8, GB18030, UTF-16 with a byte order mark")))
}

fn opened<R: Read + Seek + Send + 'static>(
    mut source: R,
    start: SeekFrom,
    encoding: &'static Encoding,
) -> io::Result<BufReader<Box<dyn Read + Send>>> {
    source.seek(start)?;
    // The first pass has shown that it is UTF-8 already.
    let text: Box<dyn Read + Send> =
        if encoding == UTF_8 { Box::new(source) } else { Box::new(Decoded::new(source, encoding)) };
    Ok(BufReader::with_capacity(CHUNK, text))
}

/// The first line that is not in this encoding.
fn undecodable_line(source: &mut impl Read, encoding: &'static Encoding) -> io::Result<Option<u64>> {
    let mut text = Decoded::new(source, encoding);
    let mut line = 1;
    loop {
        let read = text.fill();
        line += u64::try_from(text.output.iter().filter(|byte| **byte == b'\n').count()).unwrap_or_default();
        match read {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Some(line)),
            Err(error) => return Err(error),
        }
    }
}

/// Text in another encoding, read as UTF-8.
struct Decoded<R> {
    source: R,
    decoder: Decoder,
    input: Vec<u8>,
    /// What of the input is not decoded yet.
    pending: std::ops::Range<usize>,
    output: Vec<u8>,
    /// How much of the output was read.
    taken: usize,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        let (input, output) = (vec![0; CHUNK], Vec::new());
        Self { source, decoder, input, pending: 0..0, output, taken: 0, is_over: false }
    }

    /// Decodes the next piece; none is left where it answers no.
    fn fill(&mut self) -> io::Result<bool> {
        self.taken = 0;
        self.output.clear();
        while self.output.is_empty() && !self.is_over {
            if self.pending.is_empty() {
                self.pending = 0..self.source.read(&mut self.input)?;
            }
            let is_last = self.pending.is_empty();
            let input = self.input.get(self.pending.clone()).unwrap_or_default();
            self.output.resize(CHUNK, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(input, &mut self.output, is_last);
            self.output.truncate(written);
            self.pending.start += read;
            match result {
                DecoderResult::Malformed(..) => return Err(io::ErrorKind::InvalidData.into()),
                DecoderResult::InputEmpty => self.is_over = is_last,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(!self.output.is_empty())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.output.len() && !self.fill()? {
            return Ok(0);
        }
        let read = self.output.get(self.taken..).unwrap_or_default().read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}
