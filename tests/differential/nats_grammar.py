"""Random configurations and command lines of nats-server, from the grammar of its configuration
files. A `Case` has files, arguments and an environment; it says which features of the grammar it
uses. `Generator.case()` never needs a network outside loopback."""

import dataclasses
import random

from support.ports import free_port

# Features of the grammar: the summary of a campaign has the count of each.
FEATURES = [
    "alias-twice",
    "array",
    "digit-behind-unit",
    "block",
    "bool-spelling",
    "brace-eof",
    "case-of-key",
    "comma-end",
    "comment-hash",
    "comment-slash",
    "crlf",
    "double-quoted",
    "duplicate",
    "env",
    "env-quoted",
    "env-map",
    "env-empty",
    "escape-hex",
    "flag",
    "flag-equals",
    "flag-sd-and-file",
    "float",
    "hash-in-bare",
    "http-address",
    "http-int",
    "https",
    "include",
    "include-absolute",
    "include-in-map",
    "include-nested",
    "include-variable",
    "ipv6",
    "jetstream-bool",
    "jetstream-map",
    "jetstream-string",
    "json",
    "listen",
    "map-variable",
    "mutated",
    "negative",
    "no-separator",
    "port-in-hex",
    "quoted-key",
    "semicolon-end",
    "single-quoted",
    "slash-in-bare",
    "store-absent",
    "store-in-map",
    "store-top",
    "tls",
    "trailing-brace",
    "unit",
    "unit-quoted",
    "value-on-next-line",
    "variable",
    "variable-of-block",
    "wrong-flag",
]


@dataclasses.dataclass
class Case:
    files: dict  # relative path: text; "nats.conf" is the first
    arguments: list
    environment: dict
    features: set
    # The server's reading is not determined: it takes one of two values at random.
    ambiguous: bool = False
    # Changed at random: the server may reject it, or accept it by accident.
    mutated: bool = False


class Map(list):
    """Entries (name, value) in order."""


class JetStream(Map):
    """The map `jetstream`, in which variables can be defined."""


class Text(str):
    """A value that is written as it is."""


def is_bare(text):
    """Whether a string can be written without quotes and stays a string."""
    return (
        text
        and not set(text) & set(" \t\n\r,;[]{}()'\"\\=:$")
        and not text[0].isdigit()
        and text[0] not in "-.#/"
        and text.lower() not in ("true", "false", "on", "off", "yes", "no")
    )


class Generator:
    """`tls` is a pair of paths: a certificate for 127.0.0.1 and its key."""

    def __init__(self, seed, directory, tls):
        self._random = random.Random(seed)
        self._directory, self._tls = directory, tls
        self._case = None
        self._names = 0
        self._number = -1

    # Chance ------------------------------------------------------------------------------

    def _chance(self, probability):
        return self._random.random() < probability

    def _choose(self, *options):
        return self._random.choice(options)

    def _use(self, feature):
        assert feature in FEATURES, feature
        self._case.features.add(feature)

    def _name(self, start="v"):
        self._names += 1
        return f"{start}{self._names}"

    # Values ------------------------------------------------------------------------------

    def _string(self, text):
        """A string in one of its spellings."""
        if is_bare(text) and self._chance(0.4):
            if "#" in text:
                self._use("hash-in-bare")
            if "/" in text:
                self._use("slash-in-bare")
            return text
        if "'" not in text and self._chance(0.4):
            self._use("single-quoted")
            return f"'{text}'"
        self._use("double-quoted")
        return '"' + "".join(map(self._quoted, text)) + '"'

    def _quoted(self, character):
        if self._chance(0.05):
            self._use("escape-hex")
            return f"\\x{ord(character):02{self._choose('x', 'X')}}"
        return {"\\": "\\\\", '"': '\\"', "\t": "\\t"}.get(character, character)

    def _bool(self, value):
        self._use("bool-spelling")
        word = self._choose(*(("true", "on", "yes") if value else ("false", "off", "no")))
        return self._choose(word, word.upper(), word.capitalize())

    def _value(self, value):
        if isinstance(value, Text):
            return value
        if isinstance(value, bool):
            return self._bool(value)
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, Map):
            inside = "jetstream" if isinstance(value, JetStream) else "other"
            return "{" + self._gap() + self._entries(value, inside) + self._gap() + "}"
        if isinstance(value, list):
            self._use("array")
            comma = self._choose(", ", ",\n  ", "\n", " ,")
            return "[ " + comma.join(map(self._value, value)) + self._choose(" ", "\n") + "]"
        if isinstance(value, float):
            self._use("float")
        if isinstance(value, int) and value < 0:
            self._use("negative")
        return str(value)

    def _gap(self):
        return self._choose("", " ", "\n", "\n  ", " # comment }\n", "\n// comment {\n")

    # Entries -----------------------------------------------------------------------------

    def _key(self, name):
        if self._chance(0.25):
            self._use("case-of-key")
            name = self._choose(name.upper(), name.capitalize(), name.title())
        if self._chance(0.15):
            self._use("quoted-key")
            return self._choose(f'"{name}"', f"'{name}'")
        return name

    def _separator(self, text, inside):
        if text[0] in "{[" and self._chance(0.5):
            return " "
        if text[0] not in "=:" and self._chance(0.2):
            self._use("no-separator")
            return self._choose(" ", "\t")
        if inside and self._chance(0.1):
            self._use("value-on-next-line")
            return self._choose(":\n", " =\n  ")
        if not inside and text[0] not in "=:" and self._chance(0.03):
            self._use("value-on-next-line")
            return "\n"
        return self._choose(": ", ":", " = ", "=", " : ")

    def _end(self):
        kind = self._random.random()
        if kind < 0.1:
            self._use("semicolon-end")
            return self._choose(";", ";\n", " ;\n")
        if kind < 0.25:
            self._use("comma-end")
            return self._choose(",", ",\n", " , ")
        if kind < 0.35:
            self._use("comment-hash")
            return self._choose(' # a comment: "', " #x") + "\n"
        if kind < 0.42:
            self._use("comment-slash")
            return " // a comment: {\n"
        if kind < 0.5:
            self._use("crlf")
            return "\r\n"
        return "\n"

    def _entry(self, name, value, inside):
        text = self._value(value)
        text = text if isinstance(value, Text) else self._through_variable(text, value, inside)
        prefix, text = text if isinstance(text, tuple) else ("", text)
        key = name if isinstance(name, Text) else self._key(name)
        return prefix + key + self._separator(text + " ", inside) + text + self._end()

    def _through_variable(self, text, value, inside):
        """The value itself, or a variable that has it, with the line that defines it."""
        kind = self._random.random()
        # Elsewhere, the server rejects the definition as an unknown setting.
        if kind < 0.08 and inside != "other":
            name = self._name()
            self._use("variable-of-block" if inside else "variable")
            if isinstance(value, Map):
                self._use("map-variable")
            return f"{name} = {text}\n", f"${name}"
        if 0.08 < kind < 0.14 and self._fits_environment(text, value):
            name = self._name("NCT_")
            self._case.environment[name] = text
            self._use("env")
            if isinstance(value, Map):
                self._use("env-map")
            if text[0] in "\"'":
                self._use("env-quoted")
            return f"${name}"
        return text

    def _fits_environment(self, text, value):
        """The server takes a map of the environment only if it knows all names in it."""
        if not isinstance(value, list):
            return True
        plain = not any(word in text.lower() for word in ("$v", "limits", "include"))
        return isinstance(value, JetStream) and plain

    def _entries(self, entries, inside=None):
        """The text of entries; some go to a file that is included. `inside` is None at the top, else
        "jetstream" or "other"."""
        entries = list(entries)
        if len(entries) > 1 and self._chance(0.12):
            cut = self._random.randrange(1, len(entries))
            first = self._entries(entries[:cut], inside)
            if not first.endswith("\n"):
                first += "\n"
            return first + self._include(entries[cut:], inside)
        return "".join(self._entry(name, value, inside) for name, value in entries)

    def _include(self, entries, inside):
        self._use("include-in-map" if inside else "include")
        here = self._here
        path = self._choose("", "conf.d/", "a b/") + self._name("part") + ".conf"
        self._here = here + path.rpartition("/")[0] + ("/" if "/" in path else "")
        if here != "":
            self._use("include-nested")
        self._case.files[here + path] = self._entries(entries, inside)
        self._here = here
        if self._chance(0.1):
            self._use("include-absolute")
            path = "/" + path
        elif self._chance(0.3):
            path = "./" + path
        quote = self._choose("'", '"') if " " in path else self._choose("", "'", '"')
        word = self._choose("include", "include", "INCLUDE", "Include")
        return f"{word} {quote}{path}{quote}{self._choose(chr(10), ';', ' # why' + chr(10))}"

    # What the server is told -------------------------------------------------------------

    def _client(self):
        port, host = free_port(), self._choose("127.0.0.1", "127.0.0.1", "localhost", "::1")
        if host == "::1":
            self._use("ipv6")
        kind = self._random.random()
        if kind < 0.3:
            self._use("listen")
            written = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            return Map([("listen", written)])
        if kind < 0.4:
            return Map([("listen", port)])
        entries = Map([("port", port)])
        if self._chance(0.6):
            entries.append((self._choose("host", "net"), host))
        return entries

    def _monitor(self):
        port = free_port()
        kind = self._random.random()
        if kind < 0.3:
            return Map([(self._choose("http_port", "monitor_port"), port)])
        if kind < 0.45:
            self._use("http-int")
            return Map([("http", port)])
        if kind < 0.7:
            self._use("http-address")
            host = self._choose("127.0.0.1", "localhost", "[::1]", "", "0.0.0.0")
            return Map(
                [("http", Text(f"{host}:{port}") if host == "127.0.0.1" else f"{host}:{port}")]
            )
        if kind < 0.85:
            self._use("https")
            entry = self._choose(
                ("https_port", port), ("https", port), ("https", f"127.0.0.1:{port}")
            )
            return Map([entry, *([] if self._chance(0.1) else self._tls_block())])
        return Map()

    def _tls_block(self):
        self._use("tls")
        certificate, key = map(str, self._tls)
        entries = [("cert_file", certificate), ("key_file", key)]
        if self._chance(0.3):
            entries.append(("timeout", 2.5))
        return Map([("tls", Map(entries))])

    def _size(self):
        self._use("unit")
        unit = self._choose("k", "K", "kb", "KiB", "m", "M", "mb", "Mi", "MIB", "g", "gb", "GiB")
        factor = 1 if unit[0] in "gG" else 300
        if self._chance(0.2):
            self._use("unit-quoted")
            return Text(f'"{self._random.randrange(20, 900)}{self._choose("K", "M")}"')
        return Text(f"{self._random.randrange(1, factor + 1)}{unit}")

    def _store(self):
        return (
            f"{self._directory}/{self._number}/{self._choose('s', 's t', 's#1', 's//x/../y', 'S')}"
        )

    def _jetstream(self):
        kind = self._random.random()
        if kind < 0.12:
            return Map()
        if kind < 0.24:
            self._use("jetstream-bool")
            return Map([("jetstream", self._chance(0.7))])
        if kind < 0.4:
            self._use("jetstream-string")
            word = self._choose("enabled", "enable", "disabled", "disable", "Enabled", "ENABLE")
            return Map([("jetstream", word)])
        self._use("jetstream-map")
        inside = JetStream()
        if self._chance(0.6):
            self._use("store-in-map")
            inside.append((self._choose("store", "store_dir", "storedir"), self._store()))
        if self._chance(0.4):
            inside.append((self._choose("enable", "enabled"), self._chance(0.7)))
        if self._chance(0.5):
            inside.append(
                (self._choose("max_memory_store", "max_mem_store", "max_mem"), self._size())
            )
        if self._chance(0.5):
            inside.append((self._choose("max_file_store", "max_file"), self._size()))
        if self._chance(0.2):
            inside.append(("limits", Map([("max_ack_pending", 1000), ("duplicate_window", "1h")])))
        if self._chance(0.2):
            inside.append(("sync_interval", self._choose("always", "10s", "2m")))
        self._random.shuffle(inside)
        return Map([("jetstream", inside)])

    def _other(self):
        """Settings that the sidecar does not read, with all that may confuse a reader."""
        users = [
            Map([("user", "a"), ("password", self._choose("s3#cr3t//x", "x]}y", 'q"q', "a b"))]),
            Map(
                [
                    ("user", "b"),
                    ("pass", "$2a$11$3kIDaCxw.Glsl1.u5nKa6eUnNDLV5HV9tIuUp7EHhMt6Nm9myW1aS"),
                ]
            ),
        ]
        block = Text("(\nport: 1\nstore_dir: '/no'\n)\n")
        options = [
            ("authorization", Map([("users", users[: self._random.randrange(3)])])),
            (
                "authorization",
                Map([("user", "a"), ("password", "in#side"), ("timeout", self._choose(2, 1.5))]),
            ),
            ("authorization", Map([("token", "in#side"), ("timeout", 3)])),
            ("max_payload", self._choose(Text("1MB"), Text("512k"), 65536)),
            ("max_connections", self._choose(100, Text("64K"), Text("1k"))),
            ("ping_interval", self._choose(Text("2m"), "30s", 20)),
            ("write_deadline", self._choose("2s", Text("10s"))),
            ("lame_duck_duration", self._choose("60s", Text("4m0s"))),
            ("debug", False),
            ("server_tags", ["a:b", "c # d", "e//f"]),
            ("server_tags", [block]),
            ("max_subscriptions", -1),
            ("leafnodes", Map([("remotes", [Map([("url", "nats-leaf://127.0.0.1:1")])])])),
            ("mappings", Map([("foo.*", "bar.$1"), (Text('"a.b"'), "c")])),
            (
                "accounts",
                Map([("A", Map([("users", [Map([("user", "u"), ("password", "p{")])])]))]),
            ),
            ("max_pending", Text("64MB")),
            ("pid_file", f"{self._directory}/{self._number}/pid"),
        ]
        chosen = self._random.sample(options, self._random.randrange(0, 4))
        names = [name for name, _ in chosen]
        for _, value in chosen:
            if value == [block]:
                self._use("block")
            if value == "4m0s":
                self._use("digit-behind-unit")
        if "accounts" in names:
            names += ["authorization"]  # together they are an error
        return Map((name, value) for name, value in chosen if names.count(name) == 1)

    def _settings(self):
        entries = self._client() + self._monitor() + self._jetstream() + self._other()
        if self._chance(0.15):
            self._use("store-top")
            entries.append((self._choose("store_dir", "storedir"), self._store()))
        elif not any("store" in str(entry) for entry in entries):
            self._use("store-absent")
        if self._chance(0.3):
            entries.append(
                ("http_base_path", self._choose("/nats", "nats", "/a/b/", "//x/../y", "", "/"))
            )
        if self._chance(0.4):
            entries.append(("server_name", self._choose("n1", "edge-1", "a.b", "true1")))
        if self._chance(0.1) and not any(name == "tls" for name, _ in entries):
            entries += self._tls_block()
        self._random.shuffle(entries)
        if entries and self._chance(0.12):
            self._repeat(entries)
        if self._chance(0.05):
            self._use("alias-twice")
            self._case.ambiguous = True
            entries += self._choose(
                [("http_port", free_port()), ("monitor_port", free_port())],
                [(Text("port"), free_port()), (Text("PORT"), free_port())],
                [("net", "127.0.0.1"), ("host", "localhost")],
                [("http", free_port()), ("http_port", free_port())],
            )
        return entries

    def _repeat(self, entries):
        """An earlier value of a name that comes again: only the last one counts."""
        name, value = self._random.choice(entries)
        name = Text(name)
        at = self._random.randrange(len(entries))
        earlier = {"jetstream": JetStream([("store_dir", "/no/such")]), "port": 1}.get(name, value)
        place = [i for i, (known, _) in enumerate(entries) if known == name][-1]
        entries[place] = (name, value)
        entries.insert(min(at, place), (name, earlier))
        self._use("duplicate")

    def _json(self, entries):
        """All in braces, as JSON has it."""
        self._use("json")
        inside = "".join(
            f'"{name}": {self._json_value(value)}{self._choose(",", "," + chr(10))}'
            for name, value in entries
        )
        kind = self._random.random()
        if kind < 0.1:
            self._use("brace-eof")
            return "{" + inside + "\n"
        if kind < 0.2:
            self._use("trailing-brace")
            return inside + "\n}\n"
        return "{" + self._gap() + inside.rstrip(",\n") + self._gap() + "}" + self._choose("", "\n")

    def _json_value(self, value):
        if isinstance(value, Map):
            return (
                "{" + ", ".join(f'"{name}": {self._json_value(each)}' for name, each in value) + "}"
            )
        if isinstance(value, Text):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if isinstance(value, list):
            return "[" + ", ".join(map(self._json_value, value)) + " ]"
        return str(value)

    # Command line ------------------------------------------------------------------------

    def _flag(self, names, value=None):
        self._use("flag")
        dashes = self._choose("-", "--")
        if value is None:
            return [dashes + self._choose(*names)]
        if self._chance(0.4):
            self._use("flag-equals")
            return [f"{dashes}{self._choose(*names)}={value}"]
        return [dashes + self._choose(*names), str(value)]

    def _go_number(self, port):
        if self._chance(0.1):
            self._use("port-in-hex")
            return self._choose(
                hex(port), f"0x{port:X}", f"0b{port:b}", f"0o{port:o}", f"0{port:o}"
            )
        return port

    def _flags(self):
        flags = []
        if self._chance(0.25):
            flags.append(self._flag(("p", "port"), self._go_number(free_port())))
        if self._chance(0.2):
            flags.append(self._flag(("a", "addr", "net"), self._choose("127.0.0.1", "::1", "")))
        if self._chance(0.25):
            flags.append(
                self._flag(("m", "http_port"), self._choose(self._go_number(free_port()), 0))
            )
        if self._chance(0.05):
            flags.append(self._flag(("ms", "https_port"), self._choose(free_port(), 0)))
        if self._chance(0.2):
            flags.append(self._flag(("js", "jetstream")))
        if self._chance(0.1):
            value = self._choose("true", "false", "F", "1", "T", "False")
            flags.append([f"-js={value}"])
        if self._chance(0.1):
            self._use("flag-sd-and-file")
            flags.append(self._flag(("sd", "store_dir"), self._choose(self._store(), "", "rel/s")))
        if self._chance(0.15):
            flags.append(self._flag(("n", "name", "server_name"), self._choose("flagged", "x")))
        if self._chance(0.1):
            flags.append(
                self._choose(
                    ["-D"], ["-P", "pid"], ["--pid", "-js"], ["-T=false"], ["--client_advertise=-p"]
                )
            )
        if self._chance(0.06):
            certificate, key = map(str, self._tls)
            flags += [["-tls"], ["-tlscert", certificate], [f"--tlskey={key}"]]
        if self._chance(0.03):
            self._use("wrong-flag")
            flags.append(self._choose(["-nosuch"], ["-p", "x"], ["run"], ["-js=on"], ["--m"]))
        self._random.shuffle(flags)
        return flags

    # All ---------------------------------------------------------------------------------

    def _mutate(self):
        """A few characters of a file are changed."""
        self._use("mutated")
        self._case.mutated = True
        path = self._random.choice(list(self._case.files))
        text = self._case.files[path]
        for _ in range(self._random.randrange(1, 3)):
            at = self._random.randrange(len(text) + 1)
            kind = self._choose("delete", "insert", "insert", "double", "cut")
            if kind == "delete":
                text = text[:at] + text[at + 1 :]
            elif kind == "insert":
                new = self._choose(
                    *"{}[]()\"'\\=:,;#/ \n\t\r$-.0a", "\u00a0", "//", "include ", "\\x2"
                )
                text = text[:at] + new + text[at:]
            elif kind == "double":
                text = text[:at] + text[at - 1 : at] + text[at:]
            elif self._chance(0.3):
                text = text[:at]
        self._case.files[path] = text

    def _unseen_variable(self):
        """A file that is included sees no variable of the file that includes it."""
        self._use("include-variable")
        name = self._name("NCT_")
        self._case.files["seen.conf"] = f"server_name: ${name}\n"
        if self._chance(0.5):
            self._case.environment[name] = "of-environment"
        return f"{name} = of-file\nserver_tags: ${name}\ninclude seen.conf\n"

    def case(self):
        self._number += 1
        self._case, self._here = Case({"nats.conf": ""}, [], {}, set()), ""
        entries = self._settings()
        if self._chance(0.12) and not any(isinstance(name, Text) for name, _ in entries):
            text = self._json(entries)
        else:
            text = self._entries(entries)
            if self._chance(0.05) and not any(
                n in ("server_tags", "server_name") for n, _ in entries
            ):
                text += ("" if text.endswith("\n") else "\n") + self._unseen_variable()
        if self._chance(0.03):
            self._use("env-empty")
            self._case.environment["NCT_EMPTY"] = ""
            self._case.ambiguous |= any(name == "server_name" for name, _ in entries)
            text = "server_name: $NCT_EMPTY\n" + text
        self._case.files["nats.conf"] = text
        if self._chance(0.15):
            self._mutate()
        config = [self._choose("-c", "--config"), "nats.conf"]
        flags = self._flags()
        flags.insert(self._random.randrange(len(flags) + 1), config)
        self._case.arguments = [word for flag in flags for word in flag]
        return self._case
