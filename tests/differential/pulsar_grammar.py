"""Generates what decides how Pulsar standalone starts: environments, conf/pulsar_env.sh, properties
files and command lines."""

import dataclasses
import random

SIZES = ["64m", "256M", "1g", "1G", "131072k", "134217728"]
BAD_SIZES = ["1gb", "1.5g", "", "x", "5q", "-1m"]


@dataclasses.dataclass
class Case:
    environment: dict = dataclasses.field(default_factory=dict)
    script: str | None = None  # conf/pulsar_env.sh; None: the one of the distribution
    properties: str = ""
    arguments: list = dataclasses.field(default_factory=list)
    features: set = dataclasses.field(default_factory=set)

    def __str__(self):
        return (
            f"environment: {self.environment}\narguments: {self.arguments}\n"
            f"pulsar_env.sh: {self.script}\nproperties: {self.properties!r}"
        )


class Grammar:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.case = Case()

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def feature(self, name):
        self.case.features.add(name)
        return True

    # The JVM ----------------------------------------------------------------------------------

    def flag(self):
        size = self.random.choice(SIZES)
        if self.chance(0.04) and self.feature("size that the JVM rejects"):
            size = self.random.choice(BAD_SIZES)
        return self.pick(
            f"-Xmx{size}",
            f"-Xmx{size}",
            f"-XX:MaxHeapSize={size}",
            f"-XX:MaxDirectMemorySize={size}",
            f"-XX:MaxDirectMemorySize={size}",
            "-Dpulsar.a=b",
            "-Djava.io.tmpdir=" + self.pick("/tmp", "/var/tmp", "/dev/shm"),
            "-Xms8m",
            "-XX:+UseSerialGC",
        )

    def flags(self):
        blank = self.pick(" ", " ", "  ", "\t", "\n")
        if blank in "\t\n":
            self.feature("flags on several lines or with tabs")
        words = blank.join(self.flag() for _ in range(self.random.randrange(0, 4)))
        if self.chance(0.04) and self.feature("quotes in the environment"):
            return f'"{words}"'
        return words

    def quoted(self, value):
        """A value as the shell reads it."""
        form = self.pick("double", "double", "single", "escaped")
        self.feature(f"{form} in pulsar_env.sh")
        if form == "single" and "'" not in value:
            return f"'{value}'"
        if form == "escaped" and "\n" not in value:
            special = " \t\"'\\$`*"
            return "".join("\\" + c if c in special else c for c in value)
        return '"' + "".join("\\" + c if c in '"\\$`' else c for c in value) + '"'

    def assignment(self, name):
        # a value in several lines is not of the form that is read
        value = self.flags().replace("\n", " ")
        form = self.pick(
            "plain", "default", "default", "nested", "append", "guard", "export", "command"
        )
        self.feature(f"{form} in pulsar_env.sh")
        text = self.quoted(value)
        return {
            "plain": f"{name}={text}",
            "default": f'{name}=${{{name}:-"{value.replace(chr(34), "")}"}}',
            "nested": f'{name}="${{{name}:-"${{OTHER:-{value.replace(chr(34), "")}}}"}}"',
            "append": f'{name}="${name} {value.replace(chr(34), "")}"',
            "guard": f'if [ -z "${name}" ]; then\n  {name}={text}\nfi',
            "export": f"  export {name}={text} # why",
            "command": f"{name}=$(printf %s {text})",
        }[form]

    # Properties -------------------------------------------------------------------------------

    def listeners(self):
        names = self.random.sample(["internal", "external", "other"], self.random.randrange(1, 4))
        entries = [f"{name}:pulsar://{name}-host:{6650 + i}" for i, name in enumerate(names)]
        self.feature(f"{len(names)} listeners")
        return self.pick(",", ", ", " ,").join(entries), names

    def property(self, name, value):
        separator = self.pick("=", "=", " = ", ":", " ", "\t", " : ")
        self.feature(f"separator {separator.strip() or 'blank'}")
        line = self.pick("", "", "  ") + name + separator + value + self.pick("", "", " ", "\t")
        if self.chance(0.15) and self.feature("continued line"):
            at = self.random.randrange(len(line) - len(value), len(line)) if value else len(line)
            line = line[:at] + "\\\n" + self.pick("", "   ") + line[at:]
        if self.chance(0.1) and value and self.feature("escape"):
            line = line.replace("i", self.pick("\\u0069", "\\i"), 1)
        return line

    def text(self):
        lines = []
        if self.chance(0.5):
            value, names = self.listeners()
            lines.append(self.property("advertisedListeners", value))
            if self.chance(0.5):
                lines.append(self.property("internalListenerName", self.pick(*names, "absent", "")))
        if self.chance(0.5):
            lines.append(self.property("advertisedAddress", self.pick("a-host", "b-host", "")))
        for _ in range(self.random.randrange(4)):
            lines.append(
                self.pick(
                    "# advertisedAddress=c",
                    "! advertisedAddress=d",
                    "",
                    "  ",
                    "bindAddress=0.0.0.0",
                )
            )
        self.random.shuffle(lines)
        end = "\r\n" if self.chance(0.15) and self.feature("CRLF") else "\n"
        return "\n".join(lines).replace("\n", end) + self.pick(end, "")

    # The command line -------------------------------------------------------------------------

    def option(self, names, value):
        form = self.pick("word", "equals")
        self.feature(f"option as {form}")
        name = self.random.choice(names)
        return [f"{name}={value}"] if form == "equals" else [name, value]

    def finish(self):
        case = self.case
        for name in ("PULSAR_MEM", "PULSAR_EXTRA_OPTS", "PULSAR_GC", "OPTS"):
            if self.chance(0.4):
                case.environment[name] = self.flags() if self.chance(0.9) else ""
                self.feature(name)
        if self.chance(0.6):
            names = self.random.choices(
                ["PULSAR_MEM", "PULSAR_EXTRA_OPTS"], k=self.random.randrange(1, 4)
            )
            case.script = "# settings\n" + "\n".join(self.assignment(name) for name in names) + "\n"
        else:
            self.feature("pulsar_env.sh of the distribution")
        case.properties = self.text()
        if self.chance(0.3):
            case.arguments += self.option(["-a", "--advertised-address"], "flag-host")
        for name in ("--metadata-dir", "--bookkeeper-dir"):
            if self.chance(0.3):
                case.arguments += self.option([name], self.pick("data/x", "/tmp/y"))
        if self.chance(0.3):
            case.arguments.append(self.pick("-nfw", "--no-functions-worker", "-nss"))
        return case
