"""How the ledger keeps bodies and results: deflated against a dictionary of what their JSON always says.

The first byte tells the form: 1 is deflated against the dictionary below, 0 is what follows as it is; any
other is the body itself, as most JSON begins with `{`. The dictionary belongs to its byte for as long as
what it packed lasts: a better one gets the next number. The door has no time for this; dispatching does it.
"""

import zlib
from contextlib import suppress

WORTH_IT = 48
_DEFLATED, _AS_IT_IS = b"\x01", b"\x00"

# Raw deflate finds what stands near its end cheapest: payments, the most frequent bodies, come last.
_DICTIONARY = (
    b'{"receipt":"receipt_","answer":"receipt_","invoices":["","note":"it was completed already"}'
    b'{"payment":"payment_","stamped":[],"note":"nothing to stamp"}'
    b'{"payment":"payment_","stamped":["receipt_"'
    b'{"type":"customer.created","type":"sat.invoice.synced","type":"invoice.created","uuid":"invoice_type":"I",'
    b'"payment_method":"PUE","payment_method":"PPD","type":"receipt.completed","type":"receipt.created","livemode":'
    b'true,"data":{"object":{"url":"https://invoicing.gigstack.io/autofactura?id=receipt_","periodicity":"month",'
    b'"automatic_invoice_error":"None","valid_until":17,"payments":["payment_"],"idempotency_key":"product_key":'
    b'"80101500","unit_key":"E48","inclusive":false,"livemode":false,"status":"pending","status":"completed","status":'
    b'"canceled","status":"requires_payment_method","type":"payment.updated","type":"payment.created",{"id":"evt_",'
    b'"type":"payment.succeeded","created":17,"livemode":true,"data":{"object":{"id":"payment_","client":{"id":'
    b'"client_","name":"","legal_name":"","company":null,"email":"@gmail.com","phone":null,"bcc":null,"tax_id":'
    b'"XAXX010101000","tax_system":"612","use":"G03","address":{"street":"","zip":"0","city":"","state":"","country":'
    b'"MEX"},"metadata":null,"defaults":null,"livemode":true,"team":"team_","is_valid":null,"created_at":17},"status":'
    b'"succeeded","currency":"MXN","exchange_rate":1,"payment_form":"03","items":[{"description":"","quantity":1,'
    b'"unit_price":,"taxes":[{"type":"IVA","rate":0.16,"factor":"Tasa","withholding":false}]},{"description":""}],'
    b'"invoices":[],"receipts":["receipt_","receipt_"],"refunds":[],"metadata":{},"short_url":'
    b'"https://pay.gigstack.io/payment_","livemode":true,"team":"team_","created_at":17,"succeeded_at":17,"subtotal":'
    b'.0,"taxes":.0,"total":.0}}}'
)


def guard(body: bytes) -> bytes:
    """A body as the door stores it, at no cost: as it is, unless it begins like one of our marks."""
    return _AS_IT_IS + body if body[:1] in (_DEFLATED, _AS_IT_IS) else body


def pack(body: bytes) -> bytes:
    """A body or result as it is kept: deflated where that saves something."""
    if len(body) < WORTH_IT:
        return guard(body)
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_DICTIONARY)
    packed = _DEFLATED + deflate.compress(body) + deflate.flush()
    return packed if len(packed) < len(body) else guard(body)


def unpack(stored: bytes) -> bytes:
    """The body that was stored, in whatever form."""
    if stored[:1] == _DEFLATED:
        with suppress(zlib.error):  # an unreadable body that schema 1 kept as it came may begin like this
            return zlib.decompressobj(-zlib.MAX_WBITS, zdict=_DICTIONARY).decompress(stored[1:])
        return stored
    return stored[1:] if stored[:1] == _AS_IT_IS else stored
