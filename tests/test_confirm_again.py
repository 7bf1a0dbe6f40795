"""Confirmation by an answer that leaves something out: it is asked for once more."""

from gigstack_events.api import Gigstack
from gigstack_events.confirm import confirm
from tests.engine.stand_in import Keys, answering
from tests.making import event_of
from tests.test_confirm import ask, object_of


def test_what_an_answer_leaves_out_is_asked_for_once_more() -> None:
    """An answer without the total would be kept for good: every condition on it would be in vain."""
    keys = Keys()
    whole = object_of("payment.succeeded")
    answers = iter([{**whole, "total": None, "status": None}, whole])
    keys.answer = lambda request: answering(200, **next(answers))(request)
    gigstack = keys.of(True)
    assert isinstance(gigstack, Gigstack)
    event = confirm(event_of(type="payment.succeeded", thing=whole), gigstack)
    assert (event.object, len(keys.requests)) == (whole, 2)


def test_what_two_answers_leave_out_is_not_there() -> None:
    """The sender's word is no substitute."""
    event, keys = ask(
        "receipt.created", object_of("receipt.created", total=5), object_of("receipt.created", total=None)
    )
    assert event.object.get("total") is None
    assert len(keys.requests) == 2
