"""The uniform numbers of numpy's `default_rng(seed).random()`, so that an order can be drawn without numpy.

Source: M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
Generation", 2014 (variant XSL RR 128/64), seeded by numpy's SeedSequence.
"""

_MULTIPLIER = (2549297995355413924 << 64) + 4865540595714422341
_MASK_128, _MASK_64, _MASK_32 = (1 << 128) - 1, (1 << 64) - 1, (1 << 32) - 1
_POOL_SIZE = 4


def uniform(seed: int, count: int) -> list[float]:
    """`count` numbers in [0, 1); `seed` is below 2³²."""
    high_state, low_state, high_stream, low_stream = _seed_words(seed)
    increment = ((high_stream << 64 | low_stream) << 1 | 1) & _MASK_128
    state = (increment + (high_state << 64 | low_state)) & _MASK_128
    state = (state * _MULTIPLIER + increment) & _MASK_128
    numbers = []
    for _ in range(count):
        state = (state * _MULTIPLIER + increment) & _MASK_128
        mixed, turn = (state >> 64 ^ state) & _MASK_64, state >> 122
        word = (mixed >> turn | mixed << (64 - turn)) & _MASK_64
        numbers.append((word >> 11) / (1 << 53))
    return numbers


def _seed_words(seed: int) -> list[int]:
    """Four words of 64 bits from the seed, as `SeedSequence(seed).generate_state(4, uint64)`."""
    pool = _mixed_pool(seed)
    constant, words = 0x8B51F9DD, []
    for place in range(8):
        value = pool[place % _POOL_SIZE] ^ constant
        constant = constant * 0x58F38DED & _MASK_32
        value = value * constant & _MASK_32
        words.append(value ^ value >> 16)
    return [words[place] | words[place + 1] << 32 for place in range(0, 8, 2)]


def _mixed_pool(seed: int) -> list[int]:
    constant = 0x43B0D7E5

    def hashed(value: int) -> int:
        nonlocal constant
        value ^= constant
        constant = constant * 0x931E8875 & _MASK_32
        value = value * constant & _MASK_32
        return value ^ value >> 16

    pool = [hashed(word) for word in (seed, 0, 0, 0)]
    for source in range(_POOL_SIZE):
        for target in range(_POOL_SIZE):
            if source != target:
                mixed = (pool[target] * 0xCA01F9DD - hashed(pool[source]) * 0x4973F715) & _MASK_32
                pool[target] = mixed ^ mixed >> 16
    return pool
