"""Detection of personal data: what is found in marked messages, and how fast.

Quality is measured on messages with exact spans in four languages, speed in messages per second of
one processor: the rules on those messages and on conversations as an organisation imports them, the
model on the same conversations with the memory that it has in the product. Presidio is measured
beside it when `BENCH_PRESIDIO` names a Python that has it (see bench/presidio.txt). With the whole
set, docs/privacy/redaction.md is written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

from bench import spans  # noqa: E402 - Django must be set up first
from bench.harness import Goal, cpu, finish, table  # noqa: E402 - as above
from kaizo.accounts.models import Organisation  # noqa: E402 - as above
from privacy import api  # noqa: E402 - as above

PAGE = Path(__file__).resolve().parents[1] / "docs/privacy/redaction.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
LANGUAGES = ("en", "nl", "de", "fr")
CHATS, IMPORT = "supportchat-multilingual-dev.jsonl.gz", "conversations-dev.jsonl.gz"
Row = tuple[str, spans.Measured, float]


def rules_only(messages: Sequence[dict[str, Any]]) -> Row:
    measured = spans.Measured()
    with cpu() as spent:
        found = [spans.redactor(m).redact(m["text"]) for m in messages]
    for message, redacted in zip(messages, found, strict=True):
        measured.add(message, spans.places(redacted))
    return "rules", measured, len(messages) / spent.total


def with_model(messages: Sequence[dict[str, Any]]) -> Row:
    measured = spans.Measured()
    api.guess_words(["It is loaded before it is timed."])
    with cpu() as spent:
        guesses = api.guess_words([message["text"] for message in messages])
        found = [
            spans.redactor(m).redact(m["text"], words)
            for m, words in zip(messages, guesses, strict=True)
        ]
    for message, redacted in zip(messages, found, strict=True):
        measured.add(message, spans.places(redacted))
    return "rules and model", measured, len(messages) / spent.total


def presidio(messages: Sequence[dict[str, Any]]) -> Row | None:
    python = os.environ.get("BENCH_PRESIDIO")
    if not python:
        return None
    worker = Path(__file__).with_name("presidio_worker.py")
    texts = "\n".join(json.dumps(message["text"]) for message in messages)
    done = subprocess.run(  # noqa: S603 - the caller's own interpreter
        [python, str(worker)], input=texts, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    measured = spans.Measured()
    for message, found in zip(messages, answer["spans"], strict=True):
        measured.add(message, [(start, end) for start, end in found])
    return "Presidio, small English model", measured, len(messages) / answer["seconds"]


def imported(most: int) -> list[str]:
    conversations = spans.messages(spans.DATA / IMPORT)
    return [m["text"] for each in conversations for m in each["messages"]][:most]


def chatted(most: int) -> list[str]:
    return [t["text"] for each in spans.messages(spans.DATA / CHATS) for t in each["turns"]][:most]


def rules_speed(texts: Sequence[str]) -> float:
    redactor = api.redactor(
        people=[api.KnownIdentity(name="Robin Reed", email="robin@mail.example")], regions=["NL"]
    )
    with cpu() as spent:
        for text in texts:
            redactor.redact(text)
    return len(texts) / spent.total


def model_speed(organisation: Organisation, texts: Sequence[str]) -> float:
    """In chunks, as the worker reads them, with what it remembers."""
    with cpu() as spent:
        for start in range(0, len(texts), 200):
            api.guess_and_remember(organisation.pk, texts[start : start + 200])
    return len(texts) / spent.total


def speeds(quick: bool) -> dict[str, float]:  # noqa: FBT001 - one switch of the command line
    most = 1_500 if quick else 12_000
    sets: dict[str, Callable[[int], list[str]]] = {
        "conversations as imported": imported,
        "support chats": chatted,
    }
    found: dict[str, float] = {}
    for name, texts_of in sets.items():
        texts = texts_of(most)
        slug = f"detection-{name.split()[0]}"
        organisation = Organisation.objects.create(name=slug, slug=slug, is_demo=True)
        found[f"rules, {name}"] = rules_speed(texts)
        found[f"model with what it remembers, {name}"] = model_speed(organisation, texts)
    return found


def page(rows: Sequence[Row], speed: dict[str, float], count: int) -> str:
    """The measured part of the page, as Markdown."""
    lines = [BEGIN, ""]
    lines += [f"Measured on {count:,} messages by `./dev bench detection`."]
    lines += ["", "| | " + " | ".join(name for name, _, _ in rows) + " |"]
    lines += ["|---|" + "---|" * len(rows)]

    def line(label: str, value: Callable[[spans.Measured], float]) -> str:
        return f"| {label} | " + " | ".join(f"{value(m):.1%}" for _, m, _ in rows) + " |"

    lines += [line("Personal characters left readable", lambda m: m.leak)]
    lines += [line("Names of the conversation's own people", lambda m: m.recall("own person"))]
    for code in LANGUAGES:
        label = f"Names of others, {code}"
        lines += [line(label, lambda m, code=code: m.recall(f"third party {code}"))]  # type: ignore[misc]  # bound now
    for kind, label in (
        ("EMAIL", "E-mail addresses"), ("PHONE", "Telephone numbers"), ("IBAN", "IBAN"),
        ("CARD", "Payment cards"), ("IP", "Network addresses"), ("NATID", "National ids"),
        ("ADDRESS", "Postal addresses"), ("ORDER", "Order numbers, no form given"),
    ):  # fmt: skip
        lines += [line(label, lambda m, kind=kind: m.recall(kind))]  # type: ignore[misc]  # as above
    lines += [line("Messages touched without reason", lambda m: m.false_alarm_rate)]
    lines += [
        "| Messages in a second of one processor | "
        + " | ".join(f"{rate:,.0f}" for _, _, rate in rows)
        + " |"
    ]
    lines += ["", "| Messages in a second of one processor | |", "|---|---|"]
    lines += [f"| {name} | {rate:,.0f} |" for name, rate in speed.items()]
    return "\n".join([*lines, "", END])


def write_page(text: str) -> None:
    kept = PAGE.read_text(encoding="utf-8")
    before, rest = kept.split(BEGIN)
    PAGE.write_text(before + text + rest.split(END)[1], encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a part of the messages")
    quick = parser.parse_args().quick
    if not spans.MARKED.exists():
        print(f"{spans.MARKED.name} is not at hand: nothing can be measured.")
        finish("detection", {}, {})
        return
    messages = spans.messages()[:: 6 if quick else 1]
    rows = [rules_only(messages), with_model(messages)]
    beside = presidio(messages)
    rows += [beside] if beside else []
    if not beside:
        print(
            "Presidio is not at hand (BENCH_PRESIDIO). Published for it on this set: 33.2 % of the"
        )
        print("personal characters left readable, 38.7 % false alarms, 79 messages a second.\n")
    _print(rows)
    speed = speeds(quick)
    table(("messages in a second of one processor", ""), sorted(speed.items()))
    if not quick:
        write_page(page(rows, speed, len(messages)))
    whole = rows[1][1]
    goals = {
        "leak": Goal(whole.leak, at_most=0.04),
        "own people": Goal(whole.recall("own person"), at_least=0.98),
        **{
            f"others {code}": Goal(whole.recall(f"third party {code}"), at_least=0.75)
            for code in LANGUAGES
        },
        "false alarms": Goal(whole.false_alarm_rate, at_most=0.09),
        "rules a second": Goal(speed["rules, conversations as imported"], at_least=2_000),
        "model a second": Goal(
            speed["model with what it remembers, conversations as imported"], at_least=150
        ),
    }
    finish("detection", goals, {"messages": len(messages), "speeds": speed})


def _print(rows: Sequence[Row]) -> None:
    kinds = ["own person", *(f"third party {code}" for code in LANGUAGES)]
    kinds += ["EMAIL", "PHONE", "IBAN", "CARD", "IP", "NATID", "ADDRESS", "ORDER"]
    cells = [
        ("leak", *(f"{m.leak:.4f}" for _, m, _ in rows)),
        ("false alarms", *(f"{m.false_alarm_rate:.4f}" for _, m, _ in rows)),
        *((kind, *(f"{m.recall(kind):.4f}" for _, m, _ in rows)) for kind in kinds),
        ("messages/s", *(f"{rate:,.0f}" for _, _, rate in rows)),
    ]
    table(("", *(name for name, _, _ in rows)), cells)


if __name__ == "__main__":
    main()
