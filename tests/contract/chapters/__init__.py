"""The chapters of the story, in their order; each goes on with what the ones before have made."""

from collections.abc import Callable

from tests.contract.chapters import invoices, money, sat, teams, webhooks
from tests.contract.story import Story

Chapter = Callable[[Story], None]

CHAPTERS: tuple[Chapter, ...] = (
    *money.CHAPTERS,
    *invoices.CHAPTERS,
    *teams.CHAPTERS,
    *webhooks.CHAPTERS,
    *sat.CHAPTERS,
)
