"""How a delivery proves where it comes from. Sans-I/O.

New endpoints sign by Standard Webhooks (https://www.standardwebhooks.com), legacy ones by
`X-Gigstack-Signature`, the hex HMAC-SHA256 of the raw body under the secret as it is written.
"""

import base64
import hashlib
import hmac
import secrets


def new_secret() -> str:
    """Make a signing secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def standard_headers(secret: str, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Sign by Standard Webhooks; `timestamp` is epoch seconds."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def legacy_headers(secret: str, body: bytes) -> dict[str, str]:
    """Sign the way of legacy endpoints."""
    return {"x-gigstack-signature": hmac.digest(secret.encode(), body, hashlib.sha256).hex()}
