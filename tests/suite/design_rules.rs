//! Every rule of DESIGN section 3, sentence by sentence, and the test that is named after it.
//!
//! Below are the tests of rules that no other file has one for.

mod actuals;
mod completion;
mod plans;

use std::cell::Cell;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{App, Person, Reply};

/// The rules in the order of the page, each with a test: the file from `tests/suite` or `src` on, and its function.
const RULES: &[(&str, &str)] = &[
    // Units and quantities
    (
        "an indicator has one unit",
        "suite/design_rules/plans.rs an_indicator_has_one_unit_and_its_direction_and_accumulation_have_to_be_said",
    ),
    ("only units of one dimension convert", "src/quantity/unit.rs money_area_mass_and_length_convert_exactly"),
    (
        "% and 个百分点, 人 and 人次, 件 and 项 never convert",
        "src/quantity/unit.rs people_visits_counts_and_percentages_never_convert",
    ),
    (
        "another unit of the dimension is converted exactly: targets",
        "suite/targets.rs a_value_in_another_unit_of_the_dimension_is_converted_exactly",
    ),
    (
        "another unit of the dimension is converted exactly: actuals",
        "suite/actuals.rs an_actual_is_one_figure_in_a_unit_that_converts",
    ),
    ("exactly, or refused", "src/quantity/unit.rs an_inexact_value_is_refused_rather_than_rounded"),
    (
        "any other unit is refused (unit_mismatch)",
        "suite/targets.rs a_value_in_a_unit_that_does_not_convert_is_refused",
    ),
    (
        "exact decimals from request to database to response",
        "suite/completion_detail.rs decimals_stay_exact_from_end_to_end",
    ),
    ("in JSON they are numbers", "src/decimal.rs exact_decimals_survive_json"),
    ("numeric(20,4)", "src/decimal.rs what_cannot_be_kept_exactly_is_refused"),
    (
        "written as people write it wherever text comes in",
        "suite/design_rules/plans.rs text_is_read_by_the_same_rules_in_csv_in_a_spreadsheet_and_on_a_target",
    ),
    (
        "into value, upper, bound, approximate, unit",
        "suite/design_rules/plans.rs every_phrase_that_the_design_lists_is_read_into_value_upper_bound_approximate_and_unit",
    ),
    (
        "as real plans are written",
        "suite/quantity_figures.rs every_figure_of_the_real_documents_is_read_as_a_person_reads_it",
    ),
    (
        "what cannot be read with certainty is an error",
        "suite/targets.rs an_expression_that_cannot_be_read_with_certainty_is_refused",
    ),
    ("never a guess", "src/quantity/tests.rs what_has_two_readings_is_unclear"),
    // Indicator
    (
        "a percentage carries numerator and denominator",
        "suite/actuals.rs a_percentage_is_a_numerator_over_a_denominator",
    ),
    ("a milestone is done or not", "suite/actuals.rs a_milestone_is_done_or_not"),
    ("sum: each actual is an increment", "src/scorecards/mod.rs sum_adds_increments_whatever_their_order"),
    (
        "latest by the end of the period, ties by the later report",
        "suite/completion.rs the_latest_is_the_one_whose_period_ends_last_and_of_several_the_later_report",
    ),
    ("never by edit time", "suite/design_rules/actuals.rs an_edit_does_not_make_a_report_the_latest"),
    (
        "ratio: Σ numerator / Σ denominator",
        "suite/completion.rs a_percentage_is_the_sum_of_numerators_over_the_sum_of_denominators",
    ),
    ("percentages only", "suite/indicators.rs each_value_type_has_its_own_ways_to_accumulate"),
    (
        "additive: may be summed over associations",
        "suite/completion_subtree.rs what_is_not_additive_is_listed_and_not_summed",
    ),
    (
        "category, parent, definition, decimals",
        "suite/design_rules/plans.rs an_indicator_keeps_category_parent_definition_and_decimals",
    ),
    ("parent: a breakdown", "suite/completion_detail.rs a_line_stands_below_the_one_it_breaks_down"),
    (
        "fixed once a target or actual exists",
        "suite/indicators.rs what_figures_rest_on_is_fixed_by_the_first_target_or_actual",
    ),
    // Target
    (
        "one per association × year × indicator",
        "suite/design_rules/plans.rs there_is_one_target_per_association_year_and_indicator",
    ),
    ("one, also from two at once", "suite/concurrency.rs of_two_first_plans_at_once_one_is_the_first"),
    (
        "at_least is the default of higher is better",
        "suite/targets.rs a_target_by_fields_has_the_usual_ones_where_they_are_not_given",
    ),
    (
        "at_most is the default of lower is better",
        "suite/targets.rs a_target_of_a_lower_is_better_indicator_is_at_most_its_value",
    ),
    ("range: value to upper", "suite/targets.rs a_range_needs_an_upper_end_that_is_not_below_the_value"),
    ("per: counts value × periods", "suite/design_rules/plans.rs a_duty_counts_its_value_for_every_period_of_the_year"),
    ("每月报送50条", "suite/targets.rs a_duty_that_an_expression_says_recurs_counts_for_every_period"),
    ("completion says how many periods met it", "suite/completion.rs a_duty_per_month_says_how_many_months_met_it"),
    (
        "basis_of_rate change: the way from the baseline",
        "suite/completion.rs a_change_is_the_share_of_the_way_from_the_baseline",
    ),
    ("a change needs a baseline", "suite/targets.rs growth_and_change_need_a_baseline"),
    (
        "growth over the baseline, marked as derived",
        "suite/targets.rs growth_over_a_baseline_becomes_a_value_marked_as_derived",
    ),
    ("weight", "suite/targets.rs a_weight_is_above_0_and_at_most_1000"),
    ("due_on", "suite/targets.rs a_target_may_be_due_years_later_but_not_before_its_year"),
    ("plan: 12 shares, non-decreasing, ending at 1", "suite/targets.rs a_plan_curve_never_falls_and_ends_at_1"),
    ("source {document, locator, quote}", "suite/design_rules/plans.rs a_target_keeps_where_it_was_read"),
    (
        "a change after the first save is a revision with a reason",
        "suite/target_revisions.rs a_revision_needs_a_reason",
    ),
    (
        "the first and every later revision stay readable",
        "suite/target_revisions.rs every_revision_stays_readable_also_past_a_removal",
    ),
    (
        "lower than last year's actual is normal",
        "suite/design_rules/plans.rs a_target_lower_than_last_years_actual_is_normal_and_gives_no_warning",
    ),
    (
        "a breakdown need not add up: report the gap, refuse nothing",
        "suite/design_rules/plans.rs a_breakdown_need_not_add_up_to_its_parent_and_the_gap_is_reported",
    ),
    // Actual
    ("period in its forms", "suite/actuals.rs a_period_is_taken_in_every_form_and_written_in_the_shortest"),
    ("inside one year", "suite/actuals.rs a_period_outside_one_year_is_refused"),
    ("qualifier: exact, about, at_least", "suite/actuals.rs a_text_is_read_with_how_exact_it_is"),
    (
        "a rate that rests on anything inexact is flagged",
        "suite/completion.rs a_rate_that_rests_on_anything_inexact_is_flagged",
    ),
    ("external_id is the client's key", "suite/actuals.rs submitting_the_same_actual_twice_stores_it_once"),
    ("unique per association", "suite/actuals.rs another_association_may_use_the_same_external_id"),
    (
        "performed_by, evidence, note; who reports and who did it",
        "suite/actuals.rs who_did_it_and_what_shows_it_are_kept",
    ),
    (
        "verified with a value that may differ",
        "suite/verification.rs verifying_with_another_value_needs_a_reason_and_changes_only_the_verified_basis",
    ),
    ("or rejected", "suite/verification.rs a_rejected_actual_counts_on_neither_basis_until_it_is_verified_or_amended"),
    ("any may be voided", "suite/design_rules/actuals.rs an_actual_in_any_state_may_be_voided"),
    (
        "an amendment keeps what was there before",
        "suite/actual_changes.rs an_amendment_counts_at_once_and_keeps_what_was_there",
    ),
    ("nothing is ever deleted", "suite/design_rules/actuals.rs no_actual_is_ever_deleted"),
    (
        "two may contradict each other until a person voids one",
        "suite/design_rules/actuals.rs two_actuals_that_contradict_each_other_stand_side_by_side_until_one_is_voided",
    ),
    // Completion
    (
        "one pure function, no clock, no database",
        "suite/design_rules/completion.rs the_rule_is_one_pure_function_without_clock_or_database",
    ),
    (
        "higher is better, level",
        "suite/design_rules/completion.rs higher_is_better_by_level_is_actual_over_value_and_met_from_the_value_on",
    ),
    ("range", "suite/design_rules/completion.rs a_range_is_rated_on_both_ends_and_met_from_the_lower_one_on"),
    ("exactly", "suite/design_rules/completion.rs exactly_is_met_by_the_value_alone"),
    (
        "change, either direction",
        "suite/design_rules/completion.rs a_change_in_either_direction_is_the_share_of_the_way_from_the_baseline_and_met_by_direction",
    ),
    (
        "lower is better, level",
        "suite/design_rules/completion.rs lower_is_better_by_level_has_no_rate_and_is_met_up_to_the_value",
    ),
    ("milestone", "suite/design_rules/completion.rs a_milestone_is_1_or_0_and_met_when_done"),
    ("no target", "suite/design_rules/completion.rs without_a_target_there_is_neither_rate_nor_met"),
    (
        "target 0, higher is better",
        "suite/design_rules/completion.rs a_target_of_0_where_higher_is_better_has_neither_rate_nor_met",
    ),
    (
        "baseline = target",
        "suite/design_rules/completion.rs a_baseline_that_equals_the_target_has_no_rate_and_is_met_by_direction",
    ),
    (
        "nothing reported",
        "suite/design_rules/completion.rs where_nothing_is_reported_met_is_unknown_until_due_and_then_false",
    ),
    ("every case at once", "src/rule/tests.rs every_case_of_the_table_is_judged_as_written"),
    (
        "score of a line",
        "suite/design_rules/completion.rs a_score_is_the_rate_within_0_and_1_or_where_there_is_no_ratio_whether_it_is_met",
    ),
    (
        "an association's score, and what was left out",
        "suite/design_rules/completion.rs an_associations_score_is_weighted_counts_what_is_not_reported_as_0_and_lists_what_is_left_out",
    ),
    ("status, first that fits", "suite/design_rules/completion.rs the_first_status_that_fits_is_told"),
    (
        "0.8 × pace, configurable",
        "suite/design_rules/completion.rs the_share_of_the_pace_that_is_at_risk_is_configurable",
    ),
    (
        "lower is better is completed only once due",
        "suite/design_rules/completion.rs a_lower_is_better_target_is_completed_only_once_due_and_until_then_on_track_or_behind",
    ),
    (
        "4 decimals, toward zero; met before rounding",
        "suite/design_rules/completion.rs rates_have_four_decimals_cut_toward_zero_and_met_is_decided_before",
    ),
    (
        "dates follow Asia/Shanghai unless configured",
        "suite/design_rules/completion.rs dates_follow_shanghai_unless_another_time_zone_is_configured",
    ),
    ("linear unless a plan curve is given", "src/rule/tests.rs the_pace_is_even_unless_a_plan_curve_says_otherwise"),
    (
        "pace at the earlier of as_of and the end of the year",
        "suite/design_rules/completion.rs the_pace_is_taken_at_the_end_of_the_year_once_that_is_over",
    ),
    (
        "as_of: what was known then, the same when asked later",
        "suite/completion_as_of.rs as_of_answers_byte_for_byte_what_was_answered_on_that_day",
    ),
    ("recorded by the end of that day", "suite/completion_as_of.rs a_day_ends_at_midnight_in_the_services_time_zone"),
    (
        "subtree: Σ targets and Σ actuals",
        "suite/completion_subtree.rs targets_and_actuals_are_summed_over_the_association_and_all_below_it",
    ),
    (
        "subtree: percentages Σ numerator / Σ denominator",
        "suite/completion_subtree.rs percentages_are_the_sum_of_numerators_over_the_sum_of_denominators",
    ),
    (
        "subtree: the rest is listed as not_additive",
        "suite/completion_subtree.rs what_is_not_additive_is_listed_and_not_summed",
    ),
    (
        "ranking: 1-2-2-4 by score, ties by name",
        "suite/rankings.rs those_who_tie_share_a_rank_and_those_without_one_come_last_with_the_reason",
    ),
    ("peers are chosen by parent, kind and level", "suite/rankings.rs peers_are_chosen_by_parent_place_kind_and_level"),
];

/// An association on 30 June 2018, and somebody who may do everything.
struct Stage {
    app: App,
    admin: Person,
    /// Indicators made so far.
    count: Cell<u32>,
}

fn stage() -> Stage {
    let app = App::start();
    app.association("chuzhou", None);
    let admin = app.admin();
    Stage { app, admin, count: Cell::new(0) }
}

impl Stage {
    fn indicator(&self, fields: Value) -> String {
        let code = format!("x{}", self.count.get());
        self.count.set(self.count.get() + 1);
        self.app.indicator_with(&code, fields);
        code
    }

    fn completion(&self, query: &str) -> Value {
        self.admin.get(&format!("/associations/chuzhou/completion/2018{query}")).expect(200)
    }

    /// The line of a new indicator with these fields, this target (null: none) and these actuals.
    fn line(&self, fields: Value, target: Value, actuals: &[Value]) -> Value {
        let code = self.indicator(fields);
        if !target.is_null() {
            self.admin.put(&format!("/associations/chuzhou/targets/2018/{code}"), target).expect(201);
        }
        for value in actuals {
            let body = json!({"indicator": code, "value": value, "period": "2018-03"});
            self.admin.post("/associations/chuzhou/actuals", body).expect(201);
        }
        let lines = self.completion("")["lines"].clone();
        let line = lines.as_array().expect("lines").iter().find(|line| line["indicator"]["code"] == *code);
        line.cloned().unwrap_or_else(|| panic!("no line of {code}"))
    }

    /// An actual of a new indicator with these fields.
    fn report(&self, fields: Value, mut body: Value) -> Value {
        body["indicator"] = json!(self.indicator(fields));
        self.admin.post("/associations/chuzhou/actuals", body).expect(201)
    }

    fn change(&self, actual: &Value, method: &str, what: &str, body: Value) -> Reply {
        let path = format!("/associations/chuzhou/actuals/{}{what}", actual["id"].as_str().expect("an id"));
        match method {
            "GET" => self.admin.get(&path),
            "DELETE" => self.admin.delete(&path),
            _ => self.admin.send_json(method, &path, &[], body),
        }
    }
}

/// The text of a file of the project.
fn source(place: &str) -> String {
    let place = place.replacen("suite/", "tests/suite/", 1);
    std::fs::read_to_string(format!("{}/{place}", env!("CARGO_MANIFEST_DIR")))
        .unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// The functions of a text that are tests.
fn tests(text: &str) -> BTreeSet<String> {
    let marked = ["#[test]\n", "#[tokio::test]\n"].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let names = marked.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next().map(ToOwned::to_owned));
    names.collect()
}

#[test]
fn the_test_of_every_rule_is_there() {
    let mut rules = BTreeSet::new();
    for (rule, test) in RULES {
        assert!(rules.insert(rule), "{rule} stands twice");
        let (file, name) = test.split_once(' ').expect("a file and a name");
        assert!(tests(&source(file)).contains(name), "{rule}: there is no test {name} in {file}");
    }
}

#[test]
fn every_test_of_these_files_is_named_after_a_rule() {
    for file in ["suite/design_rules/plans.rs", "suite/design_rules/actuals.rs", "suite/design_rules/completion.rs"] {
        for name in tests(&source(file)) {
            let place = format!("{file} {name}");
            assert!(RULES.iter().any(|(_, test)| *test == place), "{place} stands for no rule");
        }
    }
}
