"""Schemes: what proves a delivery and what does not, as values in and trust or an exception out."""

import ast
import inspect
from datetime import UTC, datetime

import pytest
import standardwebhooks
import svix.webhooks

from gigstack_events.errors import ConfigurationError, Unauthenticated
from receiver import schemes as source
from receiver.deliveries import Delivery, verify
from receiver.schemes import build
from tests.receiver.making import BODY, KEY, NOW, OTHER, SECRET, TOKEN, legacy, settings, standard

GARBAGE = ["", " ", ",", "v1", "v1,", "v1,é", "v1,\x00", "v1,!!!!", "v1," + "=" * 300, "ÿ" * 90, "9" * 5000]


def trust(
    headers: dict[str, str],
    *,
    schemes: str = "standard",
    body: bytes = BODY,
    token: str | None = None,
    now: float = NOW,
    **more: str,
) -> str:
    """What such a delivery is trusted as."""
    return verify(Delivery(headers, body, token), build(settings(schemes, **more)), now)


def refused(headers: dict[str, str], **more: object) -> str:
    """The sentence with which such a delivery is refused."""
    with pytest.raises(Unauthenticated) as caught:
        trust(headers, **more)  # type: ignore[arg-type] # passed on as they are
    return str(caught.value)


@pytest.mark.parametrize("signer", [standardwebhooks.Webhook, svix.webhooks.Webhook])
def test_official_signers_are_believed(
    signer: type[standardwebhooks.Webhook] | type[svix.webhooks.Webhook],
) -> None:
    """What the libraries of Standard Webhooks and of Svix sign is signed for us too."""
    signature = signer(SECRET).sign("msg_7", datetime.fromtimestamp(NOW, UTC), BODY.decode())
    headers = {"webhook-id": "msg_7", "webhook-timestamp": str(int(NOW)), "webhook-signature": signature}
    assert trust(headers) == "signed"


def test_another_secret_is_refused() -> None:
    """A signature with a secret that is not ours proves nothing."""
    assert "not right" in refused(standard(secret=OTHER))


def test_another_body_is_refused() -> None:
    """A signature holds for the bytes that were signed and no others."""
    assert "not right" in refused(standard(), body=BODY.replace(b"payment_1", b"payment_2"))


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp"])
def test_the_signed_id_and_time_cannot_be_changed(part: str) -> None:
    """Both are part of what is signed."""
    assert "not right" in refused(standard() | {part: str(int(NOW) + 1)})


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(part: str) -> None:
    """Standard Webhooks needs all three of its headers."""
    headers = standard()
    del headers[part]
    assert refused(headers)


@pytest.mark.parametrize(("seconds", "word"), [(-301, "old"), (301, "ahead")])
def test_a_time_too_far_away_is_refused(seconds: int, word: str) -> None:
    """Five minutes in either direction, so that a captured delivery is of no use for long."""
    assert word in refused(standard(at=NOW + seconds))


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_tolerance_itself_is_within(seconds: int) -> None:
    """Exactly five minutes are still believed."""
    assert trust(standard(at=NOW + seconds)) == "signed"


def test_the_tolerance_is_a_setting() -> None:
    """An operator may be stricter."""
    assert "old" in refused(standard(at=NOW - 11), webhook_tolerance="10")


def test_one_right_signature_of_two_suffices() -> None:
    """A sender that rotates its secret signs with both."""
    wrong, right = standard(secret=OTHER), standard()
    both = f"{wrong['webhook-signature']} {right['webhook-signature']}"
    assert trust(right | {"webhook-signature": both}) == "signed"


def test_unknown_versions_are_skipped() -> None:
    """A `v1a` signature beside ours is not looked at, and alone it proves nothing."""
    headers = standard()
    assert trust(headers | {"webhook-signature": "v1a,AAAA " + headers["webhook-signature"]}) == "signed"
    other = headers["webhook-signature"].replace("v1,", "v1a,")
    assert "not right" in refused(headers | {"webhook-signature": other})


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_during_a_rotation_both_secrets_hold(secret: str) -> None:
    """Several secrets are alive at once, for either scheme."""
    assert trust(standard(secret=secret), webhook_secrets=f"{OTHER} {SECRET}") == "signed"
    assert trust(legacy(secret=secret), schemes="gigstack", webhook_secrets=f"{OTHER} {SECRET}") == "signed"


@pytest.mark.parametrize("value", GARBAGE)
@pytest.mark.parametrize(
    "name", ["webhook-id", "webhook-timestamp", "webhook-signature", "x-gigstack-signature", "authorization"]
)
def test_garbage_in_a_header_is_a_plain_refusal(name: str, value: str) -> None:
    """Whatever stands in a header, the answer is a refusal and never another error."""
    assert refused(standard() | {name: value}, schemes="standard,gigstack,header")


@pytest.mark.parametrize("form", ["{}", "sha256={}", "SHA256={}", " {} "])
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_legacy_signature_in_its_forms(form: str, case: object) -> None:
    """Hexadecimal in either case, with or without the usual prefix."""
    digest = legacy()["x-gigstack-signature"]
    digest = digest.upper() if case is str.upper else digest
    assert trust({"x-gigstack-signature": form.format(digest)}, schemes="gigstack") == "signed"


def test_legacy_key_is_the_secret_as_given() -> None:
    """The secret's own characters are the key, `whsec_` included: nothing is decoded."""
    assert "not right" in refused(legacy(secret=SECRET.removeprefix("whsec_")), schemes="gigstack")


@pytest.mark.parametrize("timestamp", [str(int(NOW)), str(int(NOW * 1000)), "2026-09-21T14:13:20Z"])
def test_legacy_signature_over_time_and_body(timestamp: str) -> None:
    """With a timestamp in it, the signature may cover it in each form that a time can have."""
    assert trust(legacy(timestamp=timestamp), schemes="gigstack") == "signed"


@pytest.mark.parametrize("timestamp", [str(int(NOW) - 301), str(int(NOW) + 301), "soon"])
def test_legacy_time_counts_where_it_is_signed(timestamp: str) -> None:
    """A signed time must be near; one that anybody could have written is not looked at."""
    assert "Timestamp" in refused(legacy(timestamp=timestamp), schemes="gigstack")
    assert trust(legacy() | {"x-gigstack-timestamp": timestamp}, schemes="gigstack") == "signed"


def test_every_signature_that_is_present_must_hold() -> None:
    """A good signature of one kind does not outweigh a bad one of the other."""
    assert trust(standard() | legacy(), schemes="standard,gigstack") == "signed"
    assert refused(standard() | legacy(secret=OTHER), schemes="standard,gigstack")
    assert refused(standard(secret=OTHER) | legacy(), schemes="standard,gigstack")


def test_a_signature_that_nobody_configured_is_not_looked_at() -> None:
    """Only configured schemes count, for and against."""
    assert trust(standard() | legacy(secret=OTHER)) == "signed"
    assert "Nothing proves" in refused(legacy())


def test_secrets_in_path_and_header_are_secret_trust() -> None:
    """Without a signature, a right token or header makes a delivery authentic, but not signed."""
    assert trust({}, schemes="token", token=TOKEN) == "secret"
    assert trust({"authorization": KEY}, schemes="header") == "secret"
    assert trust({"authorization": f"Bearer {KEY}"}, schemes="header") == "secret"


def test_a_wrong_secret_is_refused_beside_a_good_signature() -> None:
    """Every proof that is offered must hold: a valid signature can be a captured one."""
    assert refused(standard(), schemes="standard,token", token="guess")
    assert refused(standard() | {"authorization": "guess"}, schemes="standard,header")
    assert trust(standard(), schemes="standard,token", token=TOKEN) == "signed"


def test_a_bad_signature_is_refused_beside_a_right_token() -> None:
    """The path's token does not excuse a signature that does not hold."""
    assert refused(standard(secret=OTHER), schemes="standard,token", token=TOKEN)


@pytest.mark.parametrize("schemes", ["standard", "none"])
def test_a_token_where_none_is_configured_is_refused(schemes: str) -> None:
    """A URL whose secret nobody can check is nobody's URL."""
    assert refused(standard(), schemes=schemes, token=TOKEN)


def test_nothing_asked_nothing_trusted() -> None:
    """The scheme `none` takes everything and believes nothing."""
    assert trust({}, schemes="none", body=b"\xff") == "none"


def test_a_refusal_says_what_is_wanted() -> None:
    """Whoever sets the sender up learns what is missing, and only what would help."""
    sentence = refused({}, schemes="gigstack,header")
    assert "X-Gigstack-Signature" in sentence
    assert "authorization" in sentence
    assert "token" not in sentence


def test_no_verifier_is_a_configuration_error() -> None:
    """Without a scheme nothing is believed, and the receiver says so before it starts."""
    with pytest.raises(ConfigurationError, match="GIGSTACK_VERIFY"):
        build(settings(""))


def test_secrets_are_not_shown() -> None:
    """Neither deliveries nor verifiers put a secret into a traceback or a log by their representation."""
    shown = repr(build(settings("standard,gigstack,token,header"))) + repr(Delivery(standard(), BODY, TOKEN))
    assert not any(secret in shown for secret in (SECRET, SECRET[6:], TOKEN, KEY, "payment_1", "msg_1"))


def test_secrets_are_compared_in_constant_time() -> None:
    """What is equal to what, or in what, is asked of fixed words and header names; the rest is for `hmac`."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(source))))
    kinds = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
    asked = [node for node in nodes if isinstance(node, ast.Compare) and isinstance(node.ops[0], kinds)]
    sides = [[node.left, *node.comparators] for node in asked]
    free = [node for node, each in zip(asked, sides, strict=True) if not any(map(is_word, each))]
    assert [ast.unparse(node) for node in free] == ["self.name in delivery.headers"]
    assert [ast.unparse(node) for node in nodes if isinstance(node, ast.AugAssign)] == [
        "equal |= hmac.compare_digest(candidate, value)"
    ]


def is_word(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
