"""Secrets of many kinds in the lines they stand in, put together here so that no scanner takes this file for a leak."""

import base64
import hashlib


def made(length: int, seed: str) -> str:
    """Letters and digits as a machine makes them, the same in every run."""
    text = base64.b64encode(hashlib.sha512(seed.encode()).digest() * 2).decode()
    return "".join(c for c in text if c.isalnum())[:length]


def hexed(length: int, seed: str) -> str:
    return hashlib.sha512(seed.encode()).hexdigest()[:length]


SECRETS: dict[str, tuple[str, str]] = {
    "aws id": ("the key AKIA{} is old", "AKIA" + made(40, "aws").upper()[:16]),
    "aws secret": ("aws_secret_access_key = {}", made(40, "awssecret")),
    "aws secret with slashes": ("it was {} then", made(18, "s1") + "/" + made(20, "s2") + "+" + made(10, "s3")),
    "github": ("clone with {} then", "ghp_" + made(36, "gh")),
    "github fine": ("export GH={}", "github_pat_" + made(22, "g1") + "_" + made(59, "g2")),
    "gitlab": ("{}", "glpat-" + made(20, "gl")),
    "slack": ("token: {}", "xoxb-" + "1234567890-1234567890123-" + made(24, "sl")),
    "slack hook": ("post to https://hooks.slack.com/services/{}", "T0" + made(8, "h") + "/B0/" + made(24, "h2")),
    "stripe": ("stripe.api_key = '{}'", "sk_live_" + made(24, "st")),
    "openai": ("OPENAI_API_KEY={}", "sk-proj-" + made(48, "oa")),
    "anthropic": ("use {} here", "sk-ant-api03-" + made(40, "an")),
    "google": ("key={}", "AIza" + made(35, "go")),
    "hugging face": ("login {}", "hf_" + made(34, "hf")),
    "npm": ("//registry.npmjs.org/:_authToken={}", "npm_" + made(36, "np")),
    "pypi": ("password = {}", "pypi-AgEIcHlwaS5vcmc" + made(75, "py")),
    "sendgrid": ("{}", "SG." + made(22, "sg") + "." + made(43, "sg2")),
    "vault": ("VAULT_TOKEN={}", "hvs." + made(24, "va")),
    "jwt": ("cookie: session={}", f"eyJ{made(30, 'j1')}.eyJ{made(40, 'j2')}.{made(43, 'j3')}"),
    "azure": ("AccountName=x;AccountKey={};Endpoint=y", made(86, "az") + "=="),
    "basic auth": ("https://bob:{}@example.org/repo.git", "hunter-two-9"),
    "connection string": ("postgres://app:{}@db.internal:5432/app", "Tr0ub4dor"),
    "server string": ("Server=db;User Id=sa;Password={};", "p4ss.W0rd!x"),
    "password in yaml": ("  db_password: {}", "correcthorse"),
    "password in prose": ("The password is {}.", "hunter2"),
    "password in german": ("Das Passwort ist {}", "geheim123"),
    "password quoted": ('const password = "{}"', "let me in please"),
    "password in python": ("PASSWORD = '{}'", "swordfish"),
    "password in json": ('{{"secret": "{}"}}', "open sesame"),
    "password in a table": ("| password | `{}` |", "Zx9!kqPw"),
    "a flag": ("mysql -u root --password={} shop", "s3cr3tpw"),
    "curl": ("curl -u bob:{} https://example.org", "pa55phrase"),
    "bearer": ("Authorization: Bearer {}", made(24, "be")),
    "hex key": ("signing with {} as ever", hexed(64, "hx")),
    "random": ("the key for it: {}", made(32, "rn")),
    "random in a sentence": ("Use {} for the staging box.", made(28, "rs")),
    "age": ("{}", "AGE-SECRET-KEY-1" + made(60, "ag").upper()),
    "twilio": ("sid {}", "SK" + hexed(32, "tw")),
    "telegram": ("bot {}", "123456789:" + made(35, "tg")),
}  # fmt: skip
"""By kind, the line it stands in and the secret."""

KEY_BODY = "\n".join(made(64, f"line{n}") for n in range(6))
PRIVATE_KEY = "-----BEGIN OPENSSH " + f"PRIVATE KEY-----\n{KEY_BODY}\n-----END OPENSSH " + "PRIVATE KEY-----"


def line_of(kind: str) -> str:
    line, secret = SECRETS[kind]
    return line.format(secret.removeprefix("AKIA") if kind == "aws id" else secret)


def left(text: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """The kinds whose secret stands in a text, by any eight letters of it in a row."""
    found = []
    for kind, (_, secret) in SECRETS.items():
        parts = [secret[n : n + 8] for n in range(max(1, len(secret) - 7))]
        if kind not in but and any(part in text for part in parts):
            found.append(kind)
    return found
