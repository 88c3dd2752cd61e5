"""Prometheus's text format 0.0.4, read as strictly as a test can wish: the format's own page,
"Exposition formats"."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(
    rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)\}})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)"
)
PARTS = {
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("", "_sum", "_count"),
    "counter": ("",),
    "gauge": ("",),
}


class Exposition:
    """Families with their types, and samples as {(name, ((label, value), …)): number}."""

    def __init__(self, text):
        assert text == "" or text.endswith("\n"), "no line end at the end"
        self.types, self.help, self.samples, self._family = {}, {}, {}, None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                _, _, name, rest = line.split(" ", 3)
                self.help[name] = rest
            elif line.startswith("# TYPE "):
                self._open(*line.split(" ")[2:])
            else:
                self._sample(line)

    def _open(self, name, kind):
        assert name not in self.types, f"{name}: two families"
        assert kind in PARTS and name in self.help, name
        self.types[name], self._family = kind, name

    def _sample(self, line):
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        name, labels = match[1], tuple(re.findall(LABEL, match[2] or ""))
        family = self._family
        assert family and name in [family + part for part in PARTS[self.types[family]]], (
            f"{name} is not of the family {family}"
        )
        assert len({label for label, _ in labels}) == len(labels), line
        assert (name, labels) not in self.samples, f"a second time: {line}"
        self.samples[name, labels] = float(match[match.lastindex])

    def value(self, name, **labels):
        """The only sample with this name and these labels among its own."""
        found = [
            number
            for (each, own), number in self.samples.items()
            if each == name and labels.items() <= dict(own).items()
        ]
        assert len(found) == 1, f"{name} {labels}: {found}"
        return found[0]

    def labels(self, family):
        """The names of the labels that samples of a family have, those of buckets and quantiles
        included."""
        return {
            label for (name, own) in self.samples if self._of(name) == family for label, _ in own
        }

    def _of(self, name):
        if name in self.types:
            return name
        return re.sub(r"_(bucket|sum|count)$", "", name)

    def counters(self):
        """What must never go back: samples of counters, and the counts of histograms and
        summaries."""
        grows = {}
        for (name, labels), number in self.samples.items():
            kind = self.types[self._of(name)]
            if kind == "counter" or (
                kind in ("histogram", "summary") and name.endswith(("_bucket", "_count", "_sum"))
            ):
                grows[name, labels] = number
        return grows
