"""What `run` says when everything is up: where things are, and how to send more."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from rich.markup import escape

from admin.stack import Stack
from admin.surroundings import near


def invitation(stack: Stack, unsent: dict[str, Any]) -> list[str]:
    """The addresses, and lines to copy; `unsent` is a payment that nobody has told the receiver of."""
    python, env_file = (escape(shlex.quote(near(path))) for path in (Path(sys.executable), stack.env_file))
    return [
        "\nEverything is up; Ctrl-C ends it.",
        f"  receiver   {stack.delivery_url}   (also {stack.receiver_url}/readyz)",
        f"  sandbox    {stack.sandbox_url}/v2   (its journal: {stack.sandbox_url}/_sandbox/journal)",
        f"  logs       {escape(near(stack.folder / 'logs'))}",
        f"  operator   . {env_file}; {python} -m admin events list",
        f"  any event  . {env_file}; {python} -m admin send receipt.created",
        "\n[bold]Let another client pay[/] (duplicates and late receipts to taste):",
        escape(_pay_line(stack)),
        f"\n[bold]Or deliver an event by hand[/]: {unsent['payment']} is paid, but nobody has said so yet:",
        *map(escape, _delivery_lines(stack, unsent)),
        "",
    ]


def _pay_line(stack: Stack) -> str:
    wish = json.dumps({"receipts": 3, "late": 0, "duplicates": 1})
    return f"curl -s {stack.sandbox_url}/_sandbox/pay -H 'content-type: application/json' -d '{wish}'"


def _delivery_lines(stack: Stack, unsent: dict[str, Any]) -> list[str]:
    payment, client = unsent["payment"], unsent["client"]
    event = {
        "id": f"evt_by_hand_{payment.rpartition('_')[2]}",
        "type": "payment.succeeded",
        "livemode": True,
        "data": {"object": {"id": payment, "status": "succeeded", "client": {"id": client}}},
    }
    secret_file = shlex.quote(str(stack.secret_file))
    return [
        f"body='{json.dumps(event)}'",
        f"id={event['id']}; at=$(date +%s)",
        f"key=$(sed -n '1s/^whsec_//p' {secret_file} | base64 -d | od -An -v -tx1 | tr -d ' \\n')",
        'signature=$(printf %s "$id.$at.$body" | '
        'openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)',
        f'curl -i {stack.delivery_url} -H "webhook-id: $id" -H "webhook-timestamp: $at" '
        '-H "webhook-signature: v1,$signature" -d "$body"',
    ]
