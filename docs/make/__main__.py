"""Makes what is generated: ``python -m docs.make``.

With ``--check`` it only names what is out of date; with ``--click`` it adds the texts of the installed click to the
catalogues first.
"""

from __future__ import annotations

import sys

from docs.make import generated, messages, outdated

if __name__ == "__main__":
    if "--click" in sys.argv:
        messages.add_click()
    stale = outdated()
    for path in stale:
        print(path)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(generated()[path])
    sys.exit(bool(stale) and "--check" in sys.argv)
