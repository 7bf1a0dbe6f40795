"""What goes out with a call."""

import json

import httpx
import pytest

from gigstack_events.api import Gigstack, NotSent, WriteRefused
from gigstack_events.errors import ApiError, ConfigurationError, NotDone
from tests.api.stand_in import KEY, Api, ok


def test_every_call_carries_the_key_as_a_bearer() -> None:
    """The API knows us by `Authorization: Bearer`."""
    api = Api(ok({"id": "receipt_1"}))
    assert api.gigstack().receipts.get("receipt_1").id == "receipt_1"
    assert api.last.headers["authorization"] == f"Bearer {KEY}"
    assert str(api.last.url) == "https://api.example/v2/receipts/receipt_1"


def test_a_bound_copy_adds_team_and_event_and_leaves_the_first_alone() -> None:
    """Binding makes a copy; what it does not name stays."""
    api = Api(ok({}))
    first = api.gigstack(team="team_a")
    first.bound(event_id="evt_1").bound(team="team_b").clients.get("client_1")
    assert api.last.headers["x-gigstack-event-id"] == "evt_1"
    assert api.last.url.params["team"] == "team_b"
    first.clients.get("client_1")
    assert "x-gigstack-event-id" not in api.last.headers
    assert api.last.url.params["team"] == "team_a"


def test_an_event_id_of_any_characters_fits_into_the_header() -> None:
    """A sender may call its event anything, line breaks included."""
    api = Api(ok({}))
    api.gigstack().bound(event_id="evt ñ\r\nX: 1").clients.get("client_1")
    assert api.last.headers["x-gigstack-event-id"] == "evt%20%C3%B1%0D%0AX:%201"


def test_an_id_cannot_lead_to_another_path() -> None:
    """Ids are one path segment each, whatever they hold."""
    api = Api(ok({}))
    api.gigstack().receipts.get("../clients?x=1#y")
    assert api.last.url.raw_path == b"/v2/receipts/..%2Fclients%3Fx%3D1%23y"


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_a_call_without_an_id_is_not_sent(id: str) -> None:
    """An empty id would list or delete something else."""
    api = Api(ok({}))
    with pytest.raises(NotSent) as caught:
        api.gigstack().receipts.cancel(id)
    assert caught.value.outcome == "not_done"
    assert api.requests == []


def test_what_is_no_json_is_not_sent() -> None:
    """A body that cannot be written is an error before sending, so the effect may be tried again."""
    api = Api(ok({}))
    with pytest.raises(NotSent) as caught:
        api.gigstack().clients.create(metadata={"x": object()})
    assert caught.value.outcome == "not_done"


def test_bodies_are_json_and_none_clears_a_field() -> None:
    """An update sends what it is given, null included."""
    api = Api(ok({"id": "client_1"}))
    api.gigstack().clients.update("client_1", phone=None, name="Ana")
    assert (api.last.method, json.loads(api.last.content)) == ("PUT", {"phone": None, "name": "Ana"})


def test_a_stamp_without_options_has_no_body() -> None:
    """The official client sends none either."""
    api = Api(ok({"id": "receipt_1"}))
    api.gigstack().receipts.stamp("receipt_1")
    assert (api.last.method, api.last.url.path) == ("POST", "/v2/receipts/receipt_1/stamp")
    assert api.last.content == b""


def test_an_id_is_enough_to_refer_to_a_client() -> None:
    """`client` may be an id or the API's own object."""
    api = Api(ok({"id": "payment_1"}))
    item = {"id": "service_1", "quantity": 1}
    api.gigstack().payments.register(client="client_1", items=[item], payment_form="03")
    assert json.loads(api.last.content)["client"] == {"id": "client_1"}
    api.gigstack().receipts.create(client={"search": {"on_key": "email"}}, items=[item])
    assert json.loads(api.last.content)["client"] == {"search": {"on_key": "email"}}


def test_mark_as_paid_takes_milliseconds_and_sends_seconds() -> None:
    """All times in this project are milliseconds; this call wants seconds."""
    api = Api(ok({}))
    api.gigstack().payments.mark_as_paid("payment_1", payment_form="03", date=1_700_000_000_123)
    assert json.loads(api.last.content) == {"payment_form": "03", "date": 1_700_000_000}


def test_a_reading_client_refuses_to_write() -> None:
    """A key whose mode cannot be told may read only; nothing is sent."""
    api = Api(ok({}))
    gigstack = api.gigstack("key_of_unknown_mode", may_write=False)
    with pytest.raises(WriteRefused, match="may only read") as caught:
        gigstack.receipts.stamp("receipt_1")
    assert caught.value.outcome == "not_done"
    assert api.requests == []
    gigstack.receipts.get("receipt_1")
    assert gigstack.livemode is None


def test_a_copy_cannot_get_rid_of_the_guard() -> None:
    """A handler's client stays behind its fence, whatever guard its handler adds."""
    api = Api(ok({"id": "receipt_1"}))
    asked: list[bool] = []

    def object_to(safe: bool) -> None:
        raise NotDone

    with pytest.raises(NotDone):
        api.gigstack().bound(guard=object_to).bound(guard=asked.append).receipts.stamp("receipt_1")
    assert (asked, api.requests) == ([], [])


def test_the_guard_is_asked_before_each_request_and_may_hold_it_back() -> None:
    """Fencing: what the guard raises comes out as it is, and nothing is sent."""
    api = Api(ok({}))
    asked: list[bool] = []
    api.gigstack().bound(guard=asked.append).receipts.stamp("receipt_1")
    assert asked == [False]

    def object_to(safe: bool) -> None:
        raise PermissionError(safe)

    with pytest.raises(PermissionError):
        api.gigstack().bound(guard=object_to).receipts.stamp("receipt_1")
    assert len(api.requests) == 1


@pytest.mark.parametrize("key", ["", "sk_live_a b", "sk_live_\n", "sk_live_ñ"])
def test_a_key_that_is_none_is_refused_at_once(key: str) -> None:
    """A key with a line break was not copied whole; the message does not repeat it."""
    with pytest.raises(ConfigurationError) as caught:
        Gigstack(key)
    assert not key or key not in str(caught.value)


def test_the_mode_is_read_from_the_key() -> None:
    """`livemode` tells what the key says about itself."""
    assert Gigstack("sk_live_x").livemode is True
    assert Gigstack("sk_test_x").livemode is False


def test_the_key_is_in_no_error_and_no_repr() -> None:
    """Not even when the API repeats it in its own message."""
    echo = httpx.Response(401, json={"message": f"bad key {KEY}", "error": "invalid_token"})
    gigstack = Api(echo).gigstack()
    with pytest.raises(ApiError) as caught:
        gigstack.receipts.get("receipt_1")
    assert KEY not in str(caught.value)
    assert KEY not in repr(gigstack) + repr(gigstack.receipts) + repr(gigstack._session)


@pytest.mark.parametrize(
    "address", ["http://[::1", "https://", "api.example/v2", "ftp://api.example", "https://xn--/"]
)
def test_an_address_that_is_none_is_a_mistake_at_once(address: str) -> None:
    """A slip in the API's address shows where the client is made, not at its first call."""
    with pytest.raises(ConfigurationError, match="address"):
        Gigstack("sk_live_0123456789abcdef", base_url=address)
