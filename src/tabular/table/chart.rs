//! The sheet with a chart, and beside it the figures it is drawn from.

use rust_xlsxwriter::{Chart as Drawing, ChartDataLabel, ChartFormat, ChartSolidFill, Worksheet, XlsxError};

use super::{Chart, Kind, look, workbook};
use crate::error::{Language, Text};
use crate::tabular::write::{Cell, put};

const SHEET: Text = Text::new("图表", "Chart");
const NAME: Text = Text::new("名称", "Name");

/// Fills the sheet.
pub(super) fn draw(sheet: &mut Worksheet, chart: &Chart, language: Language) -> Result<(), XlsxError> {
    let name = SHEET.get(language);
    sheet.set_name(name)?.set_column_width(0, 36)?.set_column_width(1, 11)?.set_screen_gridlines(false);
    for (column, heading) in (0..).zip([NAME, chart.measure]) {
        sheet.write_string_with_format(0, column, heading.get(language), &look::heading())?;
    }
    for (row, (label, value)) in (1..).zip(&chart.bars) {
        let (label, value) = (Cell::from(label), Cell::from(*value));
        put(sheet, (row, 0), &label, &look::cell(Kind::Text, &label, 0))?;
        put(sheet, (row, 1), &value, &look::cell(Kind::Share, &value, 0))?;
    }
    let last = u32::try_from(chart.bars.len()).unwrap_or(u32::MAX);
    let mut drawing = Drawing::new_bar();
    drawing
        .add_series()
        .set_name((name, 0, 1))
        .set_categories((name, 1, 0, last, 0))
        .set_values((name, 1, 1, last, 1))
        .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(look::BAR)))
        .set_gap(50)
        .set_data_label(ChartDataLabel::new().show_value().set_num_format("0.00%"));
    drawing.title().set_name(&chart.title);
    drawing.legend().set_hidden();
    // The names stand on the vertical axis, the first one on top; each bar says its own value.
    drawing.y_axis().set_reverse();
    drawing.x_axis().set_major_gridlines(false).set_hidden(true);
    drawing.set_alt_text(&chart.title).set_width(900).set_height(last.saturating_mul(26).clamp(150, 1_600) + 110);
    sheet.insert_chart(0, 3, &drawing)?;
    workbook::page(sheet, &chart.title);
    sheet.set_print_fit_to_pages(1, 1);
    Ok(())
}
