"""The SAT's public lists of taxpayers, such as that of article 69-B."""

from collections.abc import Sequence

from gigstack_events.api.models import AllSatLists, SatList, SatListCheck
from gigstack_events.api.resources import Resource


class SatLists(Resource):
    """`gigstack.sat_lists`."""

    def list(self) -> Sequence[SatList]:
        """Return the lists, and when each was last taken over."""
        return self._get(AllSatLists, "sat-lists").lists

    def check(self, rfc: str) -> SatListCheck:
        """Look an RFC up in all lists."""
        return self._get(SatListCheck, "sat-lists", "check", rfc=rfc)
