"""Certificates and NATS keys for the tests, made by the openssl command: nothing of them is
kept."""

import base64
import json
import subprocess

DAY = "%Y%m%d%H%M%SZ"


def openssl(*arguments, stdin=None):
    """What openssl writes to standard output."""
    return subprocess.run(
        ["openssl", *map(str, arguments)], input=stdin, check=True, capture_output=True
    ).stdout


class Authority:
    """A certificate authority in `directory`; `.ca` is its certificate."""

    def __init__(self, directory, name="test authority"):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.ca, self._key = directory, directory / "ca.pem", directory / "ca.key"
        openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            f"/CN={name}",
            "-days",
            "2",
            "-keyout",
            self._key,
            "-out",
            self.ca,
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        )

    def issue(self, name, *names, expired=False):
        """A certificate and its key (paths) for the subject `name` and the alternative names,
        "DNS:a" or "IP:b"."""
        cert, key, request, extensions = (
            self.directory / f"{name}.{end}" for end in ("pem", "key", "csr", "ext")
        )
        openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            f"/CN={name}",
            "-keyout",
            key,
            "-out",
            request,
        )
        lines = ["keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth,clientAuth"]
        extensions.write_text(
            "\n".join(lines + ([f"subjectAltName={','.join(names)}"] if names else [])) + "\n"
        )
        validity = (
            ("-not_before", "20200101000000Z", "-not_after", "20200201000000Z")
            if expired
            else ("-days", "2")
        )
        openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.ca,
            "-CAkey",
            self._key,
            "-CAcreateserial",
            "-extfile",
            extensions,
            "-out",
            cert,
            *validity,
        )
        return cert, key


class NKey:
    """An Ed25519 key of NATS. `role` is "user", "account" or "operator"."""

    PREFIXES = {"user": 20 << 3, "account": 0, "operator": 14 << 3}

    def __init__(self, directory, role):
        directory.mkdir(parents=True, exist_ok=True)
        self._pem = directory / f"{role}.{id(self)}.nkey.pem"
        openssl("genpkey", "-algorithm", "ed25519", "-out", self._pem)
        raw = openssl("pkey", "-in", self._pem, "-outform", "DER")[-32:]
        public = openssl("pkey", "-in", self._pem, "-pubout", "-outform", "DER")[-32:]
        prefix = self.PREFIXES[role]
        self.public = self._text(bytes([prefix]) + public)
        self.seed = self._text(bytes([18 << 3 | prefix >> 5, prefix << 3 & 0xFF]) + raw)

    @staticmethod
    def _text(data):
        crc = 0
        for byte in data:
            crc ^= byte << 8
            for _ in range(8):
                crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
        return base64.b32encode(data + crc.to_bytes(2, "little")).rstrip(b"=").decode()

    def _sign(self, data):
        message = self._pem.with_suffix(".message")
        message.write_bytes(data)
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self._pem, "-in", message)

    def jwt(self, subject, name, claims):
        """A JWT about the public key `subject`, as NATS's servers take them."""

        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        header = part(json.dumps({"typ": "JWT", "alg": "ed25519-nkey"}).encode())
        body = part(
            json.dumps(
                {
                    "jti": name,
                    "iat": 1700000000,
                    "iss": self.public,
                    "name": name,
                    "sub": subject,
                    "nats": claims | {"version": 2},
                }
            ).encode()
        )
        return b".".join([header, body, part(self._sign(header + b"." + body))]).decode()


def operator_mode(directory):
    """A nats-server configuration in which only JWTs let in, and the text of a user's credentials
    file."""
    operator, system, account, user = (
        NKey(directory, "operator"),
        NKey(directory, "account"),
        NKey(directory, "account"),
        NKey(directory, "user"),
    )
    no_limits = dict.fromkeys(
        (
            "subs",
            "data",
            "payload",
            "imports",
            "exports",
            "conn",
            "leaf",
            "mem_storage",
            "disk_storage",
            "streams",
            "consumer",
        ),
        -1,
    )

    def account_jwt(key, name, limits):
        return operator.jwt(
            key.public, name, {"type": "account", "limits": limits | {"wildcards": True}}
        )

    without_store = {
        name: value
        for name, value in no_limits.items()
        if name not in ("mem_storage", "disk_storage", "streams", "consumer")
    }
    conf = f"""
operator: {operator.jwt(operator.public, "test", {"type": "operator"})}
system_account: {system.public}
resolver: MEMORY
resolver_preload: {{
  {system.public}: {account_jwt(system, "SYS", without_store)}
  {account.public}: {account_jwt(account, "A", no_limits)}
}}
"""
    token = account.jwt(
        user.public,
        "u",
        {"type": "user", "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {}},
    )
    creds = (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )
    return conf, creds
