"""Sabotage: what it takes out is still there to be taken out."""

import shutil
from pathlib import Path

import pytest

from tests.chaos.sabotage import CUTS, cut
from tests.stack import ROOT


@pytest.mark.parametrize("name", CUTS)
def test_what_is_taken_out_is_there(name: str, tmp_path: Path) -> None:
    """Whoever moves a mechanism moves its sabotage too; a second cut finds the text no more, and says so."""
    for path in {each.path for each in CUTS[name]}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    cut(tmp_path, name)
    with pytest.raises(AssertionError, match=f"{name} is made elsewhere by now"):
        cut(tmp_path, name)
