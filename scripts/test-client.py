"""Plans, reports and reads with a client generated from the OpenAPI document, and with nothing else.

scripts/test-client generates the package `kpi_client`, starts the service with the demo in it and runs this with the
service's address and the document; KPI_KEY is an admin key.
"""

import json
import os
import sys
from importlib import resources

from kpi_client import AuthenticatedClient
from kpi_client.api.actuals import list_actuals, submit_actual
from kpi_client.api.associations import list_associations, show_association
from kpi_client.api.completion import show_completion
from kpi_client.api.targets import put_target, show_target
from kpi_client.models import (
    Actual,
    Association,
    AssociationStatus,
    Bound,
    Completion,
    PageAssociation,
    Problem,
    PutTarget,
    Status,
    SubmitActual,
    Target,
)

ASSOCIATION = "chuzhou"
INDICATOR = "households-lifted"
# A year the demo says nothing about.
YEAR = 2019


def expect(response, status, kind):
    """The parsed answer, which has to have this status and type."""
    got = (response.status_code, type(response.parsed).__name__)
    assert got == (status, kind.__name__), f"{got}: {response.content.decode()}"
    return response.parsed


def has_every_operation(document):
    """The generator left nothing out."""
    wanted = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    folders = [folder for folder in resources.files("kpi_client.api").iterdir() if folder.is_dir()]
    modules = {file.name.removesuffix(".py") for folder in folders for file in folder.iterdir()}
    assert wanted <= modules, wanted - modules
    return len(wanted)


def pages(client):
    """Every association, a few at a time; the same as all at once."""
    found, cursor, count = [], None, 0
    while cursor is not None or count == 0:
        query = {"limit": 5} if cursor is None else {"limit": 5, "cursor": cursor}
        page = expect(list_associations.sync_detailed(client=client, **query), 200, PageAssociation)
        found += page.items
        cursor, count = page.next_cursor, count + 1
    assert all(type(item) is Association and type(item.status) is AssociationStatus for item in found), found
    everything = list_associations.sync(client=client, limit=500)
    assert everything.next_cursor is None and everything.items == found
    codes = [item.code for item in found]
    assert count > 1 and codes == sorted(set(codes)) and ASSOCIATION in codes, codes
    return count


def plan(client):
    """A target by its value, and one by the words of a plan."""
    by_value = PutTarget(value=94)
    for status in (201, 200):
        response = put_target.sync_detailed(ASSOCIATION, YEAR, INDICATOR, client=client, body=by_value)
        assert expect(response, status, Target).value == 94
    by_words = PutTarget(expression="不少于24个")
    put_target.sync_detailed(ASSOCIATION, YEAR, "science-e-stations", client=client, body=by_words)
    target = expect(show_target.sync_detailed(ASSOCIATION, YEAR, "science-e-stations", client=client), 200, Target)
    assert (target.bound, target.value, target.unit) == (Bound.AT_LEAST, 24, "个"), target


def report(client):
    """An actual, sent twice and stored once."""
    body = SubmitActual(indicator=INDICATOR, value=31, period="2019-Q1", external_id="client-2019-q1")
    first = expect(submit_actual.sync_detailed(ASSOCIATION, client=client, body=body), 201, Actual)
    again = expect(submit_actual.sync_detailed(ASSOCIATION, client=client, body=body), 200, Actual)
    assert first == again and first.external_id == "client-2019-q1", (first, again)
    stored = list_actuals.sync(ASSOCIATION, client=client, year=YEAR)
    assert stored.items == [first], stored


def read(client):
    """The completion contains the actual, once."""
    completion = expect(show_completion.sync_detailed(ASSOCIATION, YEAR, client=client), 200, Completion)
    lines = {line.indicator.code: line for line in completion.lines}
    assert set(lines) == {INDICATOR, "science-e-stations"}, set(lines)
    line = lines[INDICATOR]
    assert (line.actual.value, line.actual.count, line.target.value) == (31, 1, 94), line
    assert (line.rate, line.met, line.status) == (0.3297, False, Status.OVERDUE), line
    assert lines["science-e-stations"].rate is None, lines


def be_refused(client):
    """Errors arrive as problems a program can go by."""
    body = SubmitActual(indicator=INDICATOR, value=31, unit="人次", period="2019-Q2")
    problem = expect(submit_actual.sync_detailed(ASSOCIATION, client=client, body=body), 422, Problem)
    places = [(error.pointer, error.code) for error in problem.errors]
    assert (problem.code, places) == ("invalid_body", [("/unit", "unit_mismatch")]), problem
    problem = expect(show_association.sync_detailed("nowhere", client=client), 404, Problem)
    assert problem.code == "association_not_found", problem
    stranger = AuthenticatedClient(base_url=sys.argv[1], token="kpi_unknown")
    problem = expect(show_association.sync_detailed(ASSOCIATION, client=stranger), 401, Problem)
    assert problem.code == "unauthenticated", problem


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        operations = has_every_operation(json.load(file))
    client = AuthenticatedClient(base_url=sys.argv[1], token=os.environ["KPI_KEY"])
    count = pages(client)
    plan(client)
    report(client)
    read(client)
    be_refused(client)
    print(
        f"a client of {operations} operations, generated without a warning, read {count} pages of associations, "
        "set targets, submitted an actual twice (201, then 200 and the same id), found it once in the completion, "
        "and understood a 422"
    )


main()
