"""A QR code as one path of SVG, so that a page needs neither an image nor a script for it."""

from __future__ import annotations

from dataclasses import dataclass

QUIET = 4  # modules of white that a reader needs all round (ISO/IEC 18004)


@dataclass(frozen=True, slots=True)
class Qr:
    """``path`` in units of one module, in a square of ``size`` with its quiet zone."""

    size: int
    path: str


def qr(text: str) -> Qr:
    """``text`` as a QR code with error correction M."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    return Qr(len(rows) + 2 * QUIET, "".join(_runs(y, row) for y, row in enumerate(rows, QUIET)))


def _runs(y: int, row: bytes) -> str:
    """The dark runs of a row, each a bar one module high."""
    made, x = [], 0
    while (start := row.find(1, x)) >= 0:
        x = row.find(0, start)
        x = len(row) if x < 0 else x
        made.append(f"M{start + QUIET} {y}h{x - start}v1h-{x - start}z")
    return "".join(made)
