"""Values from a seed. Each feature is a deck: every value is drawn before one is drawn again, so
that a short campaign has every value, too."""

import json
import random
from collections import Counter


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self._decks = {}
        self._universe = {}

    def one(self, feature, *values):
        """One of the values; a value that is listed twice is drawn twice as often."""
        self._universe.setdefault(feature, set()).update(map(text, values))
        deck = self._decks.setdefault((feature, text(values)), [])
        if not deck:
            deck += range(len(values))
            self.random.shuffle(deck)
        return values[deck.pop()]

    def coverage(self, drawn):
        """By feature: how often each value is in the list of dictionaries `drawn`, 0 included."""
        found = {
            feature: Counter(dict.fromkeys(sorted(values), 0))
            for feature, values in self._universe.items()
        }
        for features in drawn:
            for feature, value in features.items():
                found.setdefault(feature, Counter())[text(value)] += 1
        return found


def servers_of(count, shares, rest, most=()):
    """The number and the server of each of `count` cases, in the order of the servers, each at
    least once. `most` has the largest numbers of cases on some; `rest` gets what is left."""
    whole = sum(shares.values())
    numbers = {name: max(1, round(count * share / whole)) for name, share in shares.items()}
    for name, limit in dict(most).items():
        numbers[name] = min(numbers[name], limit)
    numbers[rest] += count - sum(numbers.values())
    names = [name for name, number in numbers.items() for _ in range(number)]
    return enumerate(names, start=1)


def text(value):
    return value if isinstance(value, str) else json.dumps(value)
