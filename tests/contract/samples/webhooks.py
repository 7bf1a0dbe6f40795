"""Samples of webhooks, their deliveries and the log of calls."""

from tests.contract.samples.values import UUID, Sample

SAMPLES: dict[str, Sample] = {
    "webhooks.list": lambda api, known: api.webhooks.list(),
    "webhooks.create": lambda api, known: api.webhooks.create(
        url="https://hooks.example/x",
        events=["receipt.created"],
        status="inactive",
        operation_id=known.get("operation", UUID),
    ),
    "webhooks.get": lambda api, known: api.webhooks.get(known["webhook"]),
    "webhooks.update": lambda api, known: api.webhooks.update(known["webhook"], description="changed"),
    "webhooks.delete": lambda api, known: api.webhooks.delete(known["webhook"]),
    "webhooks.list_deliveries": lambda api, known: api.webhooks.list_deliveries(team=known["team"]),
    "webhooks.get_delivery": lambda api, known: api.webhooks.get_delivery(known["log"], team=known["team"]),
    "webhooks.retry_delivery": lambda api, known: api.webhooks.retry_delivery(
        known["log"], expected_livemode=True, team=known["team"]
    ),
    "webhooks.test": lambda api, known: api.webhooks.test(
        known["webhook"], event="receipt.created", resource_id=known["receipt"], expected_livemode=True
    ),
    "webhooks.resend_current": lambda api, known: api.webhooks.resend_current(
        known["webhook"], event="receipt.created", resource_id=known["receipt"], expected_livemode=True
    ),
    "webhooks.get_operation": lambda api, known: api.webhooks.get_operation(
        known["operation"], expected_livemode=True, team=known["team"]
    ),
    "webhooks.get_configuration_operation": lambda api, known: api.webhooks.get_configuration_operation(
        known["operation"]
    ),
    "api_logs.list": lambda api, known: api.api_logs.list(team=known["team"]),
    "api_logs.get": lambda api, known: api.api_logs.get(known["log"], team=known["team"]),
}
