"""``python -m lychgate.compat.silo docs/silo.md`` writes the table of fields into a document, between its two marks."""

from __future__ import annotations

import sys
from pathlib import Path

from .fields import table

BEGIN = "<!-- fields: made by python -m lychgate.compat.silo docs/silo.md -->\n"
END = "<!-- end of fields -->\n"


def written(text: str) -> str:
    """``text`` with the table as it is now. Raises ``ValueError`` where a mark is missing."""
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError("the document has no marks for the table of fields")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written(page.read_text()))
