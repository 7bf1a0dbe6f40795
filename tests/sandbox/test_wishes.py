"""What may be wanted of a payment: a slip is refused with a sentence, before anything is made."""

import pytest

from gigstack_events.sandbox.process import SandboxProcess


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"receipts": -1}, "receipts is a whole number from 0 to 1000"),
        ({"receipts": 1001}, "receipts is a whole number from 0 to 1000"),
        ({"receipts": "3"}, "receipts is a whole number from 0 to 1000"),
        ({"receipts": True}, "receipts is a whole number from 0 to 1000"),
        ({"reciepts": 3}, "reciepts cannot be wanted; did you mean receipts?"),
        ({"colour": "red"}, "colour cannot be wanted; there are client, duplicates, late"),
        ({"late": "soon"}, "late is a number of seconds, 0 or more"),
        ({"late": -1}, "late is a number of seconds, 0 or more"),
        ({"duplicates": None}, "duplicates is a number, 0 or more"),
        ({"send": "no"}, "send is true or false"),
        ({"signature": ["good"]}, "signature is good, bad or none"),
        ({"client": 7}, "client is a client's id or its fields"),
    ],
)
def test_slip_is_refused(sandbox: SandboxProcess, wish: dict[str, object], told: str) -> None:
    """Unknown keys, wrong types and numbers out of bounds are one clear sentence, and nobody has paid."""
    before = sandbox.summary()["payments"]
    with pytest.raises(RuntimeError, match=" 400 ") as refusal:
        sandbox.pay(**wish)
    assert told in str(refusal.value)
    assert sandbox.summary()["payments"] == before


def test_bounds_are_allowed(sandbox: SandboxProcess, team: str) -> None:
    """A payment may have no receipt, or a thousand."""
    for count in (0, 1000):
        assert len(sandbox.pay(team=team, receipts=count, late=None, send=False)["receipts"]) == count
