"""What many calls take."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

Object = Mapping[str, Any]
File = Path | bytes | tuple[str, bytes]
"""A file to upload: where it is, or what it holds, or its name with what it holds."""


class ListFilters(TypedDict, total=False):
    """For every list. `limit` is rows per page; the created range is in epoch milliseconds."""

    limit: int
    order_by: Literal["timestamp", "name", "created_at"]
    sort: Literal["asc", "desc"]
    created_gte: int
    created_lte: int
    metadata: Mapping[str, str]
