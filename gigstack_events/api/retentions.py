"""Retentions: CFDI of taxes withheld."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Unpack

from gigstack_events.api.errors import InvalidInput
from gigstack_events.api.inputs import RetentionFilters, RetentionInput
from gigstack_events.api.models import Retention, RetentionFiles
from gigstack_events.api.pages import walk
from gigstack_events.api.resources import Resource, reference
from gigstack_events.catalogs import RETENTION_KEYS


class Retentions(Resource):
    """`gigstack.retentions`."""

    def list(self, **filters: Unpack[RetentionFilters]) -> Iterator[Retention]:
        """Yield all retentions, fetching page by page."""
        # Unlike other lists this one takes its time range in milliseconds, by its documented name.
        query = {"limit": 100, **filters}
        return self._rows(Retention, walk(lambda asked: self._page(("retentions",), asked), query))

    def get(self, id: str) -> Retention:
        """Fetch one retention by its UUID."""
        return self._get(Retention, "retentions", id)

    def create(self, **fields: Unpack[RetentionInput]) -> Retention:
        """Make the CFDI of taxes withheld. Call it inside an effect: a second one would be made, too."""
        if self._session.check_inputs:
            _check(fields)
        body = {**fields, "client": reference(fields["client"])}
        return self._post(Retention, "retentions", body=body)

    def cancel(
        self, id: str, motive: Literal["01", "02", "03", "04"], substitution_uuid: str | None = None
    ) -> None:
        """Cancel a retention; motive 01 names the one that takes its place."""
        if motive == "01" and not substitution_uuid and self._session.check_inputs:
            raise InvalidInput("substitution_uuid: motive 01 needs the uuid of the one that takes its place")
        substitution = {"substitution_uuid": substitution_uuid} if substitution_uuid else {}
        self._delete("retentions", id, body={"motive": motive, **substitution})

    def files(self, id: str, file_type: Literal["pdf", "xml"] | None = None) -> RetentionFiles:
        """Tell where to download the PDF and the XML, or one of both."""
        return self._get(RetentionFiles, "retentions", id, "files", file_type=file_type)


def _check(fields: Mapping[str, Any]) -> None:
    if fields["retention_key"] not in RETENTION_KEYS:
        raise InvalidInput("retention_key: is none of the SAT's, from 01 to 26 (`catalogs.RETENTION_KEYS`)")
    for name in ("period_start", "period_end"):
        if not isinstance(fields[name], int):
            raise InvalidInput(f"{name}: a month is a number from 1 to 12")
    if not 1 <= fields["period_start"] <= fields["period_end"] <= 12:
        raise InvalidInput("period_start, period_end: are months from 1 to 12, the first not after the last")
    if not fields["taxes"]:
        raise InvalidInput("taxes: names at least one tax that was withheld")
