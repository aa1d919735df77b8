//! How the cells of a workbook look: fonts, colours, numbers, widths.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use super::{Kind, Tone};
use crate::tabular::write::Cell;

const DARK: Color = Color::RGB(0x1F_3A_5F);
const LINE: Color = Color::RGB(0xD0_D7_DE);
/// The colour of bars in a chart.
pub(super) const BAR: Color = Color::RGB(0x5B_9B_D5);
/// The colour of bars behind figures.
pub(super) const PALE: Color = Color::RGB(0xBD_D7_EE);

/// Shares are shown in percent with all the decimals they have; a negative one in red.
const PERCENT: &str = "0.00%;[Red]-0.00%";
/// By how many decimals an amount has.
const AMOUNTS: [&str; 5] = ["#,##0", "#,##0.0", "#,##0.00", "#,##0.000", "#,##0.0000"];

/// A heading.
pub(super) fn heading() -> Format {
    let format = Format::new().set_bold().set_font_color(Color::White).set_background_color(DARK);
    bordered(format).set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter).set_text_wrap()
}

/// The title of a sheet.
pub(super) fn title() -> Format {
    Format::new().set_bold().set_font_size(16).set_font_color(DARK)
}

/// A name beside its value.
pub(super) fn label() -> Format {
    bordered(Format::new()).set_bold().set_align(FormatAlign::Top)
}

/// Text of any length.
pub(super) fn text() -> Format {
    bordered(Format::new()).set_text_wrap().set_align(FormatAlign::VerticalCenter)
}

/// A cell of this kind.
pub(super) fn cell(kind: Kind, cell: &Cell<'_>, level: u8) -> Format {
    match (kind, cell) {
        (Kind::Text, _) => text().set_indent(level),
        (Kind::Words(_), _) => text().set_align(FormatAlign::Center),
        (Kind::Quantity, Cell::Number(amount)) => {
            let decimals = usize::try_from(amount.normalize().scale()).unwrap_or_default();
            number(AMOUNTS.get(decimals).copied().unwrap_or("General"))
        }
        (Kind::Quantity | Kind::Count, _) => number("0"),
        (Kind::Share | Kind::Bar, _) => number(PERCENT),
    }
}

fn number(shown: &str) -> Format {
    bordered(Format::new()).set_num_format(shown).set_align(FormatAlign::Right).set_align(FormatAlign::VerticalCenter)
}

fn bordered(format: Format) -> Format {
    format.set_border(FormatBorder::Thin).set_border_color(LINE)
}

/// A word on its colour; the word itself says what the colour says.
pub(super) fn toned(tone: Tone) -> Format {
    let (fill, font) = match tone {
        Tone::Good => (0xC6_EF_CE, 0x00_61_00),
        Tone::Fair => (0xDD_EB_F7, 0x1F_4E_78),
        Tone::Warning => (0xFF_EB_9C, 0x7F_60_00),
        Tone::Bad => (0xFF_C7_CE, 0x9C_00_06),
        Tone::Neutral => (0xED_ED_ED, 0x40_40_40),
    };
    Format::new().set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(font))
}

/// How wide a column of such cells is, in digits: a Chinese character takes two.
pub(super) fn width<'a>(heading: &str, cells: impl Iterator<Item = Cell<'a>>) -> u32 {
    let widest = cells.map(|cell| match cell {
        Cell::Empty => 0,
        Cell::Text(text) => digits(&text),
        // With the separators of thousands, or as percent.
        Cell::Number(number) => digits(&number.to_string()) * 4 / 3 + 2,
    });
    let widest = widest.max().unwrap_or_default();
    // A heading may wrap, and has the button of the filter beside it.
    widest.max(digits(heading).div_ceil(2) + 3).clamp(9, 42) + 2
}

fn digits(text: &str) -> u32 {
    text.chars().map(|letter| if letter < '\u{1100}' { 1 } else { 2 }).sum()
}
