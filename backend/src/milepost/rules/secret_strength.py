"""Whether a secret could be guessed: too short, a known example, or so regular that few tries would find it.

The estimate is generous: it knows nothing of words. It never refuses 32 random hexadecimal digits, and always refuses
repetitions, runs along the alphabet, and secrets of very few different characters.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

MINIMUM_SECRET_BYTES = 32
MINIMUM_BITS = 80.0

_EXAMPLES = (
    "your256bitsecret",
    "astringsecretatleast256bitslong",
    "qwertyuiopasdfghjklzxcvbnm",
    "correcthorsebatterystaple",
    "asecretfortestsknowntoeverybody",
    "developmenterasedlearnerscanbeguessed",
)
"""Examples of JWT libraries and pages, and those of this repository, as small letters and digits alone."""
_PLACEHOLDERS = re.compile(
    r"change[-_ ]?(this|me|it)|replace[-_ ]?me|secret|password|passwort|example|insecure|development|production"
    r"|milepost|private|string|token|jwt|key|test|random|bytes|bits|long|your|must|least|at|be|in|for",
    re.IGNORECASE,
)
"""Words of placeholders. They do not count, so that a secret is judged by the rest."""


def weakness(secret: str) -> str | None:
    """Why a secret is not one, as the rest of a sentence about it; None if nothing is wrong with it."""
    if len(secret.encode()) < MINIMUM_SECRET_BYTES:
        return f"shorter than {MINIMUM_SECRET_BYTES} bytes"
    letters = re.sub("[^a-z0-9]", "", secret.lower())
    if any(example in letters for example in _EXAMPLES):
        return "a known example; make one from random bytes, such as `openssl rand -hex 32`"
    if _bits(_PLACEHOLDERS.sub("", secret)) < MINIMUM_BITS:
        return "too regular, so it could be guessed; make one from random bytes, such as `openssl rand -hex 32`"
    return None


def _bits(text: str) -> float:
    """An estimate of the information in a text, in bits: by its characters, or by the steps between them if less.

    A text that repeats itself has the information of what it repeats.
    """
    codes = [ord(character) for character in _unrepeated(text)]
    steps = [(after - before) % 0x110000 for before, after in pairwise(codes)]
    return min(_entropy(codes), _entropy(steps)) * len(codes)


def _unrepeated(text: str) -> str:
    """The shortest beginning that, repeated, makes the whole text; the text itself if there is none."""
    return text[: (text + text).find(text, 1)] if text else text


def _entropy(symbols: Sequence[int]) -> float:
    """Shannon's entropy of the symbols as they occur, in bits a symbol."""
    total = len(symbols)
    return -sum(count / total * math.log2(count / total) for count in Counter(symbols).values())
