"""Hand-written pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, kind: str) -> list[str]:
    """Fenced blocks of this kind, without the indentation of a list."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", text(page), re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, each, block in found if each == kind]


def commands(page: str) -> list[str]:
    """What a reader is to type: lines of console blocks that begin with ``$``."""
    return [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$ ")]


def rows(page: str, header: str) -> list[list[str]]:
    """Cells of the table with this first line."""
    table = re.search(rf"^{re.escape(header)}\n\|[-|]+\n((?:\|.*\n)+)", text(page), re.MULTILINE)
    assert table, f"{page} has no table {header}"
    return [[cell.strip() for cell in row.strip("|").split(" |")] for row in table[1].splitlines()]
