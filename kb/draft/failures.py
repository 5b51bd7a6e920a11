"""Failure cases that a proposal does not speak of: for each thing that fails in known ways, the words that would show
that its author thought of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.draft.diffs import Changed
from kb.draft.proposed import Proposal, Statement
from kb.search.signals import is_test


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that fails; `covered` are words of who thought of it, `look_for` those to find our own precedent by."""

    name: str
    found: re.Pattern[str]
    covered: re.Pattern[str]
    question: str
    look_for: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A matter that a statement brings in and nothing in the text covers."""

    statement: Statement
    matter: Matter


def _matter(name: str, found: str, covered: str, question: str, look_for: str) -> Matter:
    return Matter(
        name, re.compile(rf"\b(?:{found})\b", re.I), re.compile(rf"\b(?:{covered})", re.I), question, look_for
    )


MATTERS: Sequence[Matter] = (
    _matter(
        "a call over the network",
        r"https?|rest api|grpc|webhooks?|endpoints?|third[- ]party|remote (?:service|server|call)|(?:calls?|"
        r"asks?|queries|requests?) "
        r"(?:the |an? )?(?:[\w-]+ ){0,2}(?:api|service|server|provider)|sends? (?:an? )?(?:e-?mails?|sms|requests?)",
        r"time-?outs?|retr(?:y|ies|ied)|unavailab\w+|fall ?backs?|circuit|idempoten\w+|offline|"
        r"does not answer|unreachable|degrad\w+",
        "What happens when it does not answer, answers late, or was done although the answer got lost?",
        "timeout retry unavailable",
    ),
    _matter(
        "a queue",
        r"queues?|kafka|rabbitmq|sqs|events? (?:bus|stream)|pub/?sub|consumers?|message broker|"
        r"publish\w* (?:an? )?events?",
        r"duplicat\w+|twice|at[- ]least[- ]once|exactly[- ]once|order(?:ed|ing)|dead[- ]letter|poison|"
        r"idempoten\w+|back-?pressure|redeliver\w*",
        "What happens when a message comes twice, out of order, or cannot be read at all?",
        "duplicate message retry order",
    ),
    _matter(
        "a change of stored data",
        r"migrat\w+ (?:the |our |all )?(?:data|tables?|rows?|records?|schema|files?|columns?|database)|"
        r"schema change|"
        r"new columns?|backfill\w*|alter table|rename\w* (?:the )?(?:columns?|tables?|fields?)",
        r"roll(?:ed)? ?back|backups?|revers\w+|both versions|old version|expand|restor\w+|half[- ]way|resum\w+",
        "What if it stops half-way, and how does the version before it run on the new data?",
        "migration rollback backup",
    ),
    _matter(
        "a write to a store",
        r"(?:store[sd]?|sav(?:e[sd]?|ing)|persist\w*|writ(?:e|es|ing|ten)) (?:[\w`'-]+ ){0,5}(?:to|in|into|"
        r"as) |insert\w* into|upsert\w*",
        r"transaction\w*|atomic\w*|rollback|roll back|concurren\w+|conflict\w*|lock\w*|disk full|partial\w*|"
        r"half|crash\w*|durab\w+|fsync",
        "What if it is cut off in the middle, or two do it at once?", "transaction atomic lock concurrent write",
    ),
    _matter(
        "a cache",
        r"cach(?:e|es|ed|ing)|memoi[sz]\w+",
        r"stale\w*|invalidat\w+|evict\w*|expir\w+|ttl|stampede|miss(?:es)?|out of date|refresh\w*",
        "When is what it holds no longer true, and who notices?", "cache invalidate stale expire",
    ),
    _matter(
        "identity or a secret",
        r"log-?ins?|sign-?ins?|authenticat\w+|two-factor|2fa|mfa|passwords?|api keys?|access tokens?|"
        r"credentials?|sessions?",
        r"expir\w+|revok\w+|revocation|rotat\w+|lock(?:ed)?[- ]?out|brute|rate[- ]limit\w*|leak\w*|recover\w+|"
        r"lost (?:device|phone)|reset",
        "What if it is lost, stolen or expired: who can get in, and who cannot get in any more?",
        "token expired revoke credentials",
    ),
    _matter(
        "a file from outside",
        r"uploads?|uploaded|import(?:s|ed|er)? (?:of |an? |the )?(?:[\w-]+ )?files?|parses? (?:the |"
        r"an? )?(?:[\w-]+ )?files?|attachments?|csv",
        r"malformed|invalid|too large|size limit|max\w* size|encoding|broken|corrupt\w*|truncat\w+|virus|reject\w*",
        "What if it is broken, huge, empty, or not what its name says?", "invalid file size limit encoding",
    ),
    _matter(
        "a job by the clock",
        r"cron\w*|nightly|schedul(?:e[drs]?|ing)|every (?:night|hour|day|minute)|periodic\w*|background jobs?|"
        r"timers?",
        r"overlap\w*|missed|twice|catch(?:es)? up|lock\w*|still running|daylight|time ?zones?|fails?|failed|alert\w*",
        "What if a run is missed, fails in silence, or is still going when the next begins?",
        "schedule overlap missed run lock",
    ),
    _matter(
        "things at once", r"parallel\w*|concurren\w+|threads?|goroutines?|workers?|async\w*",
        r"races?|race conditions?|dead-?locks?|lock\w*|order(?:ed|ing)?|cancel\w*|mutex|serial\w*|bounded|"
        r"back-?pressure",
        "What if two of them meet, and what stops them when nobody waits any more?", "lock race concurrent cancel",
    ),
)  # fmt: skip
SCRIPTS = (".js", ".jsx", ".ts", ".tsx", ".mjs")
SWALLOWED: Sequence[tuple[tuple[str, ...], re.Pattern[str], str]] = (
    (
        (".py",),
        re.compile(
            r"^\s*except(?:\s+(?:Base)?Exception)?(?:\s+as\s+\w+)?:\s*(?:pass|\.\.\.)?\s*$|suppress\(Exception\)"
        ),
        "every failure is caught here alike: which ones are meant, and who learns of the others?",
    ),
    (
        (*SCRIPTS, ".java", ".cs", ".kt"),
        re.compile(r"catch\s*(?:\([^)]*\))?\s*\{\s*\}|\.catch\(\(?\w*\)?\s*=>\s*(?:\{\s*\}|null|undefined)\)"),
        "the failure is thrown away here: who learns of it?",
    ),
    (
        (".go",),
        re.compile(r"^\s*(?:\w+,\s*)*_\s*:?=\s*[\w.]+\("),
        "the error is thrown away here: what if it is not nil?",
    ),
    (
        (".rs", ".go"),
        re.compile(r"\.unwrap\(\)|\.expect\(\"|\bpanic!?\("),
        "this ends the program where it fails: is that meant here?",
    ),
    (
        (".py", ".go", *SCRIPTS),
        re.compile(
            r"\b(?:requests\.(?:get|post|put|delete|patch)|http\.(?:Get|Post)|urlopen|fetch)\((?!.*(?:timeout|signal))"
        ),
        "no time-out stands here: how long does the caller wait when nothing answers?",
    ),
)
"""(extensions, what a line looks like that lets a failure go by, what to ask)."""


def missing_cases(proposal: Proposal) -> list[Missing]:
    """What a document brings in without a word on how it fails, in the order of the document."""
    text = "\n".join(statement.text for statement in (*proposal.statements, *proposal.told))
    found = []
    for matter in MATTERS:
        if not matter.covered.search(text):
            statement = next((s for s in proposal.statements if not s.path and matter.found.search(s.text)), None)
            found += [Missing(statement, matter)] if statement is not None else []
    return sorted(found, key=lambda missing: missing.statement.line)


def swallowed(changes: Sequence[Changed]) -> list[tuple[Changed, str]]:
    """(added line, question) where a diff lets a failure go by; of tests nobody waits for an answer."""
    return [
        (change, question)
        for change in changes
        if change.is_added and not is_test(change.path)
        for extensions, pattern, question in SWALLOWED
        if change.path.endswith(extensions) and pattern.search(change.text)
    ]
