"""The results of campaigns: as JSON, as text, and as a part of docs/faults.md."""

from collections import Counter

from oracle.campaign import ABILITIES, LEVELS, matrix


def report(service, server, seed, dice, outcomes):
    """A campaign as JSON."""
    return {
        "service": service.name,
        "server": server,
        "seed": seed,
        "states": len(outcomes),
        "disagreements": sum(bool(one.problems) for one in outcomes),
        "known": Counter(one.known for one in outcomes if one.known),
        "matrix": [[*key, count] for key, count in sorted(matrix(outcomes).items())],
        "coverage": dice.coverage([one.case.features for one in outcomes]),
    }


def summary(found):
    """Seed, counts, feature coverage and confusion matrix."""
    lines = [
        f"oracle: {found['server']}: seed {found['seed']}, {found['states']} states, "
        f"{found['disagreements']} disagreements, {sum(found['known'].values())} of them known",
        *(f"  known: {slug}: {count}" for slug, count in sorted(found["known"].items())),
        *coverage(found["coverage"]),
        *matrix_text(counted([found])),
    ]
    return "\n".join(lines)


def counted(reports):
    total = Counter()
    for found in reports:
        for level, ability, count in found["matrix"]:
            total[level, ability] += count
    return total


def covered(found):
    drawn = sum(count > 0 for values in found.values() for count in values.values())
    return f"{drawn} of {sum(map(len, found.values()))} values of {len(found)} features"


def coverage(found):
    yield f"  coverage: {covered(found)}"
    for feature, counts in found.items():
        yield f"    {feature}: " + ", ".join(f"{value} {n}" for value, n in counts.items())


def matrix_text(total):
    yield "  verdict    " + "".join(f"{name:>20}" for name in ABILITIES)
    for level in LEVELS:
        yield f"  {level:<11}" + "".join(f"{total[level, name]:>20}" for name in ABILITIES)


def section(reports):
    """The part of docs/faults.md: tables as (heads, rows)."""
    heads = ("server", "seed", "states", "disagreements", "coverage")
    yield (
        heads,
        [(*(found[name] for name in heads[:-1]), covered(found["coverage"])) for found in reports],
    )
    for service in dict.fromkeys(found["service"] for found in reports):
        total = counted(found for found in reports if found["service"] == service)
        yield (
            (f"verdict on {service}", *ABILITIES),
            [(level, *(total[level, name] for name in ABILITIES)) for level in LEVELS],
        )
