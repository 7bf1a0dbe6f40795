"""One call of the client for every operation of the list, by its name.

The walk makes each against a recorder, the story makes each for real: then `known` holds the ids of what was
made before. Values are fit for the SAT, so that a real sandbox takes them.
"""

from tests.contract.samples import fiscal, invoices, money, teams, webhooks
from tests.contract.samples.values import Known, Sample

SAMPLES: dict[str, Sample] = {
    **money.SAMPLES,
    **invoices.SAMPLES,
    **teams.SAMPLES,
    **fiscal.SAMPLES,
    **webhooks.SAMPLES,
}

__all__ = ["SAMPLES", "Known", "Sample"]
