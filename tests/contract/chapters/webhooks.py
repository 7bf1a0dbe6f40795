"""Webhooks, their deliveries and the log of calls."""

from gigstack_events.sandbox.tables import TEAM
from tests.contract.samples.values import UUID
from tests.contract.story import Story, ids


def listen(story: Story) -> None:
    story.known["team"] = TEAM
    made = story.make("webhook", "webhooks.create", operation=UUID)
    story.call("webhooks.update")
    assert story.call("webhooks.get").description == "changed"
    assert made.id in ids(story.call("webhooks.list"))
    operation = story.call("webhooks.get_configuration_operation", operation=UUID)
    assert operation.webhook_id == made.id


def send_by_hand(story: Story) -> None:
    sent = story.call("webhooks.test")
    assert story.call("webhooks.get_operation", operation=sent.operation_id).delivery_id == sent.delivery_id
    assert story.call("webhooks.resend_current").delivery_id != sent.delivery_id
    found = story.call("webhooks.list_deliveries")
    assert sent.log_id in ids(found)
    assert story.call("webhooks.get_delivery", log=sent.log_id).webhook_id == story.known["webhook"]
    again = story.call("webhooks.retry_delivery", log=sent.log_id)
    assert again.log_id in ids(story.call("webhooks.list_deliveries"))


def look_at_the_log(story: Story) -> None:
    [first, *_] = story.call("api_logs.list")
    assert story.call("api_logs.get", log=first.id).id == first.id


def stop_listening(story: Story) -> None:
    story.call("webhooks.delete")
    assert story.is_gone("webhooks.get")


CHAPTERS = (listen, send_by_hand, look_at_the_log, stop_listening)
