"""The table at the end: figures worth reading, and a line for each promise that was broken."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Table:
    """Rows of name and figure; `failures` are sentences, none for a good run."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def row(self, name: str, figure: object) -> None:
        """Add a line."""
        self.rows.append((name, str(figure)))

    def promise(self, name: str, broken: Iterable[str]) -> None:
        """Add a count that must be zero; what is counted is named, the first few."""
        found = list(broken)
        self.row(name, len(found))
        if found:
            more = f" and {len(found) - 5} more" if len(found) > 5 else ""
            self.failures.append(f"{name}: {len(found)} ({', '.join(found[:5])}{more})")

    def least(self, name: str, figure: float, least: float) -> None:
        """Fail where a figure is too small; it has its line elsewhere."""
        if figure < least:
            self.failures.append(f"{name}: {figure:g}, less than {least:g}")

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.rows)
        lines = [f"{name:<{width}}  {figure}" for name, figure in self.rows]
        lines += [f"FAIL {failure}" for failure in self.failures]
        return "\n".join([*lines, "" if self.failures else "Nothing lost, nothing twice."]).rstrip()


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the sorted values do not exceed; 0 for none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0
