"""Lists and searches: order, counts, and the named fields."""

from gigstack_events.sandbox.process import SandboxProcess
from tests.sandbox.caller import Caller

ITEM = {"description": "x", "unit_price": 1}


def test_lists_are_ordered_by_name(api: Caller) -> None:
    """From page to page, from A to Z or from Z to A."""
    for name in ("Beto", "ana", "Carla"):
        api.client(name=name)
    for sort, names in {"asc": ["ana", "Beto", "Carla"], "desc": ["Carla", "Beto", "ana"]}.items():
        query = f"/clients?order_by=name&sort={sort}&limit=2"
        page = api.raw("GET", query).json()
        rest = api.raw("GET", f"{query}&next={page['next']}").json()
        found = [row["name"] for row in page["data"] + rest["data"]]
        assert (found, rest["has_more"]) == (names, False)


def test_lists_tell_how_many_there_are(api: Caller) -> None:
    """Of all, of a client, and less what was deleted."""
    ids = [api.client() for _ in range(3)]
    api("POST", "/receipts", {"client": {"id": ids[0]}, "items": [ITEM]})
    api("DELETE", f"/clients/{ids[1]}")
    assert api.raw("GET", "/clients?limit=1").json()["total_results"] == 2
    for id, count in ((ids[0], 1), (ids[2], 0)):
        assert api.raw("GET", f"/receipts?client_id={id}").json()["total_results"] == count


def test_receipts_are_searched_in_named_fields(api: Caller) -> None:
    """A text that stands elsewhere is not found then."""
    sale = {"client": {"id": api.client()}, "items": [ITEM], "idempotency_key": "order-7"}
    id = api("POST", "/receipts", sale)["id"]
    for fields, found in {"": [id], "idempotency_key": [id], "client.name, email": []}.items():
        path = "/receipts/search?q=order-7" + (f"&fields={fields}" if fields else "")
        assert [row["id"] for row in api("GET", path)] == found


def test_the_journal_tells_what_each_call_has_made(sandbox: SandboxProcess, api: Caller, team: str) -> None:
    """A repeated key makes nothing; so two entries with one key that made something are two writes."""
    client, key = api.client(), f"k-{team}"
    sale = {"client": {"id": client}, "items": [ITEM], "idempotency_key": key}
    ids = [api("POST", "/receipts", sale)["id"] for _ in "ab"]
    calls = [row for row in sandbox.journal("calls")["calls"] if row["team"] == team]
    assert [(row["op"], row["made"], row["key"]) for row in calls] == [
        ("clients.create", client, None),
        ("receipts.create", ids[0], key),
        ("receipts.create", None, key),
    ]
