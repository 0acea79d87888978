"""What the buttons and the clipboard do to rows that are being typed: the form comes back changed, nothing is saved.

`carry_out` does the one command that a form carries (`_add=lines`, `_up=lines-3`, `_fill=lines-3-price:4`,
`_paste=lines-3-price` with the block in `_block-lines`) to the raw values that were typed. Names are only looked up.
"""

from engine.web.rows.commands import COMMANDS, Edited, carry_out, has_command
from engine.web.rows.gone import GONE, Gone, gone_rows

__all__ = ["COMMANDS", "GONE", "Edited", "Gone", "carry_out", "gone_rows", "has_command"]
