"""Measures the service against PostgreSQL itself; scripts/bench builds the service and runs this.

Every figure is a ratio of two rates that were taken in turns, since machines and moments differ. What pgbench runs is
what the service sends for one request, statement by statement, without its HTTP, its JSON and its authentication.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ASSOCIATIONS, INDICATORS, CLIENTS = 2_000, 50, 16

SINGLE = """
\\set a random(1, {associations})
\\set i random(1, {indicators})
\\set n random(1, 1000000000)
SELECT id AS association, status, path, aliases FROM associations WHERE code = 'a' || :a::int \\gset
SELECT id AS indicator, unit, value_type FROM indicators WHERE code = 'i' || :i::int \\gset
BEGIN;
INSERT INTO scorecards AS s (association_id, year, target_count, weight, reported_score, verified_score, updated_at,
 version, reported_met_count, verified_met_count)
 VALUES (:association, 2018, 0, 0, 0, 0, now(), 1, 0, 0)
 ON CONFLICT (association_id, year) DO UPDATE SET updated_at = excluded.updated_at, version = s.version + 1;
SELECT * FROM indicators WHERE id = :indicator FOR KEY SHARE;
SELECT bound, value, upper, per, basis_of_rate, baseline_value, weight, due_on, plan FROM targets
 WHERE association_id = :association AND year = 2018 AND indicator_id = :indicator AND is_current;
SELECT * FROM actual_totals WHERE association_id = :association AND year = 2018 AND indicator_id = :indicator;
INSERT INTO actuals (association_id, id, year, indicator_id, value_type, period_from, period_through, value, qualifier,
 state, external_id, version, reported_at, updated_at)
 VALUES (:association, gen_random_uuid(), 2018, :indicator, 'number', '2018-11-01', '2018-11-30', :i, 'exact',
 'reported', 'p-' || :n::text || '-' || :client_id::text || '-' || :a::text, 1, now(), now())
 ON CONFLICT (association_id, external_id) DO NOTHING RETURNING id;
SELECT closed_through FROM locks WHERE year = 2018;
INSERT INTO actual_totals AS t (association_id, year, indicator_id, reported_count, reported_value,
 reported_denominator, reported_inexact_count, reported_from, reported_through, reported_last_at, verified_count,
 verified_value, verified_denominator, verified_inexact_count)
 VALUES (:association, 2018, :indicator, 1, :i, 0, 0, '2018-11-01', '2018-11-30', now(), 0, 0, 0, 0)
 ON CONFLICT (association_id, year, indicator_id) DO UPDATE SET reported_count = t.reported_count + 1,
 reported_value = t.reported_value + excluded.reported_value, reported_last_at = excluded.reported_last_at,
 reported_progress = trunc((t.reported_value + excluded.reported_value) / 1000000, 4);
INSERT INTO audit_entries (association_id, id, at, entity, entity_key, action, actor, request_id, after)
 VALUES (:association, gen_random_uuid(), now(), 'actual', 'k' || :n::text, 'submitted', 'bench', 'r',
 jsonb_build_object('indicator', :i::text, 'value', :i::int, 'period', '2018-11', 'state', 'reported'));
INSERT INTO first_reports (association_id, year, month, reported_at) VALUES (:association, 2018, 11, now())
 ON CONFLICT (association_id, year, month) DO UPDATE SET reported_at = excluded.reported_at
 WHERE excluded.reported_at < first_reports.reported_at;
UPDATE scorecards SET reported_score = reported_score + 0.0 WHERE association_id = :association AND year = 2018;
COMMIT;
"""

BATCH = """
\\set b random(1, {batches})
WITH input AS MATERIALIZED (SELECT * FROM bench_rows WHERE batch = :b),
new AS (
 INSERT INTO actuals (association_id, id, year, indicator_id, value_type, period_from, period_through, value, qualifier,
  state, external_id, version, reported_at, updated_at)
 SELECT association_id, gen_random_uuid(), 2018, indicator_id, 'number', '2018-12-01', '2018-12-31', value, 'exact',
  'reported', external_id || '-' || txid_current(), 1, now(), now() FROM input
 ON CONFLICT (association_id, external_id) DO NOTHING RETURNING association_id, id, year, indicator_id, value),
totals AS (
 INSERT INTO actual_totals AS t (association_id, year, indicator_id, reported_count, reported_value,
  reported_denominator, reported_inexact_count, reported_from, reported_through, reported_last_at, verified_count,
  verified_value, verified_denominator, verified_inexact_count)
 SELECT association_id, year, indicator_id, count(*), sum(value), 0, 0, '2018-12-01'::date, '2018-12-31'::date, now(),
  0, 0, 0, 0 FROM new GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
 ON CONFLICT (association_id, year, indicator_id) DO UPDATE SET
  reported_count = t.reported_count + excluded.reported_count,
  reported_value = t.reported_value + excluded.reported_value, reported_through = excluded.reported_through,
  reported_progress = trunc((t.reported_value + excluded.reported_value) / 1000000, 4)),
scores AS (
 INSERT INTO scorecards AS s (association_id, year, target_count, weight, reported_score, verified_score, updated_at,
  version, reported_met_count, verified_met_count)
 SELECT DISTINCT association_id, year, 0, 0, 0, 0, now(), 1, 0, 0 FROM new ORDER BY 1, 2
 ON CONFLICT (association_id, year) DO UPDATE SET updated_at = excluded.updated_at, version = s.version + 1),
firsts AS (
 INSERT INTO first_reports (association_id, year, month, reported_at)
 SELECT DISTINCT association_id, year, 12, now() FROM new ORDER BY 1, 2
 ON CONFLICT (association_id, year, month) DO UPDATE SET reported_at = excluded.reported_at
 WHERE excluded.reported_at < first_reports.reported_at),
entries AS (
 INSERT INTO audit_entries (association_id, id, at, entity, entity_key, action, actor, request_id, after)
 SELECT association_id, id, now(), 'actual', id::text, 'submitted', 'bench', 'r',
  jsonb_build_object('indicator', indicator_id, 'value', value, 'period', '2018-12', 'state', 'reported') FROM new)
SELECT count(*) FROM new;
"""

COPY_COLUMNS = (
    "association_id, id, year, indicator_id, value_type, period_from, period_through, value, qualifier, state, "
    "external_id, version, reported_at, updated_at"
)

LUA = """
local key = os.getenv("KPI_KEY")
local thread = 0
function setup(t) t:set("id", thread); thread = thread + 1 end
function init() math.randomseed(os.time() * 31 + id); n = 0 end
"""

SUBMIT = LUA + """
function request()
  n = n + 1
  local body = string.format(
    '{"indicator":"i%d","value":%d,"period":"2018-11","external_id":"w-%d-%d-%d"}',
    math.random(1, INDICATORS), math.random(1, 99), id, n, math.random(1, 2000000000))
  return wrk.format("POST", "/api/v1/associations/a" .. math.random(1, ASSOCIATIONS) .. "/actuals",
    {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}, body)
end
"""

READ = LUA + """
function request()
  local path = string.gsub(PATH, "@", tostring(math.random(1, ASSOCIATIONS)))
  return wrk.format("GET", "/api/v1" .. path, {["Authorization"] = "Bearer " .. key})
end
"""

# What one of many associations answers, and one page of all of them.
OWN = "/associations/g-@/completion/{year}?detail=brief"
PAGES = {
    "summaries by score": "/completion/{year}?sort=score",
    "ranking": "/rankings/{year}",
    "ranking by one indicator": "/rankings/{year}?indicator={indicator}",
    "associations": "/associations",
}


def milliseconds(text):
    """Of wrk's `1.25ms`, `850.00us`, `1.02s`."""
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


class Bench:
    """A service and a database of its own, and what was measured of them."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.rows = arguments, folder, []
        self.kpi = os.path.abspath(arguments.kpi)
        keep = ("PATH", "HOME", "LANG", "PG_BIN_DIR", "USER")
        self.env = {name: os.environ[name] for name in keep if name in os.environ}
        self.env |= {"KPI_DATA_DIR": f"{folder}/data", "RUST_LOG": "info"}
        self.service = None

    def start(self):
        log = open(f"{self.folder}/service.log", "w+", encoding="utf-8")
        command = [self.kpi, "--listen", "127.0.0.1:0", "serve"]
        self.service = subprocess.Popen(command, env=self.env, stderr=log)
        for _ in range(600):
            found = re.search(r"listening on (http://[^ ,]*)", pathlib.Path(log.name).read_text(encoding="utf-8"))
            if found or self.service.poll() is not None:
                break
            time.sleep(0.1)
        if not found:
            sys.exit(f"The service did not start:\n{pathlib.Path(log.name).read_text(encoding='utf-8')}")
        self.address = found[1]
        pid_file = pathlib.Path(f"{self.folder}/data/postgres/postmaster.pid")
        if not pid_file.exists():
            pid_file = next(pathlib.Path(f"{self.folder}/data").rglob("postmaster.pid"))
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        self.env |= {"PGHOST": lines[4].strip(), "PGPORT": lines[3].strip(), "PGUSER": "kpi", "PGDATABASE": "kpi"}
        binaries = pathlib.Path(f"/proc/{lines[0].strip()}/exe").resolve().parent
        self.env["PATH"] = f"{binaries}:{self.env['PATH']}"
        create = [self.kpi, "key", "create", "--name", "bench", "--role", "admin"]
        made = subprocess.run(create, env=self.env | {"RUST_LOG": "warn"}, capture_output=True, text=True, check=True)
        self.env["KPI_KEY"] = made.stdout.strip()

    def stop(self):
        if self.service:
            self.service.send_signal(signal.SIGTERM)
            self.service.wait(timeout=120)

    def run(self, *command):
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{command[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def sql(self, text):
        return self.run("psql", "-XAqt", "-v", "ON_ERROR_STOP=1", "-c", text).strip()

    def file(self, name, text):
        path = f"{self.folder}/{name}"
        pathlib.Path(path).write_text(text, encoding="utf-8")
        return path

    def pgbench(self, name, script, clients=CLIENTS):
        """Transactions per second."""
        path = self.file(f"{name}.sql", script)
        threads = str(min(2, clients))
        said = self.run("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", threads, "-T",
                        str(self.arguments.seconds), "-f", path)
        return float(re.search(r"tps = ([\d.]+)", said)[1])

    def wrk(self, name, script, associations=ASSOCIATIONS, path="", clients=CLIENTS):
        """Requests per second, median and 99th percentile in milliseconds; `@` in the path is any association's number."""
        head = f"ASSOCIATIONS, INDICATORS, PATH = {associations}, {INDICATORS}, {json.dumps(path)}\n"
        path = self.file(f"{name}.lua", head + script)
        threads = min(2, clients)
        said = self.run("wrk", f"-t{threads}", f"-c{clients}", f"-d{self.arguments.seconds}", "--latency", "--timeout", "60",
                        "-s", path, self.address)
        if "Non-2xx" in said:
            sys.exit(f"{name}: some requests were refused\n{said}")
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
        quantile = {part: milliseconds(re.search(rf"\n\s+{part}%\s+(\S+)", said)[1]) for part in (50, 99)}
        return rate, quantile[50], quantile[99]

    def post(self, path, content_type, body):
        """The answer, and the seconds it took."""
        headers = {"Authorization": f"Bearer {self.env['KPI_KEY']}", "Content-Type": content_type}
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data=body, headers=headers, method="POST")
        began = time.monotonic()
        with urllib.request.urlopen(request, timeout=3600) as answer:
            text = answer.read()
        seconds = time.monotonic() - began
        return json.loads(text), seconds

    def get(self, path):
        """The answer's text."""
        headers = {"Authorization": f"Bearer {self.env['KPI_KEY']}"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/api/v1{path}", headers=headers)) as answer:
            return answer.read().decode()

    def statements(self, path):
        """What the service sends to PostgreSQL for this request, without its authentication, as literal SQL."""
        # Every worker has a connection by then, with the statement prepared.
        for _ in range(20):
            self.get(path)
        self.sql("ALTER SYSTEM SET log_statement = 'all'")
        self.sql("SELECT pg_reload_conf()")
        time.sleep(1)
        log = pathlib.Path(f"{self.folder}/data/postgres.log")
        before = log.stat().st_size
        self.get(path)
        with open(log, encoding="utf-8") as lines:
            lines.seek(before)
            text = lines.read()
        self.sql("ALTER SYSTEM RESET log_statement")
        self.sql("SELECT pg_reload_conf()")
        entries = re.split(r"^\d{4}-\d\d-\d\d [^\n]*?\] (LOG|DETAIL):  ", text, flags=re.M)[1:]
        found = []
        for kind, entry in zip(entries[::2], entries[1::2]):
            entry = entry.strip().replace("\n\t", "\n")
            if kind == "LOG" and (executed := re.match(r"(?:execute [^:]*|statement): (.*)", entry, re.S)):
                found.append(re.sub(r"^\s*--.*\n", "", executed[1], flags=re.M))
            elif kind == "DETAIL" and entry.startswith(("parameters: ", "Parameters: ")):
                values = dict(re.findall(r"(\$\d+) = ('(?:[^']|'')*'|NULL)", entry))
                found[-1] = re.sub(r"\$\d+", lambda name: values[name[0]], found[-1])
        is_data = lambda sql: not re.search(r'FROM\s*\(*"?keys\b|UPDATE "?keys\b|^(BEGIN|COMMIT|ROLLBACK|SET)', sql)
        return [sql for sql in found if is_data(sql)]

    def memory(self, name):
        status = pathlib.Path(f"/proc/{self.service.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024

    def note(self, work, ours, theirs, unit, wanted, more=""):
        """A row of the table, of the rates of all rounds."""
        ratios = sorted(our / their for our, their in zip(ours, theirs))
        middle = statistics.median(ratios)
        self.rows.append(
            f"| {work} | {statistics.median(ours):,.0f} {unit} | {statistics.median(theirs):,.0f} {unit} | "
            f"**{middle:.2f}** ({ratios[0]:.2f}–{ratios[-1]:.2f}) | {wanted} | {more} |"
        )
        print(self.rows[-1], flush=True)


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def furnish(bench):
    """Associations, indicators, a target for each pair, and one month of actuals."""
    bench.sql(f"""
        INSERT INTO associations (id, code, name, kind, level, status, path, aliases, version, created_at, updated_at)
        SELECT gen_random_uuid(), 'a' || n, '组织' || n, 'society', 'municipal', 'active', '/a' || n || '/', '{{}}', 1,
            now(), now() FROM generate_series(1, {ASSOCIATIONS}) AS n;
        INSERT INTO indicators (id, code, name, category, unit, value_type, direction, accumulation, is_additive,
            decimals, version, created_at, updated_at)
        SELECT gen_random_uuid(), 'i' || n, '指标' || n, '测试', '户', 'number', 'higher_is_better', 'sum', true, 0, 1,
            now(), now() FROM generate_series(1, {INDICATORS}) AS n;
        ANALYZE;
    """)
    pairs = [(a, i) for a in range(1, ASSOCIATIONS + 1) for i in range(1, INDICATORS + 1)]
    text = "association,year,indicator,value\n" + "".join(f"a{a},2018,i{i},1000000\n" for a, i in pairs)
    answer, seconds = bench.post("/targets", "text/csv", text.encode())
    assert answer["counts"]["created"] == len(pairs), answer["counts"]
    say(f"{len(pairs):,} targets as CSV: {len(pairs) / seconds:,.0f} rows/s")
    text = "association,indicator,period,value\n" + "".join(f"a{a},i{i},2018-01,{i}\n" for a, i in pairs)
    answer, _ = bench.post("/actuals", "text/csv", text.encode())
    assert answer["counts"]["created"] == len(pairs), answer["counts"]
    bench.sql("VACUUM ANALYZE")


def measure_requests(bench):
    names = {"associations": ASSOCIATIONS, "indicators": INDICATORS}
    work = "submit one actual, totals kept, 16 connections"
    compare(bench, work, lambda: bench.wrk("submit", SUBMIT), SINGLE.format(**names), "≥ 0.45")


def compare(bench, work, ask, script, wanted, clients=CLIENTS):
    """Lets the service and pgbench do the same work in turns; answers the service's median and 99th percentile."""
    say(work)
    ours, theirs = [], []
    for _ in range(bench.arguments.rounds):
        ours.append(ask())
        theirs.append(bench.pgbench("work", script, clients))
    p50, p99 = (statistics.median(round_[at] for round_ in ours) for at in (1, 2))
    more = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms ({p99 / p50:.1f} ×)"
    bench.note(work, [round_[0] for round_ in ours], theirs, "/s", wanted, more)
    return p50, p99


def generate(bench, per_month):
    """A province of associations; answers how many there are, the current year and how many actuals."""
    count = bench.arguments.associations
    began = time.monotonic()
    bench.run(bench.kpi, "demo", "generate", "--associations", str(count), "--indicators", str(INDICATORS), "--years", "3",
              "--per-month", str(per_month), "--seed", "7")
    bench.sql("VACUUM ANALYZE")
    actuals = int(bench.sql("SELECT count(*) FROM actuals"))
    seconds, size = time.monotonic() - began, bench.sql("SELECT pg_size_pretty(pg_database_size('kpi'))")
    say(f"{count:,} associations, {actuals:,} actuals in {seconds:.0f} s, {size}")
    return int(bench.sql("SELECT max(year) FROM scorecards")), actuals


def measure_own(bench, year, actuals):
    """The completion of any association; answers its median, and how PostgreSQL goes about it."""
    count = bench.arguments.associations
    digits = len(bench.sql("SELECT max(code) FROM associations WHERE code LIKE 'g-%'")) - 2
    numbered = f"g-{1:0{digits}}"
    statements = bench.statements(OWN.format(year=year).replace("g-@", numbered))
    code = f"('g-' || lpad((:a)::text, {digits}, '0'))"
    script = f"\\set a random(1, {count})\n" + "".join(
        f"{sql};\n" for sql in (sql.replace(f"'{numbered}'", code) for sql in statements)
    )
    # wrk numbers without leading zeros.
    path = OWN.format(year=year)
    lua = READ.replace("tostring(math.random(1, ASSOCIATIONS))", f'string.format("%0{digits}d", math.random(1, ASSOCIATIONS))')
    work = f"completion (brief) of one association and year, 50 indicators, 16 connections, {actuals:,} actuals"
    p50, _ = compare(bench, work, lambda: bench.wrk("own", lua, count, path), script, "≥ 0.55, p99 ≤ 6 × p50")
    plans = [bench.sql(f"EXPLAIN (COSTS OFF) {sql}") for sql in statements]
    return p50, plans


def measure_pages(bench, year, actuals):
    indicator = bench.sql("SELECT code FROM indicators WHERE code LIKE 'g-%' AND value_type = 'number' ORDER BY code LIMIT 1")
    for name, path in PAGES.items():
        path = path.format(year=year, indicator=indicator)
        script = "".join(f"{sql};\n" for sql in bench.statements(path))
        work = f"{name}, first page of {bench.arguments.associations:,} associations, 2 connections"
        compare(bench, work, lambda: bench.wrk("page", READ, path=path, clients=2), script, "≥ 0.5", clients=2)
    top = bench.sql("SELECT code FROM associations WHERE code LIKE 'g-%' AND parent_id IS NULL ORDER BY code LIMIT 1")
    taken = []
    for _ in range(bench.arguments.rounds):
        began = time.monotonic()
        bench.get(f"/associations/{top}/completion/{year}?scope=subtree&detail=brief")
        taken.append((time.monotonic() - began) * 1000)
    bench.rows.append(f"| completion of all {bench.arguments.associations:,} associations (subtree of the top) | "
                      f"{statistics.median(taken):,.0f} ms | | | | {min(taken):,.0f}–{max(taken):,.0f} ms |")
    print(bench.rows[-1], flush=True)


def measure_overview(bench, year):
    """A person's first page against the API's answer beneath it, in turns, and what comes after it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = urllib.parse.urlencode({"key": bench.env["KPI_KEY"], "next": "/sign-in"}).encode()
    browser.open(f"{bench.address}/sign-in", form).read()

    def seconds(ask):
        began = time.monotonic()
        ask()
        return time.monotonic() - began

    def page(path, **headers):
        request = urllib.request.Request(f"{bench.address}{path}", headers={"Accept": "text/html", **headers})
        return browser.open(request).read()

    overview, answer = f"/overview/{year}", f"/completion/{year}?sort=score"
    ours, theirs = [], []
    for _ in range(max(3, 4 * bench.arguments.rounds)):
        ours.append(seconds(lambda: page(overview)) * 1000)
        theirs.append(seconds(lambda: bench.get(answer)) * 1000)
    ratio = statistics.median(ours) / statistics.median(theirs)
    size = len(page(overview, **{"Accept-Encoding": "br"})) / 1024
    bench.rows.append(f"| overview of {bench.arguments.associations:,} associations, against the summary of the API | "
                      f"{statistics.median(ours):,.0f} ms | {statistics.median(theirs):,.0f} ms | **{ratio:.2f} ×** | ≤ 2 × | "
                      f"{size:,.0f} KB compressed |")
    print(bench.rows[-1], flush=True)
    for part in ("statuses", "ranking", "laggards", "reporting"):
        taken = [seconds(lambda: page(f"{overview}/{part}")) * 1000 for _ in range(bench.arguments.rounds)]
        bench.rows.append(f"| its part \"{part}\", fetched after it | {statistics.median(taken):,.0f} ms | | | | "
                          f"{min(taken):,.0f}–{max(taken):,.0f} ms |")
        print(bench.rows[-1], flush=True)


def measure_reads(bench):
    """Reads at a million actuals, and how they grow to twenty million."""
    year, actuals = generate(bench, bench.arguments.per_month[0])
    before, plans = measure_own(bench, year, actuals)
    measure_pages(bench, year, actuals)
    measure_overview(bench, year)
    for per_month in bench.arguments.per_month[1:]:
        with another(bench) as larger:
            _, actuals = generate(larger, per_month)
            after, others = measure_own(larger, year, actuals)
            bench.rows += larger.rows
        same = "the same plans" if others == plans else "OTHER PLANS"
        bench.rows.append(f"| the same completion at {actuals:,} actuals | {after:.1f} ms | {before:.1f} ms | "
                          f"**{after / before:.2f} ×** | ≤ 1.2 × | {same} |")
        print(bench.rows[-1], flush=True)


@contextlib.contextmanager
def another(bench):
    """A service and database beside this one, for a while."""
    folder = f"{bench.folder}/another"
    os.mkdir(folder)
    other = Bench(bench.arguments, folder)
    try:
        other.start()
        yield other
    finally:
        other.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure_batches(bench):
    say("batches of 1,000 actuals as JSON")
    batches = 50
    bench.sql(f"""
        CREATE TABLE bench_rows AS
        SELECT batch, a.id AS association_id, i.id AS indicator_id, 'b-' || batch || '-' || n AS external_id,
            (n % 100)::numeric(20,4) AS value
        FROM generate_series(1, {batches}) AS batch, generate_series(1, 1000) AS n
        JOIN associations a ON a.code = 'a' || (1 + n * 7 % {ASSOCIATIONS})
        JOIN indicators i ON i.code = 'i' || (1 + n % {INDICATORS});
        CREATE INDEX ON bench_rows (batch);
        ANALYZE bench_rows;
    """)
    ours, theirs = [], []
    for turn in range(bench.arguments.rounds):
        taken, sent = 0.0, 0
        while taken < bench.arguments.seconds:
            items = [
                {"association": f"a{1 + n * 7 % ASSOCIATIONS}", "indicator": f"i{1 + n % INDICATORS}", "value": n % 100,
                 "period": "2018-12", "external_id": f"j-{turn}-{sent}-{n}"}
                for n in range(1000)
            ]
            answer, seconds = bench.post("/actuals", "application/json", json.dumps({"items": items}).encode())
            taken += seconds
            assert answer["counts"]["created"] == 1000, answer["counts"]
            sent += 1
        ours.append(1000 * sent / taken)
        theirs.append(1000 * bench.pgbench("batch", BATCH.format(batches=batches), clients=1))
    bench.note("batch of 1,000 actuals as JSON", ours, theirs, "rows/s", "≥ 0.5")


def measure_csv(bench):
    count = bench.arguments.csv_rows
    say(f"CSV of {count:,} actuals")
    per_pair = -(-count // (ASSOCIATIONS * INDICATORS))
    bench.sql("VACUUM ANALYZE")
    idle, peaks, ours, theirs = bench.memory("VmRSS"), [], [], []
    for turn in range(bench.arguments.csv_rounds):
        made = (
            f"FROM generate_series(1, {per_pair}) AS m, associations AS a, indicators AS i "
            f"ORDER BY m, md5(a.code), i.code LIMIT {count}"
        )
        period = "2018-' || lpad((1 + m % 12)::text, 2, '0')"
        csv, text = f"{bench.folder}/rows.csv", f"{bench.folder}/rows.copy"
        bench.run("psql", "-Xqc", f"\\copy (SELECT a.code AS association, i.code AS indicator, '{period} AS period, "
                  f"m * 3 AS value, 'c-{turn}-' || m || '-' || i.code AS external_id {made}) TO '{csv}' CSV HEADER")
        bench.run("psql", "-Xqc", f"\\copy (SELECT a.id, gen_random_uuid(), 2018, i.id, 'number', "
                  f"make_date(2018, 1 + m % 12, 1), make_date(2018, 1 + m % 12, 28), m * 3, 'exact', 'reported', "
                  f"'d-{turn}-' || m || '-' || i.code, 1, now(), now() {made}) TO '{text}'")
        pathlib.Path(f"/proc/{bench.service.pid}/clear_refs").write_text("5", encoding="utf-8")
        with open(csv, "rb") as rows:
            answer, seconds = bench.post("/actuals", "text/csv", rows)
        assert answer["counts"]["created"] == count, answer["counts"]
        ours.append(count / seconds)
        peaks.append(bench.memory("VmHWM"))
        began = time.monotonic()
        bench.run("psql", "-Xqc", f"\\copy actuals ({COPY_COLUMNS}) FROM '{text}'")
        theirs.append(count / (time.monotonic() - began))
    more = f"peak {max(peaks) - idle:.0f} MB above idle ({idle:.0f} MB)"
    bench.note(f"CSV of {count:,} actuals, against COPY into `actuals`", ours, theirs, "rows/s", "≥ 0.3, ≤ 100 MB above idle", more)


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    total = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="utf-8"))
    return f"{os.cpu_count()} × {model[1] if model else 'CPU'}, {int(total[1]) // 1024 // 1024} GiB"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kpi", required=True, help="the release binary")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison")
    parser.add_argument("--seconds", type=int, default=6, help="seconds of each half of a round")
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--csv-rounds", type=int, default=3)
    parser.add_argument("--only", choices=("reads", "writes"), help="measure only these")
    parser.add_argument("--associations", type=int, default=20_000, help="associations that are read of")
    parser.add_argument("--per-month", type=int, nargs="+", default=[2, 28], help="actuals of each of them in a month")
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.csv_rows, arguments.csv_rounds = 1, 2, 20_000, 1
        arguments.associations, arguments.per_month = 300, [2, 4]
    folder = tempfile.mkdtemp(prefix="kpi-bench-")
    # As root, PostgreSQL runs as another user, who has to get there.
    os.chmod(folder, 0o755)
    bench = Bench(arguments, folder)
    try:
        bench.start()
        idle = bench.memory("VmRSS")
        if arguments.only != "reads":
            furnish(bench)
            measure_requests(bench)
            measure_batches(bench)
            measure_csv(bench)
        if arguments.only != "writes":
            measure_reads(bench)
        version = bench.sql("SHOW server_version")
        print(f"\nMachine: {machine()}; PostgreSQL {version}; {arguments.rounds} rounds of {arguments.seconds} s, CSV "
              f"{arguments.csv_rounds} rounds; median (lowest–highest) ratio.\n")
        print("| Work | Service | PostgreSQL | Ratio | At least | |")
        print("| --- | --- | --- | --- | --- | --- |")
        print("\n".join(bench.rows))
        print(f"| resident memory | | | | ≤ 60 MB idle, ≤ 200 MB at full load | {idle:.0f} MB idle, "
              f"{bench.memory('VmHWM'):.0f} MB highest since the last CSV |")
    finally:
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
