//! The curve of a year by month (逐月累计曲线): what was done, what was planned, and the year before.
//!
//! `plotters` places axes, ticks and lines. It knows no style sheet, so each part is drawn in a colour that stands for it, and
//! that colour becomes a class: light, dark and paper are the style sheet's. It knows no width either: there is a wide drawing
//! and a narrow one, and the style sheet shows the one that fits. Months without a figure have no point; a faint line leads over them.

use std::ops::Range;

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::Visit;
use super::figures::{bare, exact, percent};
use crate::decimal::Amount;
use crate::error::{ApiError, ApiResult};
use crate::trends::{IndicatorTrend, TrendMonth};

/// A colour that stands for a class, as `plotters` writes it.
struct Part {
    colour: RGBColor,
    written: &'static str,
    class: &'static str,
}

const ACTUAL: Part = Part { colour: RGBColor(1, 0, 0), written: "#010000", class: "actual" };
const BRIDGE: Part = Part { colour: RGBColor(7, 0, 0), written: "#070000", class: "bridge" };
const PLAN: Part = Part { colour: RGBColor(2, 0, 0), written: "#020000", class: "plan" };
const LAST: Part = Part { colour: RGBColor(3, 0, 0), written: "#030000", class: "last" };
const AXIS: Part = Part { colour: RGBColor(4, 0, 0), written: "#040000", class: "axis" };
const MESH: Part = Part { colour: RGBColor(5, 0, 0), written: "#050000", class: "mesh" };
const LABEL: Part = Part { colour: RGBColor(6, 0, 0), written: "#060000", class: "label" };

/// A drawing's size in pixels of its own, and what goes with it.
struct Form {
    class: &'static str,
    width: u32,
    height: u32,
    /// Beside the value axis, at least.
    margin: u32,
    ticks: usize,
    /// Whether months are written out.
    is_wide: bool,
}

const FORMS: [Form; 2] = [
    Form { class: "wide", width: 880, height: 300, margin: 70, ticks: 6, is_wide: true },
    Form { class: "narrow", width: 336, height: 240, margin: 48, ticks: 5, is_wide: false },
];

/// What is between a label of the value axis and the axis.
const BESIDE_LABEL: u32 = 12;

/// What goes wrong while a drawing is written into memory.
type Failure = DrawingAreaErrorKind<std::io::Error>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Twelve values; none where there is no figure.
type Series = Vec<Option<f64>>;

struct Drawing<'a> {
    visit: &'a Visit,
    unit: &'a str,
    actual: Series,
    plan: Series,
    last: Series,
}

/// The curve of an indicator's year; none where nothing was planned or done in either year.
///
/// # Errors
/// A fault of ours where it cannot be drawn.
pub(super) fn curve(visit: &Visit, trend: &IndicatorTrend) -> ApiResult<Option<Markup>> {
    let float = |amount: Option<Amount>| amount.and_then(|amount| amount.to_f64());
    let months = || trend.months.iter();
    let drawing = Drawing {
        visit,
        unit: &trend.indicator.unit,
        actual: months().map(|month| float(month.actual)).collect(),
        plan: months().map(|month| float(month.plan)).collect(),
        last: trend.last_year.iter().copied().map(float).collect(),
    };
    if drawing.values().next().is_none() {
        return Ok(None);
    }
    let mut shown = Vec::new();
    for form in &FORMS {
        let (lines, columns) = drawing.draw(form).map_err(ApiError::internal)?;
        shown.push(html! {
            svg class={ "curve " (form.class) } viewBox={ "0 0 " (form.width) " " (form.height) } role="img" focusable="false"
                aria-label={ (trend.indicator.name) (visit.say("逐月累计曲线，数据见下表", " by month; the figures are in the table below")) } {
                (PreEscaped(lines))
                @for ((month, last), (x, width)) in trend.months.iter().zip(&trend.last_year).zip(columns) {
                    rect .hover x=(x) width=(width) y="0" height=(form.height) { title { (in_words(visit, trend, month, *last)) } }
                }
            }
        });
    }
    Ok(Some(html! { @for svg in shown { (svg) } }))
}

/// A month's figures to the last digit.
fn in_words(visit: &Visit, trend: &IndicatorTrend, month: &TrendMonth, last: Option<Amount>) -> String {
    let unit = &trend.indicator.unit;
    let none = || visit.say("无数据", "no figure").to_owned();
    let figure = |amount: Option<Amount>| amount.map_or_else(none, |amount| exact(*amount, unit));
    let rows = [
        (visit.say("实绩", "Actual"), figure(month.actual)),
        (visit.say("计划", "Plan"), figure(month.plan)),
        (visit.say("上年同期", "Last year"), figure(last)),
        (visit.say("完成率", "Rate"), month.rate.map_or_else(none, |rate| percent(*rate))),
    ];
    let rows: String = rows.iter().map(|(name, figure)| format!("\n{name} {figure}")).collect();
    format!("{}{rows}", month_name(visit, month.month))
}

/// A month as a column or a row is headed.
pub(super) fn month_name(visit: &Visit, month: u32) -> String {
    const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let place = usize::try_from(month).unwrap_or_default().saturating_sub(1);
    let english = ENGLISH.get(place).copied().unwrap_or_default();
    if visit.say("zh", "en") == "en" { english.to_owned() } else { format!("{month}月") }
}

impl Drawing<'_> {
    fn values(&self) -> impl Iterator<Item = f64> {
        [&self.actual, &self.plan, &self.last].into_iter().flatten().filter_map(|value| *value)
    }

    /// The inner part of the SVG, and where each month's column begins and how wide it is.
    fn draw(&self, form: &Form) -> Result<(String, Vec<(i32, i32)>), Failure> {
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, (form.width, form.height)).into_drawing_area();
        let columns = self.draw_on(&root, form)?;
        root.present()?;
        drop(root);
        Ok((classed(inner(&svg)), columns))
    }

    fn draw_on(&self, root: &Area<'_>, form: &Form) -> Result<Vec<(i32, i32)>, Failure> {
        let (low, high) =
            self.values().fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)));
        let room = if high > low { (high - low) * 0.06 } else { 1.0 };
        let values = low..high + room;
        let mut chart = ChartBuilder::on(root)
            .margin_top(8)
            .margin_right(16)
            .x_label_area_size(26)
            .y_label_area_size(self.margin(values.clone(), form))
            .build_cartesian_2d(0.6f64..12.4f64, values)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(14)
            .y_labels(form.ticks)
            .y_max_light_lines(1)
            .axis_style(AXIS.colour)
            .bold_line_style(MESH.colour)
            .light_line_style(TRANSPARENT)
            .label_style(("sans-serif", 15, &LABEL.colour))
            .x_label_formatter(&|month| self.month_label(*month, form))
            .y_label_formatter(&|value| self.value_label(*value))
            .draw()?;
        for run in runs(&self.last) {
            chart.draw_series(LineSeries::new(run.clone(), LAST.colour))?;
            chart.draw_series(run.into_iter().map(|point| TriangleMarker::new(point, 4, LAST.colour.filled())))?;
        }
        for run in runs(&self.plan) {
            chart.draw_series(LineSeries::new(run, PLAN.colour))?;
        }
        let actual = runs(&self.actual);
        for bridge in bridges(&actual) {
            chart.draw_series(LineSeries::new(bridge, BRIDGE.colour))?;
        }
        for run in actual {
            chart.draw_series(LineSeries::new(run.clone(), ACTUAL.colour))?;
            chart.draw_series(run.into_iter().map(|point| Circle::new(point, 4, ACTUAL.colour.filled())))?;
        }
        let left = |month: f64| chart.backend_coord(&(month - 0.5, 0.0)).0;
        Ok((1..=12).map(f64::from).map(|month| (left(month), left(month + 1.0) - left(month))).collect())
    }

    /// Room for the longest label of the value axis.
    fn margin(&self, values: Range<f64>, form: &Form) -> u32 {
        let ticks = RangedCoordf64::from(values).key_points(BoldPoints(form.ticks));
        let longest = ticks.into_iter().map(|tick| breadth(&self.value_label(tick))).max();
        longest.unwrap_or_default().saturating_add(BESIDE_LABEL).max(form.margin)
    }

    /// Only whole months have one.
    fn month_label(&self, month: f64, form: &Form) -> String {
        let whole = month.round().to_u32().filter(|whole| (f64::from(*whole) - month).abs() < 0.01);
        match whole {
            Some(month) if form.is_wide => month_name(self.visit, month),
            Some(month) => month.to_string(),
            None => String::new(),
        }
    }

    fn value_label(&self, value: f64) -> String {
        let value = Decimal::from_f64(value).unwrap_or_default().round_dp(4);
        bare(value, self.unit, self.visit.language)
    }
}

/// So many pixels a label takes at most in the style sheet's type: a Chinese character is as broad as high, a digit a little
/// more than half of that.
fn breadth(label: &str) -> u32 {
    label.chars().map(|sign| if sign.is_ascii() || sign == '−' { 7 } else { 12 }).sum()
}

/// Months that follow each other without a gap, as points.
fn runs(series: &Series) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (month, value) in (1..).map(f64::from).zip(series) {
        match (value, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((month, *value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// From the last point of each run to the first of the next.
fn bridges(runs: &[Vec<(f64, f64)>]) -> Vec<[(f64, f64); 2]> {
    let over = |(before, after): (&Vec<_>, &Vec<_>)| Some([*before.last()?, *after.first()?]);
    runs.iter().zip(runs.iter().skip(1)).filter_map(over).collect()
}

/// What stands between the outermost tags.
fn inner(svg: &str) -> &str {
    let after = svg.split_once('>').map_or(svg, |(_, after)| after);
    after.rsplit_once("</svg>").map_or(after, |(before, _)| before)
}

/// With classes in place of colours, and without what the style sheet says.
fn classed(drawn: &str) -> String {
    let mut svg =
        drawn.replace(" opacity=\"1\"", "").replace(" stroke-width=\"1\"", "").replace(" stroke=\"none\"", "");
    svg = svg.replace(" font-family=\"sans-serif\"", "");
    for Part { written, class, .. } in [ACTUAL, BRIDGE, PLAN, LAST, AXIS, MESH, LABEL] {
        svg = svg.replace(&format!("fill=\"none\" stroke=\"{written}\""), &format!("class=\"{class} line\""));
        svg = svg.replace(&format!("stroke=\"{written}\""), &format!("class=\"{class} line\""));
        svg = svg.replace(&format!("fill=\"{written}\""), &format!("class=\"{class}\""));
    }
    svg
}

/// What the lines stand for.
pub(super) fn legend(visit: &Visit) -> Markup {
    let sample = |class: &str, marker: Markup| {
        html! { svg .sample.curve-sample viewBox="0 0 28 16" aria-hidden="true" focusable="false" { polyline class={ (class) " line" } points="0,8 28,8" {} (marker) } }
    };
    html! {
        ul .legend aria-label=(visit.say("图例", "Legend")) {
            li { (sample("actual", html! { circle .actual cx="14" cy="8" r="4" {} })) (visit.say("实绩（累计）", "Actual, cumulative")) }
            li { (sample("plan", html! {})) (visit.say("计划（累计）", "Plan, cumulative")) }
            li { (sample("last", html! { polygon .last points="14,3 18.5,11 9.5,11" {} })) (visit.say("上年同期", "Last year")) }
            li { (sample("bridge", html! {})) (visit.say("期间没有数据", "No figures in between")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_without_a_figure_part_a_line() {
        let series = vec![None, Some(1.0), Some(2.0), None, None, Some(5.0), None];
        assert_eq!(runs(&series), [vec![(2.0, 1.0), (3.0, 2.0)], vec![(6.0, 5.0)]]);
        assert_eq!(bridges(&runs(&series)), [[(3.0, 2.0), (6.0, 5.0)]]);
        assert!(runs(&vec![None; 12]).is_empty() && bridges(&[]).is_empty());
    }

    #[test]
    fn colours_become_classes() {
        for part in [ACTUAL, BRIDGE, PLAN, LAST, AXIS, MESH, LABEL] {
            let RGBColor(red, green, blue) = part.colour;
            assert_eq!(part.written, format!("#{red:02X}{green:02X}{blue:02X}"));
        }
        let drawn = "<polyline fill=\"none\" opacity=\"1\" stroke=\"#010000\" stroke-width=\"1\" points=\"1,2 \"/>";
        assert_eq!(classed(drawn), "<polyline class=\"actual line\" points=\"1,2 \"/>");
    }
}
