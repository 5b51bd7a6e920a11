"""What is never indexed because it may hold a secret; alone decides it, by name before opening and by content after."""

import re

FOLDERS = frozenset({b".ssh", b".gnupg", b".aws", b".password-store"})

_NAMES = frozenset({
    b".netrc", b"_netrc", b".pgpass", b".my.cnf", b".pypirc", b".npmrc", b".htpasswd", b".git-credentials",
    b".dockercfg", b".dockerconfigjson", b".vault-token", b".s3cfg", b".boto", b"kubeconfig", b"id_rsa", b"id_dsa",
    b"id_ecdsa", b"id_ed25519", b"id_ecdsa_sk", b"id_ed25519_sk", b"terraform.tfstate", b"terraform.tfstate.backup",
})  # fmt: skip
_SUFFIXES = (
    b".pem", b".key", b".p8", b".p12", b".pfx", b".pkcs12", b".jks", b".keystore", b".kdb", b".kdbx", b".ppk", b".ovpn",
    b".env",
)  # fmt: skip

_KEY_HEADER = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_FIELD = re.compile(r"[A-Za-z-]{1,30}: .*")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_LINES_LOOKED_AT = 12


def is_secret_name(name: bytes) -> bool:
    """Whether a file of this name is left closed: environment files, private keys, stored passwords."""
    name = name.lower()
    return name in _NAMES or name.endswith(_SUFFIXES) or name.startswith(b".env")


def holds_private_key(text: str) -> bool:
    """Whether a private key stands in the text; a header whose body is elided, as in a manual, is none."""
    return any(_has_key_body(text[match.end() : match.end() + 2_000]) for match in _KEY_HEADER.finditer(text))


def _has_key_body(text: str) -> bool:
    # A key in JSON or in a program keeps its line ends as the two characters "\n".
    for line in text.replace("\\r", "").replace("\\n", "\n").splitlines()[:_LINES_LOOKED_AT]:
        bare = line.strip(" \t>|#*\"'+,;")
        if bare and not _KEY_FIELD.fullmatch(bare):
            return bool(_KEY_LINE.fullmatch(bare))
    return False
