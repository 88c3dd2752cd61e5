"""Generates configurations of redis-server: files and command lines."""

import dataclasses
import random

WEIRD = ["with space", "tab\there", "qu'ote", 'dou"ble', "caf\u00e9", "#hash", "a\x01b", "x\udcff"]
# Values that the server takes from its own answer to CONFIG GET need a machine or a peer.
NOT_REPEATED = {
    "slaveof",
    "replicaof",
    "unixsocketgroup",
    "unixsocketperm",
    "oom-score-adj-values",
    "supervised",
    "daemonize",
    "pidfile",
    "logfile",
    "locale-collate",
    "rdma-bind",
    "debug-context",
    "bind-source-addr",
    "aclfile",
    "masteruser",
    "primaryuser",
}
USED = {
    "dir",
    "dbfilename",
    "appendonly",
    "appenddirname",
    "appendfilename",
    "aof-load-truncated",
    "maxmemory",
    "bind",
    "port",
    "tls-port",
    "unixsocket",
    "requirepass",
    "masterauth",
    "primaryauth",
    "save",
}
# Some of their values are yes and no, and there are others.
ENUMERATIONS = {
    "enable-debug-command",
    "enable-module-command",
    "enable-protected-configs",
    "oom-score-adj",
    "sanitize-dump-payload",
    "tls-auth-clients",
}
COMMANDS = [
    "FLUSHALL",
    "DEBUG",
    "KEYS",
    "SWAPDB",
    "MONITOR",
    "SORT",
    "EVAL",
    "TYPE",
    "WAIT",
    "DEL",
] * 9
SECRETS = {"requirepass", "masterauth", "primaryauth"}
LISTS = {"bind", "save", "client-output-buffer-limit", "latency-tracking-info-percentiles"}


@dataclasses.dataclass
class Case:
    """A command line, its files, and what a client needs."""

    command: list
    stdin: str = ""
    features: set = dataclasses.field(default_factory=set)
    passwords: list = dataclasses.field(default_factory=list)
    files: dict = dataclasses.field(default_factory=dict)  # path -> bytes

    @property
    def is_unknowable(self):
        """What the server reads is its own affair: standard input; a byte 0xff, which Valkey 8.1
        drops."""
        options = [word for word in self.command if word.startswith("--")]
        return bool(
            self.stdin
            or any(b"\xff" in text for text in self.files.values())
            or any("\udcff" in word for word in options)
        )

    def __str__(self):
        files = "".join(f"--- {path}\n{text!r}\n" for path, text in self.files.items())
        return f"command: {self.command!r}\nstdin: {self.stdin!r}\n{files}"


class Grammar:
    """One case in a fresh directory `home`, which has the directories of `make_home()`.

    `known` are the directives of this server with their values; `port` makes a free port;
    `certificates` is a directive for each file of TLS."""

    def __init__(self, seed, home, known, port, certificates):
        self.random = random.Random(seed)
        self.home, self.known, self.port, self.certificates = home, known, port, certificates
        self.case = Case([])
        self.is_clean = self.chance(0.7)  # nothing in it that a server rejects
        self.next_serial = 0
        self.here = home / "work"  # the server's directory, as far as this has followed it

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def feature(self, name):
        self.case.features.add(name)

    def serial(self):
        """0, 1, 2 …"""
        self.next_serial += 1
        return self.next_serial - 1

    # Values -----------------------------------------------------------------------------------

    def size(self):
        number = self.pick("0", "", "1", "7", "100", "1000", "65536", "2097152")
        unit = self.pick("", "b", "k", "kb", "m", "mb", "g", "gb")
        if self.chance(0.05):
            self.feature("size out of range")
            number = self.pick(
                "99999999999", "18446744073709551616", "123456789012345678901234567890"
            )
        self.feature(f"unit {unit or 'none'}")
        return number + self.mixed_case(unit)

    def bad_size(self):
        return self.pick("1kib", "-1", "+1", "1.5gb", "10%", "1 mb", "x", "1tb", "0x10")

    def mixed_case(self, word):
        return "".join(self.pick(c.lower(), c.upper(), c) for c in word)

    def flag(self):
        return self.mixed_case(self.pick("yes", "no"))

    def bad_flag(self):
        return self.pick("true", "1", "on", "off", "", "ye s", "y", "no;")

    def name_of_file(self, ending):
        name = self.pick("a", "data", "Other", *WEIRD) if self.chance(0.6) else "plain"
        if name in WEIRD:
            self.feature("odd characters")
        return name + ending

    def directory(self):
        """A directory that exists, as the server would find it from where it is."""
        choice = self.pick("absolute", "relative", "link", "up", "space", "same")
        self.feature(f"dir {choice}")
        path = {
            "absolute": self.home / "data",
            "relative": "sub",
            "link": self.home / "link",
            "up": "..",
            "space": self.home / "with space",
            "same": ".",
        }[choice]
        target = (self.here / path).resolve()
        if not target.is_dir():
            path = target = self.home / "data"
        self.here = target.resolve()
        return str(path) + self.pick("", "", "/")

    def password(self):
        password = self.pick("s3cret-of-", "two words-", "mot-\u00e9-passe-") + str(
            self.random.randrange(10**6)
        )
        self.case.passwords.append(password)
        return password

    # Directives -------------------------------------------------------------------------------

    def directive(self):
        """A name and its values; the server takes most of them."""
        shares = [70, 0, 24, 4] if self.is_clean else [70, 6, 24, 6]
        kind = self.random.choices(["used", "bad", "other", "odd"], shares)[0]
        if kind == "other":
            return self.other()
        if kind == "odd":
            return self.odd()
        if kind == "bad":
            return self.bad(self.random.choice(sorted((USED - SECRETS) & set(self.known))))
        name = self.random.choice(sorted(USED & set(self.known) | {"dir"}))
        self.feature(f"sets {name}")
        return name, self.value_of(name)

    def value_of(self, name):
        if name == "dir":
            return [self.directory()]
        if name in ("appendonly", "aof-load-truncated"):
            return [self.flag()]
        if name in ("port", "tls-port"):
            return [str(self.port())] if name == "port" else ["0"]
        if name == "maxmemory":
            return [self.size()]
        if name == "bind":
            return self.pick(
                ["127.0.0.1"], ["127.0.0.1", "-::1"], ["127.0.0.1", "-10.1.1.1"], ["*"]
            )
        if name == "save":
            return self.pick([""], ["60", "1"], ["3600", "1", "300", "100"])
        if name == "unixsocket":
            return [self.pick("r.sock", "./r2.sock", str(self.home / "s.sock"), "")]
        if name in ("requirepass", "masterauth", "primaryauth"):
            return [self.password() if self.chance(0.8) else ""]
        endings = {"dbfilename": ".rdb", "appendfilename": ".aof", "appenddirname": "dir"}
        if name == "dbfilename" and self.case.passwords and self.chance(0.3):
            self.feature("secret in another value")
            return [self.case.passwords[-1] + ".rdb"]
        return [self.name_of_file(endings[name])]

    def bad(self, name):
        self.feature("bad value")
        if name in ("appendonly", "aof-load-truncated"):
            return name, [self.bad_flag()]
        if name == "maxmemory":
            return name, [self.bad_size()]
        if name in ("port", "tls-port"):
            return name, [self.pick("-1", "65536", "06379", "+1", "x", "", "1 2")]
        if name == "dir":
            return name, [
                self.pick("absent", "", str(self.home / "file"), str(self.home / "no/such"))
            ]
        if name in ("dbfilename", "appendfilename", "appenddirname"):
            return name, [self.pick("a/b", "a\\b", "/x", "" if name != "dbfilename" else "/")]
        if name == "save":
            return name, self.pick(["60"], ["0", "1"], ["x", "1"], ["60", "-1"], ["1", "2", "3"])
        return name, [] if name != "bind" else [""]

    def other(self):
        name = self.random.choice(sorted(set(self.known) - NOT_REPEATED - USED))
        value = self.known[name]
        self.feature("another directive")
        if not self.is_clean and self.chance(0.1):
            self.feature("bad value of another directive")
            if value in ("yes", "no") and name not in ENUMERATIONS:
                return name, [self.bad_flag()]
            if value.isdigit() and name not in ("maxmemory-clients", "io-threads-do-reads"):
                return name, [self.pick("x", "1.5")]
        if name in LISTS or " " in value:
            return name, value.split() or [""]
        return name, [value]

    def odd(self):
        bad = ["unknown", "no value", "many values", "loadmodule", "module", "user again"]
        kind = self.pick("user", "rename", *([] if self.is_clean else bad))
        self.feature(kind)
        name = self.random.choice(sorted(USED - {"bind", "save", *SECRETS} & set(self.known)))
        if kind == "unknown":
            return self.pick("apendonly", "append-only", "#appendonly", "maxmem", "include-dir"), [
                "yes"
            ]
        if kind == "no value":
            return name, []
        if kind == "many values":
            return name, ["a", "b"]
        if kind == "loadmodule":
            return "loadmodule", [str(self.home / "absent.so"), "arg"]
        if kind == "rename":
            number = self.serial()
            return "rename-command", [COMMANDS[number], self.pick("", f"hidden-{number}")]
        if kind == "module":
            return "absent.setting", ["1"]
        if kind == "user again":
            name = self.pick("alice", "default")
        else:
            name = f"user-{self.serial()}" if self.case.features & {"user default"} else "default"
            self.feature(f"user {name if name == 'default' else 'other'}")
        return "user", [name, "on", ">" + self.password(), "~*", "&*", "+@all"]

    # Spelling ---------------------------------------------------------------------------------

    def word(self, value):
        """A word of a line that means `value`."""
        plain = value and not set(value) & set(" \t\n\r\0\"'\\") and not value.startswith("#")
        form = self.pick("plain", "plain", "double", "single", "hex", "partly")
        if form == "partly" and plain and len(value) > 1:
            self.feature("quotes inside a word")
            at = self.random.randrange(len(value))
            return value[:at] + '"' + value[at:] + '"'
        if form == "single" and "\\" not in value:
            self.feature("single quotes")
            return "'" + value.replace("'", "\\'") + "'"
        if form == "hex":
            self.feature("escapes")
            return '"' + "".join(self.escape(c, self.chance(0.4)) for c in value) + '"'
        if form == "double" or not plain:
            self.feature("double quotes")
            return '"' + "".join(self.escape(c, False) for c in value) + '"'
        return value

    def escape(self, c, always):
        letters = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\a": r"\a"}
        if c in letters:
            return letters[c]
        if c in '"\\':
            return "\\" + c
        if always and ord(c) >= 0x80:
            return "".join(f"\\x{byte:02x}" for byte in c.encode("utf-8", "surrogateescape"))
        if always:
            # a backslash before another character stands for the character
            digits = f"{ord(c):02x}"
            return self.pick(f"\\x{digits}", f"\\x{digits.upper()}", c if c.isalnum() else "\\" + c)
        return c

    def values(self, name, values):
        """The words for the values: those of a list may be in one word."""
        if name in LISTS and len(values) > 1 and self.chance(0.4):
            self.feature("values in one word")
            return ['"' + " ".join(values) + '"']
        return [self.word(value) for value in values]

    def line(self, name, values):
        indent = self.pick("", "", "", " ", "\t", "  \t")
        blank = self.pick(" ", " ", "  ", "\t")
        spelled = self.mixed_case(name) if self.chance(0.3) else name
        if spelled != name:
            self.feature("name in another case")
        if self.chance(0.05):
            self.feature("name in quotes")
            spelled = f'"{spelled}"'
        line = indent + blank.join([spelled, *self.values(name, values)])
        if not self.is_clean and self.chance(0.03):
            self.feature("unbalanced quotes")
            line += self.pick(' "', " '", ' "a"b', " 'a'b", '"')
        if name not in USED:  # the values of others are not examined
            return line + self.pick("", "", " ", "\t")
        if not self.is_clean and self.chance(0.03):
            self.feature("comment behind a value")
            line += " # why"
        return line + self.pick("", "", "", " ", "\t", "\v" if self.chance(0.05) else "")

    def filler(self):
        self.feature("comment or blank line")
        return self.pick("", "   ", "\t", "# comment", '  # comment "', "#", "#include x")

    # Files ------------------------------------------------------------------------------------

    def text(self, count, depth=0):
        lines, name = [], ""
        for _ in range(count):
            if self.chance(0.2):
                lines.append(self.filler())
            if depth < 3 and self.chance(0.12):
                lines.append(self.include(depth + 1))
            else:
                name, values = self.directive()
                lines.append(self.line(name, values))
        end = "\r\n" if self.chance(0.15) else "\n"
        if end == "\r\n":
            self.feature("CRLF")
        # The values of others are not examined, nor the words that another file adds to them.
        last = self.pick(end, end, "") if name in USED else end
        if not last:
            self.feature("no line end at the end")
        return end.join(lines) + last

    def write(self, path, text):
        data = text.encode("utf-8", "surrogateescape")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.case.files[str(path)] = data

    def include(self, depth):
        kind = self.random.choices(
            ["absolute", "relative", "pattern", "empty pattern", "missing", "directory"],
            [30, 30, 30, 6, 0 if self.is_clean else 4, 2],
        )[0]
        self.feature(f"include {kind}")
        number = len(self.case.files) + self.random.randrange(1000) * 100
        name = f"part-{number}.conf"
        if kind in ("missing", "directory"):
            return self.line("include", ["missing.conf" if kind == "missing" else str(self.home)])
        if kind == "empty pattern":
            return self.line("include", [str(self.home / "none*.conf")])
        if kind == "pattern":
            folder = self.here / f"conf-{number}"
            names = self.random.sample(["10-a.conf", "20-b.conf", "B.conf", "x.conf.bak"], 2)
            # in the order in which the server reads them
            for each in sorted(n for n in names if n.endswith(".conf")):
                self.write(folder / each, self.text(2, 3))
            for each in names:
                if not each.endswith(".conf"):
                    self.write(folder / each, "appendonly wrong\n")
            pattern = self.pick("*.conf", "[0-9B]*.conf", "?*.conf", "*.con[f]")
            if pattern == "[0-9B]*.conf":
                self.feature("include with a class")
            start = folder if self.chance(0.5) else folder.name
            return self.line("include", [f"{start}/{pattern}"])
        place = self.here if kind == "relative" else self.home / "conf"
        line = self.line("include", [name if kind == "relative" else str(place / name)])
        self.write(place / name, self.text(self.random.randrange(1, 4), depth))
        return line

    # The command line -------------------------------------------------------------------------

    def option(self):
        name, values = self.directive()
        spelled = self.mixed_case(name) if self.chance(0.15) else name
        form = self.pick("words", "words", "one", "list")
        if form == "one":
            self.feature("option in one argument")
            return ["--" + " ".join([spelled, *self.values(name, values)])]
        if form == "list" and name in LISTS and len(values) > 1:
            self.feature("values in one argument")
            return ["--" + spelled, " ".join(values)]
        if name == "save" and values == [""] and self.chance(0.5):
            self.feature("--save without a value")
            return ["--save"]
        self.feature("option in several arguments")
        return ["--" + spelled, *values]

    def finish(self):
        """The case. Most have a port of their own at the end, so that tests do not meet on 6379."""
        has_file = self.chance(0.75)
        command = []
        if has_file:
            self.feature("file")
            self.write(self.home / "work/redis.conf", "")  # its place in the order
            text = f"port {self.port()}\n" + self.text(self.random.randrange(1, 9))
            self.write(self.home / "work/redis.conf", text)
            command.append(
                self.pick("redis.conf", "./redis.conf", str(self.home / "work/redis.conf"))
            )
        else:
            command += ["--port", str(self.port())]
        if self.chance(0.06):
            self.feature("standard input")
            self.case.stdin = self.text(2, 3)
        for _ in range(self.random.randrange(0, 5)):
            command += self.option()
        if self.case.stdin:
            command.append("-")
        if not self.is_clean and self.chance(0.05):
            self.feature("stray argument")
            command.insert(
                self.random.randrange(len(command) + 1), self.pick("str/ay", "-x,", "--")
            )
        if self.chance(0.02) and not self.case.stdin:
            self.feature("line end in an argument")
            command.append("--dir " + str(self.home / "data") + "\nappendonly yes")
        if self.chance(0.06) and not self.case.stdin:
            self.feature("no port")
            command += ["--port", "0"]
            if self.is_clean or self.chance(0.8):
                command += ["--unixsocket", self.pick("last.sock", str(self.home / "last.sock"))]
        if self.chance(0.06) and not self.case.stdin:
            self.feature("TLS")
            command += ["--tls-port", str(self.port())]
            if self.is_clean or self.chance(0.8):
                command += self.certificates
        self.case.command = command
        return self.case


def make_home(home):
    """The directories and files that the cases mention."""
    for name in ("work/sub/sub", "data/sub", "with space/sub", "conf", "deep/er"):
        (home / name).mkdir(parents=True)
    (home / "link").symlink_to(home / "deep/er")
    (home / "file").touch()
