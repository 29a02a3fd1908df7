"""Progress on standard error, silent where that is not a terminal."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from tqdm import tqdm


def progress_bar(total: int, what: str, unit: str = "mass", done: int = 0) -> tqdm:
    """Progress bar on standard error, silent where that is not a terminal; some of the work may be done already."""
    return tqdm(total=total, desc=what, unit=unit, file=sys.stderr, disable=None, leave=False, initial=done)


@contextlib.contextmanager
def nested_progress(name: str) -> Iterator[Callable[[float], None]]:
    """Function that shows what is left of ln Z on standard error, silent where that is not a terminal."""
    with tqdm(desc=name, unit=" draws", file=sys.stderr, disable=None, leave=False) as bar:

        def report(left):
            bar.update()
            bar.set_postfix_str(f"{left:.2g} of ln Z left", refresh=False)

        yield report
