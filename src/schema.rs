// @generated automatically by Diesel CLI.

diesel::table! {
    /// What a row of actuals said before each change: the same columns, one row per earlier version.
    actual_revisions (association_id, id, version) {
        /// Who reports.
        association_id -> Uuid,
        /// UUIDv7, made by the program.
        id -> Uuid,
        /// The year the period lies in.
        year -> Int2,
        /// What was counted.
        indicator_id -> Uuid,
        /// The indicator's value type, repeated so that the checks can use it.
        value_type -> Text,
        /// First day covered.
        period_from -> Date,
        /// Last day covered.
        period_through -> Date,
        /// The value in the indicator's unit; a milestone is 1 (done) or 0; null for a percentage.
        value -> Nullable<Numeric>,
        /// Of a percentage.
        numerator -> Nullable<Numeric>,
        /// Of a percentage; above 0.
        denominator -> Nullable<Numeric>,
        /// exact, about 约/近/左右, at_least 余/多/以上.
        qualifier -> Text,
        /// reported, verified, rejected or voided.
        state -> Text,
        /// What the verifier last settled on; may differ from value. Kept when the actual is amended or rejected.
        verified_value -> Nullable<Numeric>,
        /// Of a percentage.
        verified_numerator -> Nullable<Numeric>,
        /// Of a percentage; above 0.
        verified_denominator -> Nullable<Numeric>,
        /// The client's own key; makes a submission safe to repeat.
        external_id -> Nullable<Text>,
        /// Who did it, when not the association that reports it.
        performed_by -> Nullable<Text>,
        /// Title of the document that shows it.
        evidence_document -> Nullable<Text>,
        /// Where that document is.
        evidence_url -> Nullable<Text>,
        /// The sentence that says it.
        evidence_quote -> Nullable<Text>,
        /// Remark of whoever reported it.
        note -> Nullable<Text>,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// Why it was last amended, verified with another value, rejected or voided.
        reason -> Nullable<Text>,
        /// When it was first stored.
        reported_at -> Timestamptz,
        /// The key that reported it; null: the command line.
        reported_by -> Nullable<Uuid>,
        /// When it last changed.
        updated_at -> Timestamptz,
        /// The key that last changed it; null: the command line.
        updated_by -> Nullable<Uuid>,
        /// The version that the last verification made; null: never verified. Changed since where version is higher.
        verified_version -> Nullable<Int4>,
        /// When it was last verified.
        verified_at -> Nullable<Timestamptz>,
        /// The key that last verified it; null: the command line, or never verified.
        verified_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// A year's actuals of one association and indicator, combined as the indicator's accumulation says, and how they stand against the target. Derived from actuals and targets in the same transaction; every target in force has a row.
    actual_totals (association_id, year, indicator_id) {
        /// Who reports.
        association_id -> Uuid,
        /// The year covered.
        year -> Int2,
        /// What was counted.
        indicator_id -> Uuid,
        /// How many actuals count on the reported basis (reported or verified).
        reported_count -> Int4,
        /// Their sum, the latest of them, or the sum (or latest) of the numerators.
        reported_value -> Numeric,
        /// Sum (or latest) of the denominators; 0 where there are none.
        reported_denominator -> Numeric,
        /// How many of those the value rests on are not exact.
        reported_inexact_count -> Int4,
        /// First day covered.
        reported_from -> Nullable<Date>,
        /// Last day covered.
        reported_through -> Nullable<Date>,
        /// When the last of them was reported.
        reported_last_at -> Nullable<Timestamptz>,
        /// How many actuals count on the verified basis.
        verified_count -> Int4,
        /// As reported_value, over the verified values.
        verified_value -> Numeric,
        /// As reported_denominator, over the verified values.
        verified_denominator -> Numeric,
        /// As reported_inexact_count, over the verified values.
        verified_inexact_count -> Int4,
        /// As reported_from, over the verified values.
        verified_from -> Nullable<Date>,
        /// As reported_through, over the verified values.
        verified_through -> Nullable<Date>,
        /// As reported_last_at, over the verified values.
        verified_last_at -> Nullable<Timestamptz>,
        /// The day the target in force has to be met by; null: no target.
        due_on -> Nullable<Date>,
        /// The plan curve of the target in force; null: even progress, or no target.
        plan -> Nullable<Array<Nullable<Numeric>>>,
        /// The rate on the reported basis, or where there is no ratio the score; null: nothing can be scored.
        reported_progress -> Nullable<Numeric>,
        /// As reported_progress, over the verified values.
        verified_progress -> Nullable<Numeric>,
    }
}

diesel::table! {
    /// The ledger of reported values (实绩). Nothing is ever deleted; what a row said before is in actual_revisions.
    actuals (association_id, id) {
        /// Who reports.
        association_id -> Uuid,
        /// UUIDv7, made by the program.
        id -> Uuid,
        /// The year the period lies in.
        year -> Int2,
        /// What was counted.
        indicator_id -> Uuid,
        /// The indicator's value type, repeated so that the checks can use it.
        value_type -> Text,
        /// First day covered.
        period_from -> Date,
        /// Last day covered.
        period_through -> Date,
        /// The value in the indicator's unit; a milestone is 1 (done) or 0; null for a percentage.
        value -> Nullable<Numeric>,
        /// Of a percentage.
        numerator -> Nullable<Numeric>,
        /// Of a percentage; above 0.
        denominator -> Nullable<Numeric>,
        /// exact, about 约/近/左右, at_least 余/多/以上.
        qualifier -> Text,
        /// reported, verified, rejected or voided.
        state -> Text,
        /// What the verifier last settled on; may differ from value. Kept when the actual is amended or rejected.
        verified_value -> Nullable<Numeric>,
        /// Of a percentage.
        verified_numerator -> Nullable<Numeric>,
        /// Of a percentage; above 0.
        verified_denominator -> Nullable<Numeric>,
        /// The client's own key; makes a submission safe to repeat.
        external_id -> Nullable<Text>,
        /// Who did it, when not the association that reports it.
        performed_by -> Nullable<Text>,
        /// Title of the document that shows it.
        evidence_document -> Nullable<Text>,
        /// Where that document is.
        evidence_url -> Nullable<Text>,
        /// The sentence that says it.
        evidence_quote -> Nullable<Text>,
        /// Remark of whoever reported it.
        note -> Nullable<Text>,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// Why it was last amended, verified with another value, rejected or voided.
        reason -> Nullable<Text>,
        /// When it was first stored.
        reported_at -> Timestamptz,
        /// The key that reported it; null: the command line.
        reported_by -> Nullable<Uuid>,
        /// When it last changed.
        updated_at -> Timestamptz,
        /// The key that last changed it; null: the command line.
        updated_by -> Nullable<Uuid>,
        /// The version that the last verification made; null: never verified. Changed since where version is higher.
        verified_version -> Nullable<Int4>,
        /// When it was last verified.
        verified_at -> Nullable<Timestamptz>,
        /// The key that last verified it; null: the command line, or never verified.
        verified_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// Who plans and reports (组织): a tree of federations, societies, associations and bureaus. Small; known to every node.
    associations (id) {
        /// UUIDv7, made by the program.
        id -> Uuid,
        /// The client's own name for the association; never changes.
        code -> Text,
        /// Full official name, as on documents.
        name -> Text,
        /// federation 科协, society 学会, industry_association 协会, bureau 科技局/科委, branch 分会, other.
        kind -> Text,
        /// Administrative level: national … grassroots.
        level -> Text,
        /// Life: preparing 筹建, active, dissolved.
        status -> Text,
        /// The association above it, if any.
        parent_id -> Nullable<Uuid>,
        /// Codes from the root down to this association, each between slashes: /chuzhou/chuzhou-medical/. All below X have a path that starts with X's.
        path -> Text,
        /// Other names it goes by (区财会学会 = 区财政会计学会).
        aliases -> Array<Nullable<Text>>,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// When it was first stored.
        created_at -> Timestamptz,
        /// When it last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Who changed what and when: one row per write, made in the same transaction, never changed or deleted.
    audit_entries (association_id, id) {
        /// Whose data changed; outlives a deleted association, so no foreign key. The nil UUID: what belongs to no association.
        association_id -> Uuid,
        /// UUIDv7, made by the program; the order of the entries.
        id -> Uuid,
        /// When it was done.
        at -> Timestamptz,
        /// What kind of thing: association, indicator, target, actual, key, lock, schedule, nil_report or bulletin.
        entity -> Text,
        /// Which one: the code, year/indicator of a target, the id of an actual, key or nil report, the year of a lock or schedule, year/number of a bulletin.
        entity_key -> Text,
        /// What was done to it, as a code.
        action -> Text,
        /// The key that did it; null: the command line.
        key_id -> Nullable<Uuid>,
        /// What that key was called.
        actor -> Text,
        /// X-Request-Id of the request, which finds it in the access log; null: the command line.
        request_id -> Nullable<Text>,
        /// Why, where the write says so.
        reason -> Nullable<Text>,
        /// What it was, as the API writes it; null where it was new.
        before -> Nullable<Jsonb>,
        /// What it became, as the API writes it; null where it was removed.
        after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    /// How a year stood when it was told (通报), numbered per year without gaps; never changed or deleted. A small table known to every node.
    bulletins (year, number) {
        /// The plan year.
        year -> Int2,
        /// 1, 2, 3 … in the year.
        number -> Int4,
        /// The association it is about, with all below it; null: everybody.
        scope_id -> Nullable<Uuid>,
        /// What it is called.
        title -> Text,
        /// The day its figures stand for.
        as_of -> Date,
        /// Which figures count: reported or verified.
        basis -> Text,
        /// How many associations its summary lists.
        association_count -> Int4,
        /// The whole of it as JSON, byte for byte as it is answered.
        content -> Text,
        /// When it was issued.
        issued_at -> Timestamptz,
        /// The key that issued it; null: the command line.
        issued_by -> Nullable<Uuid>,
        /// Only associations of this kind; null: of every kind.
        kind -> Nullable<Text>,
        /// Only associations of this level; null: of every level.
        level -> Nullable<Text>,
        /// Who may read it: supervisors, who may see everything it is about, or members too, the associations it is about.
        audience -> Text,
    }
}

diesel::table! {
    /// When the first of the actuals that still count and end in a month was reported; no row where there is none. Derived from actuals in the same transaction.
    first_reports (association_id, year, month) {
        /// Who reported.
        association_id -> Uuid,
        /// The year the actual's period lies in.
        year -> Int2,
        /// The month its period ends in, from 1.
        month -> Int2,
        /// When it was first stored.
        reported_at -> Timestamptz,
    }
}

diesel::table! {
    /// Answers to requests that came with an Idempotency-Key, written in the transaction of what they did and kept for a day.
    idempotency_keys (key_id, name) {
        /// The API key the request came with.
        key_id -> Uuid,
        /// The Idempotency-Key itself.
        name -> Text,
        /// SHA-256 of method, path, query and body: the same name with another one is refused.
        fingerprint -> Bytea,
        /// HTTP status of the answer.
        status -> Int2,
        /// Its Content-Type.
        content_type -> Text,
        /// Its Location.
        location -> Nullable<Text>,
        /// Its ETag.
        entity_tag -> Nullable<Text>,
        /// Its body.
        body -> Text,
        /// When it was answered.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// What is counted (指标), in one canonical unit. Small; known to every node.
    indicators (id) {
        /// UUIDv7, made by the program.
        id -> Uuid,
        /// The client's own name for the indicator; never changes.
        code -> Text,
        /// The name as plans write it (脱贫户数).
        name -> Text,
        /// Group it is shown under (科普, 培训, 知识产权 …).
        category -> Text,
        /// The indicator it is a breakdown of (国家级项目 under 科技项目), if any.
        parent_id -> Nullable<Uuid>,
        /// Canonical unit; every stored value is in it.
        unit -> Text,
        /// number, percentage (actuals carry numerator and denominator) or milestone (done or not). Fixed once in use.
        value_type -> Text,
        /// higher_is_better or lower_is_better. Fixed once in use.
        direction -> Text,
        /// How a year's actuals combine: sum, latest, ratio. Fixed once in use.
        accumulation -> Text,
        /// Whether it may be summed over associations (a rank may not).
        is_additive -> Bool,
        /// Decimals to show, 0 to 4; storage always keeps 4.
        decimals -> Int2,
        /// What counts and what does not (统计口径).
        definition -> Nullable<Text>,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// When it was first stored.
        created_at -> Timestamptz,
        /// When it last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// API keys. The secret itself is never stored.
    keys (id) {
        /// UUIDv7, made by the program; also names the actor in the ledger.
        id -> Uuid,
        /// What people call the key; shown in lists and access lines.
        name -> Text,
        /// The open part of the secret, by which the row is found.
        prefix -> Text,
        /// SHA-256 of the whole secret.
        digest -> Bytea,
        /// viewer, reporter, planner, verifier or admin.
        role -> Text,
        /// The association the key is limited to, with all below it; null: everything.
        scope_id -> Nullable<Uuid>,
        /// From this moment on the key is refused; null: never.
        expires_at -> Nullable<Timestamptz>,
        /// When it was made.
        created_at -> Timestamptz,
        /// The key that made it; null: the command line.
        created_by -> Nullable<Uuid>,
        /// Last use, to the minute.
        last_used_at -> Nullable<Timestamptz>,
        /// From this moment on the key is refused.
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Which periods of a year are closed; a year without a row is open. A small table known to every node.
    locks (year) {
        /// The year.
        year -> Int2,
        /// Periods that end on or before this day are closed; null: all are open again.
        closed_through -> Nullable<Date>,
        /// Why they were closed or opened.
        reason -> Text,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// When it last changed.
        updated_at -> Timestamptz,
        /// The key that last changed it; null: the command line.
        updated_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// Reports that there is nothing to report (零报告). Nothing is ever deleted; of those that stand, one per period.
    nil_reports (association_id, id) {
        /// Who reports.
        association_id -> Uuid,
        /// UUIDv7, made by the program.
        id -> Uuid,
        /// The year the period lies in.
        year -> Int2,
        /// First day of the month or quarter.
        period_from -> Date,
        /// Its last day.
        period_through -> Date,
        /// Remark of whoever reported it.
        note -> Nullable<Text>,
        /// Why it was withdrawn, or reported after its period was closed.
        reason -> Nullable<Text>,
        /// When it was reported.
        reported_at -> Timestamptz,
        /// The key that reported it; null: the command line.
        reported_by -> Nullable<Uuid>,
        /// When it was withdrawn; null: it stands.
        withdrawn_at -> Nullable<Timestamptz>,
        /// The key that withdrew it; null: the command line, or it stands.
        withdrawn_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// Who has to report in a year and by when (报送计划). A small table known to every node.
    reporting_schedules (year) {
        /// The year.
        year -> Int2,
        /// monthly or quarterly.
        frequency -> Text,
        /// Days after the end of a period by whose end a report is in time.
        due_days -> Int2,
        /// Only this association and all below it; null: everywhere.
        within_id -> Nullable<Uuid>,
        /// Only associations of these kinds; empty: of all.
        kinds -> Array<Nullable<Text>>,
        /// Only associations of these levels; empty: of all.
        levels -> Array<Nullable<Text>>,
        /// Counts the changes; the entity tag is made of it.
        version -> Int4,
        /// When it last changed.
        updated_at -> Timestamptz,
        /// The key that last changed it; null: the command line.
        updated_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    /// Each association's year in one row: the sums its score is made of. Derived from targets and actual_totals in the same transaction; its row is the lock of that association and year.
    scorecards (association_id, year) {
        /// Whose year.
        association_id -> Uuid,
        /// The plan year.
        year -> Int2,
        /// How many targets are in force.
        target_count -> Int4,
        /// Sum of the weights of the targets that can be scored.
        weight -> Numeric,
        /// Sum of weight × score over them, on the reported basis.
        reported_score -> Numeric,
        /// The same on the verified basis.
        verified_score -> Numeric,
        /// When it last changed.
        updated_at -> Timestamptz,
        /// Counts the writes of targets and actuals; the entity tags of what is computed from the year are made of it.
        version -> Int8,
        /// How many targets are met on the reported basis.
        reported_met_count -> Int4,
        /// The same on the verified basis.
        verified_met_count -> Int4,
    }
}

diesel::table! {
    /// Browsers that signed in with a key. A small table known to every node.
    sessions (digest) {
        /// SHA-256 of what the browser holds; that itself is never stored.
        digest -> Bytea,
        /// The key it signed in with: revoked or expired, it ends the session too.
        key_id -> Uuid,
        /// When it signed in.
        created_at -> Timestamptz,
        /// From this moment on it has to sign in again.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// What an association plans for an indicator in a year (目标), every revision of it. The one in force is current.
    targets (association_id, year, indicator_id, revision) {
        /// Who plans.
        association_id -> Uuid,
        /// Plan year.
        year -> Int2,
        /// What is counted.
        indicator_id -> Uuid,
        /// 1 is the target as first published; counts up, also past a removal.
        revision -> Int4,
        /// Whether this revision is in force; at most one is.
        is_current -> Bool,
        /// Whether this revision withdrew the target; its numbers repeat the ones withdrawn.
        is_removal -> Bool,
        /// at_least 不少于, at_most 不超过, exactly, range (value to upper, 1-2家).
        bound -> Text,
        /// The planned value per period, in the indicator's unit; the lower end of a range.
        value -> Numeric,
        /// Upper end of a range.
        upper -> Nullable<Numeric>,
        /// Whether the plan says 约 or 左右.
        is_approximate -> Bool,
        /// The period the value is for; a duty per month counts value × 12 for the year.
        per -> Text,
        /// level: actual / target. change: share of the way from the baseline to the target.
        basis_of_rate -> Text,
        /// Year the baseline was measured in.
        baseline_year -> Nullable<Int2>,
        /// The baseline, in the indicator's unit.
        baseline_value -> Nullable<Numeric>,
        /// Planned growth over the baseline in percent (同比递增10%); where given, value was derived from it.
        growth -> Nullable<Numeric>,
        /// Weight in the association's score.
        weight -> Numeric,
        /// The day it has to be met by.
        due_on -> Date,
        /// Cumulative share of the year's work planned by the end of each month, 12 of them, the last 1; null: even progress.
        plan -> Nullable<Array<Nullable<Numeric>>>,
        /// Title of the document the target was read from.
        source_document -> Nullable<Text>,
        /// Where in that document.
        source_locator -> Nullable<Text>,
        /// The sentence it was read from.
        source_quote -> Nullable<Text>,
        /// Why the target was revised or removed.
        reason -> Nullable<Text>,
        /// When this revision was recorded.
        recorded_at -> Timestamptz,
        /// The key that recorded it; null: the command line.
        recorded_by -> Nullable<Uuid>,
    }
}

diesel::joinable!(actual_totals -> associations (association_id));
diesel::joinable!(actual_totals -> indicators (indicator_id));
diesel::joinable!(actuals -> associations (association_id));
diesel::joinable!(bulletins -> associations (scope_id));
diesel::joinable!(first_reports -> associations (association_id));
diesel::joinable!(idempotency_keys -> keys (key_id));
diesel::joinable!(keys -> associations (scope_id));
diesel::joinable!(nil_reports -> associations (association_id));
diesel::joinable!(reporting_schedules -> associations (within_id));
diesel::joinable!(scorecards -> associations (association_id));
diesel::joinable!(sessions -> keys (key_id));
diesel::joinable!(targets -> associations (association_id));
diesel::joinable!(targets -> indicators (indicator_id));

diesel::allow_tables_to_appear_in_same_query!(
    actual_revisions,
    actual_totals,
    actuals,
    associations,
    audit_entries,
    bulletins,
    first_reports,
    idempotency_keys,
    indicators,
    keys,
    locks,
    nil_reports,
    reporting_schedules,
    scorecards,
    sessions,
    targets,
);
