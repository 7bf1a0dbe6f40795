"""Lists are walked to their end, whichever way the API pages them."""

from typing import Any

import pytest

from gigstack_events.api import Rejected, UnexpectedAnswer
from tests.api.stand_in import Api, documented, ok


def _row(number: int) -> dict[str, Any]:
    return {"id": f"receipt_{number}"}


def test_pages_are_followed_and_null_rows_skipped() -> None:
    """The caller sees rows, not pages."""
    first = ok([_row(1), None, _row(2)], next="c1", has_more=True)
    api = Api(first, ok([], next="c2", has_more=True), ok([_row(3)], has_more=False, next=None))
    found = list(api.gigstack().receipts.list(client_id="client_1", status="pending"))
    assert [receipt.id for receipt in found] == ["receipt_1", "receipt_2", "receipt_3"]
    asked = [dict(request.url.params) for request in api.requests]
    common = {"limit": "100", "client_id": "client_1", "status": "pending"}
    assert asked == [common, {**common, "next": "c1"}, {**common, "next": "c2"}]


def test_a_list_fetches_only_what_is_looked_at() -> None:
    """Pages come one by one, as they are needed."""
    api = Api(ok([_row(1)], next="c1", has_more=True), ok([_row(2)]))
    receipts = api.gigstack().receipts.list()
    assert next(receipts).id == "receipt_1"
    assert len(api.requests) == 1


def test_webhooks_page_by_their_own_cursor() -> None:
    """Newer lists take `cursor` and answer `next_cursor`."""
    api = Api(ok([{"id": "wh_1"}], next_cursor="c1", has_more=True), ok([{"id": "wh_2"}], has_more=False))
    assert [webhook.id for webhook in api.gigstack().webhooks.list()] == ["wh_1", "wh_2"]
    assert api.last.url.params["cursor"] == "c1"


@pytest.mark.parametrize("data", [None, []])
def test_an_empty_list_is_empty(data: object) -> None:
    """The documented list says nothing about more."""
    assert list(Api(ok(data)).gigstack().webhooks.list()) == []


def test_a_page_nested_in_data_is_read_as_well() -> None:
    """Some newer lists put the whole page into `data`."""
    nested = ok({"data": [_row(1)], "next": "c1", "has_more": True})
    api = Api(nested, ok({"data": [_row(2)], "has_more": False}))
    assert len(list(api.gigstack().receipts.list())) == 2


def test_a_cursor_that_repeats_ends_in_an_error() -> None:
    """Neither an endless loop nor a list that is silently short."""
    api = Api(ok([_row(1)], next="c1", has_more=True))
    with pytest.raises(UnexpectedAnswer, match="repeats"):
        list(api.gigstack().receipts.list())
    assert len(api.requests) == 2


def test_more_rows_without_a_cursor_are_an_error() -> None:
    """A list that cannot be read to its end must not look complete."""
    with pytest.raises(UnexpectedAnswer, match="no cursor"):
        list(Api(ok([_row(1)], has_more=True)).gigstack().receipts.list())


def test_what_is_no_list_is_an_error() -> None:
    """A reply without rows where rows belong is not an empty list."""
    with pytest.raises(UnexpectedAnswer) as caught:
        list(Api(ok({"id": "receipt_1"})).gigstack().receipts.list())
    assert caught.value.outcome == "not_done"


def test_a_refused_page_comes_out_as_its_error() -> None:
    """The iterator raises like any call."""
    api = Api(ok([_row(1)], next="c1", has_more=True), documented(400, "invalid_field_value"))
    with pytest.raises(Rejected):
        list(api.gigstack().receipts.list())


def test_a_search_goes_through_numbered_pages() -> None:
    """Searches answer with how many they found."""
    api = Api(ok([_row(1), _row(2)], found=3, page=1), ok([_row(3)], found=3, page=2))
    assert len(list(api.gigstack().receipts.search("ana"))) == 3
    assert dict(api.last.url.params) == {"q": "ana", "limit": "100", "page": "2"}


def test_a_list_filtered_by_metadata_goes_through_numbered_pages() -> None:
    """The API pages such lists by number instead of by cursor."""
    api = Api(ok([_row(1)], has_more=True, next="c1"), ok([_row(2)], has_more=False))
    assert len(list(api.gigstack().receipts.list(metadata={"order": "7"}))) == 2
    assert dict(api.last.url.params) == {"limit": "100", "metadata.order": "7", "page": "2"}


def test_a_created_range_is_given_in_milliseconds() -> None:
    """The API takes seconds, in brackets."""
    api = Api(ok([]))
    list(api.gigstack().payments.list(created_gte=1_700_000_000_999, created_lte=1_800_000_000_000))
    assert api.last.url.params["created[gte]"] == "1700000000"
    assert api.last.url.params["created[lte]"] == "1800000000"
