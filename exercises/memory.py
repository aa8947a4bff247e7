"""How often memory is looked through for what nobody refers to any more, while a run is played."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MADE_BEFORE_COLLECTING = 20_000
"""How many objects are made, and not let go, before the youngest are looked through; Python's own number is 700."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Pass over what is there already, and come by less often; afterwards as before.

    A run of seconds makes hundreds of thousands of objects, of which hardly any would be found.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE_BEFORE_COLLECTING, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
