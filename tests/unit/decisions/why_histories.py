"""Repositories with a history, made by git itself: the lines in them are labelled in tests/data/why/labels.jsonl.

Each commit stands for one way in which a reason gets lost: code that moves, a formatter that runs over it, a pull
request whose commits say "wip", a decision that was replaced, a common word that only looks like a mention.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BEGIN = 1_700_000_000
DAY_S = 86_400


@dataclass(frozen=True)
class Commit:
    """`files` are whole new texts, None deletes; `name` is for `onto` and `merges` of later commits."""

    message: str
    files: Mapping[str, str | None] = field(default_factory=dict)
    name: str = ""
    onto: str = ""
    merges: str = ""


def write_history(folder: Path, commits: list[Commit], *, branch: str = "main") -> dict[str, str]:
    """A repository with these commits, checked out; returns the hash of each named commit."""
    git(folder, "init", "--quiet", "--initial-branch", branch)
    marks: dict[str, int] = {}
    stream: list[bytes] = []
    for number, commit in enumerate(commits, start=1):
        at = BEGIN + number * DAY_S
        message = commit.message.encode()
        who = b"Ada Lovelace <ada@example.org> %d +0000" % at
        stream.append(
            b"commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\n" % (branch.encode(), number, who, who)
        )
        stream.append(b"data %d\n%s\n" % (len(message), message))
        if number > 1:
            stream.append(b"from :%d\n" % (marks[commit.onto] if commit.onto else number - 1))
        if commit.merges:
            stream.append(b"merge :%d\n" % marks[commit.merges])
        for path, text in commit.files.items():
            if text is None:
                stream.append(b"D %s\n" % quoted(path))
            else:
                content = text.encode()
                stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (quoted(path), len(content), content))
        if commit.name:
            marks[commit.name] = number
    export = folder / ".git" / "marks"
    fast_import = ["git", "fast-import", "--quiet", f"--export-marks={export}"]
    subprocess.run(fast_import, cwd=folder, input=b"".join(stream), check=True, capture_output=True)
    git(folder, "reset", "--quiet", "--hard", branch)
    hashes = dict(line.split(" ") for line in export.read_text().splitlines())
    return {name: hashes[f":{number}"] for name, number in marks.items()}


def quoted(path: str) -> bytes:
    """A path as git fast-import reads it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"' + os.fsencode(escaped) + b'"'


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return os.fsdecode(done.stdout).strip()


def adr(number: int, title: str, *, status: str = "accepted", outcome: str, more: str = "") -> str:
    """A decision in the MADR dialect."""
    return (
        f"---\nstatus: {status}\ndate: 2023-11-{number:02d}\n---\n\n# {title}\n\n"
        f"## Context and Problem Statement\n\nThe shop needs an answer here.\n\n"
        f"## Decision Outcome\n\nChosen option: {outcome}\n{more}"
    )


CART = '''"""The cart."""

import json
import os


def load_cart(redis, key):
    raw = redis.get(key)
    return json.loads(raw) if raw else []


def save_cart(redis, key, items):
    redis.setex(key, 86400, json.dumps(items))
'''
PRICING = """def gross(net, rate):
    return (net * (100 + rate) + 50) // 100


def discounted(total, percent):
    return total - (total * percent + 99) // 100
"""
ORDERS = """import json


def place(order, queue):
    message = {'id': order.id, 'kind': 'order-placed'}
    queue.publish('orders', json.dumps(message), persistent=True, mandatory=True, expiration=600)
    return order.id


def reserve(stock, qty):
    if qty > stock.free - stock.held:
        raise ValueError('not enough in stock')
    stock.held += qty
"""
LIMITS = """class RateLimiter:
    def __init__(self, clock, per_minute=120):
        self.clock = clock
        self.per_minute = per_minute
        self.buckets = {}

    def allow(self, tenant):
        bucket = self.buckets.setdefault(tenant, [])
        bucket[:] = [t for t in bucket if t > self.clock() - 60]
        bucket.append(self.clock())
        return len(bucket) <= self.per_minute
"""
BLACK_ORDERS = ORDERS.replace("'", '"').replace(
    '    queue.publish("orders", json.dumps(message), persistent=True, mandatory=True, expiration=600)\n',
    '    queue.publish(\n        "orders",\n        json.dumps(message),\n        persistent=True,\n'
    "        mandatory=True,\n        expiration=600,\n    )\n",
)
SHOP_DECISIONS = {
    "docs/adr/0001-keep-carts-in-the-database.md": adr(
        1, "Keep carts in the database", status="superseded by [ADR-0003](0003-keep-carts-in-redis.md)",
        outcome="a table of carts.",
    ),
    "docs/adr/0002-store-times-in-utc.md": adr(
        2, "Store times in UTC", outcome="UTC everywhere; the browser converts for whoever looks."
    ),
    "docs/adr/0003-keep-carts-in-redis.md": adr(
        3, "Keep carts in Redis", outcome="Redis with a day of life, for carts are thrown away anyway.",
        more="\nSupersedes [ADR-0001](0001-keep-carts-in-the-database.md).\n",
    ),
    "docs/adr/0004-send-order-events-over-a-durable-queue.md": adr(
        4, "Send order events over a durable queue", outcome="RabbitMQ with persistent messages."
    ),
    "docs/adr/0005-round-half-up-in-cents.md": adr(
        5, "Round half up, in whole cents", outcome="integers of cents, rounded half up as the tax office does."
    ),
    "docs/adr/0006-hold-stock-while-paying.md": adr(
        6, "Hold stock while a customer pays", outcome="what is held counts as gone for ten minutes."
    ),
    "docs/adr/0007-limit-requests-per-tenant.md": adr(
        7, "Limit requests per tenant", outcome="a sliding window for each tenant, in the memory of the process."
    ),
    "docs/adr/0008-write-an-audit-trail.md": adr(
        8, "Write an audit trail", outcome="append-only lines, written by `src/shop/audit.py` and by nothing else."
    ),
}  # fmt: skip
RETRY_ADR = adr(9, "Try a payment three times", outcome="three tries with growing pauses, then a person looks at it.")
CURRENCY_ADR = adr(10, "One currency for each shop", outcome="a shop sells in one currency; amounts carry none.")
CLI_ADR = adr(
    11, "Keep the command line small",
    outcome="a run of the tool does one thing. Shared helpers, whatever utils there are, stay out of the core. "
    "Run it often, test the main path, and log the total.",
)  # fmt: skip
PAYMENT = """import time


def charge(gateway, amount):
    for pause in (1, 5, 25):
        if gateway.charge(amount):
            return True
        time.sleep(pause)
    return False
"""
CLOCK = """from datetime import datetime, timezone


def stamp(order):
    # ADR-2: the browser knows the customer's zone, we do not.
    order.at = datetime.now(timezone.utc)
    return order
"""
UTILS = """def run(steps):
    total = 0
    for step in steps:
        total += step()
    return total


def main():
    return run([])
"""


def shop() -> list[Commit]:
    """A Python shop: decisions named in commits, moves, formatters, a merge, a replaced decision."""
    sorted_cart = CART.replace("import json\nimport os\n", "import os\nimport json\n")
    table_cart = CART.replace("def load_cart(redis, key):\n    raw = redis.get(key)\n",
                              "def load_cart(db, key):\n    raw = db.fetch('cart', key)\n")  # fmt: skip
    renamed = BLACK_ORDERS.replace("qty", "quantity")
    return [
        Commit("Begin the shop", {**SHOP_DECISIONS, "README.md": "# Shop\n\nSells things.\n"}),
        Commit("Keep carts in the database\n\nAs decided in ADR-1.", {"src/shop/legacy_cart.py": table_cart}),
        Commit("Carts live in Redis now\n\nThe table grew by a gigabyte a week.\n\nImplements ADR-3.",
               {"src/shop/basket.py": sorted_cart}),
        Commit("Round as the tax office does\n\nSee docs/adr/0005-round-half-up-in-cents.md for the ruling.",
               {"src/shop/orders.py": PRICING}),
        Commit("Tell the warehouse of orders\n\nLost events cost us a Christmas.\n\nRefs: ADR-0004",
               {"src/shop/events.py": ORDERS.partition("def reserve")[0].rstrip() + "\n"}),
        Commit("Hold stock while a customer pays (ADR-6)", {"src/shop/events.py": ORDERS}),
        Commit("Stamp orders", {"src/shop/clock.py": CLOCK}),
        Commit("Move pricing into a module of its own",
               {"src/shop/orders.py": None, "src/shop/pricing.py": PRICING}),
        Commit("Call the basket a cart", {"src/shop/basket.py": None, "src/shop/cart.py": sorted_cart}),
        Commit("Run black", {"src/shop/events.py": BLACK_ORDERS}, name="black"),
        Commit("Sort imports", {"src/shop/cart.py": CART}),
        Commit("Say quantity instead of qty everywhere", {"src/shop/events.py": renamed}, name="quantity"),
        Commit("Add an audit log", {
            "src/shop/audit.py": "def append(path, line):\n    with open(path, 'a') as file:\n"
            "        file.write(line + '\\n')\n"}, name="audit"),
        Commit("wip limiter", {"src/shop/limits.py": LIMITS.replace("60]", "30]")}, name="wip"),
        Commit("fix the window", {"src/shop/limits.py": LIMITS}, name="limiter"),
        Commit("Update the readme", {"README.md": "# Shop\n\nSells things well.\n"}, name="readme", onto="audit"),
        Commit("Merge pull request #41 from ada/limits\n\nLimit requests per tenant, as ADR-7 says",
               {"src/shop/limits.py": LIMITS}, onto="readme", merges="limiter"),
        Commit("Try a payment again before giving up",
               {"src/shop/payment.py": PAYMENT, "docs/adr/0009-try-a-payment-three-times.md": RETRY_ADR}),
        Commit("Invoices", {
            "src/shop/invoice.py": "def settle_invoice(invoice, paid_at):\n    if invoice.open and paid_at:\n"
            "        invoice.open = False\n    return invoice\n"}),
        Commit("Money", {
            "docs/adr/0010-one-currency-for-each-shop.md": CURRENCY_ADR,
        }),
        Commit("Format amounts", {
            "src/shop/money.py": '"""Amounts as text; a shop has one currency (ADR-0010)."""\n\n\n'
            "def as_text(cents):\n    return f'{cents // 100}.{cents % 100:02d}'\n"}),
        Commit("Add a command line", {"src/shop/utils.py": UTILS}),
        Commit("Write down how the command line is kept", {"docs/adr/0011-keep-the-command-line-small.md": CLI_ADR}),
        Commit("Colours of the banner", {
            "src/shop/banner.py": "WIDTH = 72\n\n\ndef banner(text):\n    return text.center(WIDTH, '*')\n"}),
    ]  # fmt: skip


def ignored_revs(hashes: Mapping[str, str]) -> str:
    """The shop's list of commits that only touched every line; it names one that is gone, too."""
    return f"# renamings\n{hashes['quantity']}\n\n{'0' * 39}1\n"


SHOP_TILS = {
    "til/sql/settle-twice.md": "---\nkind: til\ndate: 2024-01-02\n---\n\n# A bank tells of one payment twice\n\n"
    "The bank sends its notice again when we answer late. So `settle_invoice` must do nothing the\n"
    "second time: it looks whether the invoice is open first.\n",
    "til/python/center.md": "---\nkind: til\ndate: 2024-01-03\n---\n\n# str.center leans left\n\n"
    "With an odd rest `'ab'.center(5)` puts the extra blank on the left side.\n",
}
"""Notes that lie outside of the repository, as they do in life."""

SERVER = """package gate

import "time"

const maxRetries = 4

// Drain waits until no request is under way.
func (s *Server) Drain(deadline time.Time) error {
\tfor s.active() > 0 && time.Now().Before(deadline) {
\t\ttime.Sleep(s.pause)
\t}
\treturn s.closeIdle()
}

func (s *Server) statusText(code int) string {
\tif code == 418 {
\t\treturn "teapot"
\t}
\treturn "other"
}
"""
BACKOFF = """package gate

import "time"

func backoffFor(try int) time.Duration {
\tif try > 6 {
\t\ttry = 6
\t}
\treturn time.Duration(1<<try) * 100 * time.Millisecond
}
"""


def gate() -> list[Commit]:
    """A gateway in Go: a decision spelt in words, a function that moves, an RFC of the outside world."""
    head, _, _ = SERVER.partition("const maxRetries")
    without = head + SERVER[SERVER.index("// Drain") : SERVER.index("func (s *Server) statusText")]
    plain = SERVER.replace("const maxRetries = 4\n\n", "")
    return [
        Commit("Begin the gateway", {
            "doc/decisions/0004-retry-four-times.md": "# 4. Retry four times\n\nDate: 2022-02-02\n\n## Status\n\n"
            "Accepted\n\n## Context\n\nUpstreams restart.\n\n## Decision\n\nWe retry four times.\n\n"
            "## Consequences\n\nA slow failure.\n",
            "doc/decisions/0007-back-off-by-doubling.md": "# 7. Back off by doubling\n\nDate: 2022-02-09\n\n"
            "## Status\n\nAccepted\n\n## Context\n\nStorms.\n\n## Decision\n\nThe pause doubles up to six seconds.\n\n"
            "## Consequences\n\nCalm.\n",
            "server.go": without.rstrip() + "\n",
        }),
        Commit("Tell the client what happened\n\nThe texts follow RFC 7231, section 6.", {"server.go": plain}),
        Commit("Limit the retries\n\nThe number is that of decision record 4.", {"server.go": SERVER}),
        Commit("Wait longer each time\n\nADR 7 has the curve.",
               {"server.go": SERVER + BACKOFF.partition('import "time"\n')[2]}),
        Commit("Part the backoff from the server", {"server.go": SERVER, "retry/backoff.go": BACKOFF}),
        Commit("Write down how we drain", {
            "notes/til/draining.md": "---\nkind: til\ndate: 2024-02-02\n---\n\n# Kubernetes sends no request after "
            "SIGTERM, nearly\n\nThe endpoints lag behind by a second or two, so `Server.Drain` keeps the listener "
            "open\nwhile it waits.\n"}),
    ]  # fmt: skip


SYNC = """export function useCartSync(cart: Cart) {
  const [state, setState] = useState("idle");
  useEffect(() => {
    const timer = setInterval(() => push(cart), 15000);
    return () => clearInterval(timer);
  }, [cart]);
  return state;
}
"""
SESSION = """const MAX_AGE = 900;

export function keepSession(response: Response, token: string) {
  response.cookie("session", token, { httpOnly: true, sameSite: "strict", maxAge: MAX_AGE });
}
"""
MENU = """export function Menu({ items }: Props) {
  return <ul>{items.map((item) => <li key={item.id}>{item.name}</li>)}</ul>;
}
"""
UPLOAD = """export async function sendPhoto(file: File) {
  const parts = slice(file, 5 * 1024 * 1024);
  for (const part of parts) await put(part);
}
"""


def web() -> list[Commit]:
    """A front end in TypeScript: a formatter, issue numbers that are no decisions, a reason that nobody linked."""
    pretty = (
        SESSION.replace('"', "'").replace(";", "")
        .replace("{ httpOnly: true, sameSite: 'strict', maxAge: MAX_AGE }",
                 "{\n    httpOnly: true,\n    sameSite: 'strict',\n    maxAge: MAX_AGE,\n  }")
    )  # fmt: skip
    return [
        Commit("Begin the front end", {
            "decisions/0003-sessions-in-cookies.md": adr(3, "Keep sessions in cookies", outcome="strict cookies."),
            "decisions/0005-sync-carts-by-polling.md": adr(
                5, "Sync carts by polling", outcome="`useCartSync` polls every 15 seconds; sockets cost too much."),
            "decisions/0012-draw-menus-on-the-server.md": adr(
                12, "Draw menus on the server", outcome="menus are rendered before they are sent."),
            "decisions/0014-upload-large-photographs-in-pieces.md": adr(
                14, "Upload large photographs in pieces",
                outcome="a photograph is cut into pieces of five megabytes, and each is sent by itself: a phone that "
                "loses its network on a train sends only the last piece again."),
        }),
        Commit("Keep the session\n\nADR-3", {"src/session.ts": SESSION}),
        Commit("Sync", {"src/hooks/useCartSync.ts": SYNC}),
        Commit("Prettier", {"src/session.ts": pretty}),
        Commit("Fix a flicker (#12)", {"src/Menu.tsx": MENU}),
        Commit("Photos", {"src/upload.ts": UPLOAD}),
    ]  # fmt: skip


Builder = Callable[[Path], None]


def build_shop(folder: Path) -> None:
    repository = folder / "shop"
    repository.mkdir(parents=True)
    hashes = write_history(repository, shop())
    write(repository, {".git-blame-ignore-revs": ignored_revs(hashes)})
    banner = repository / "src/shop/banner.py"
    banner.write_text(banner.read_text() + "\n\nSTARS = '*' * WIDTH\n")
    write(folder / "shop-notes", SHOP_TILS)


def build_gate(folder: Path) -> None:
    (folder / "gate").mkdir(parents=True)
    write_history(folder / "gate", gate())


def build_web(folder: Path) -> None:
    (folder / "web").mkdir(parents=True)
    write_history(folder / "web", web())


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


BUILDERS: dict[str, Builder] = {"shop": build_shop, "gate": build_gate, "web": build_web}
