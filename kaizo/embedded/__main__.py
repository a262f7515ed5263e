"""The commands of `./dev`, inside the virtual environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from kaizo.embedded import stack
from kaizo.embedded.home import ROOT
from kaizo.embedded.servers import ServerError
from kaizo.embedded.supervisor import StartError, StopRequested, stop_on_signals

BENCHES = ROOT / "bench"
NOT_BENCHES = {
    "__init__", "arrivals", "chunks", "desk", "harness", "loaders", "presidio_worker", "sameness",
    "spans", "world",
}  # fmt: skip
CHROMIUM = ("chromium", "chromium-browser")


def pytest(*words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *words]


def test(argv: Sequence[str]) -> int:
    """Run the suite against throw-away servers."""
    parallel = (
        [] if any(word.startswith(("-n", "--numprocesses")) for word in argv) else ["-n", "2"]
    )
    chosen = (
        [] if any(word == "-m" or word.startswith("-m=") for word in argv) else ["-m", "not e2e"]
    )
    with stack.throwaway() as environment:
        return stack.run(pytest(*parallel, *chosen, *argv), environment)


def e2e(argv: Sequence[str]) -> int:
    """Run the browser tests; they start an instance of their own."""
    browser = os.environ.get("KAIZO_CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM)), ""
    )
    if not browser:
        print("Chromium is missing. On Debian, as root: apt-get install chromium", file=sys.stderr)
        return 1
    named = any((ROOT / word.split("::")[0]).exists() for word in argv if word[0] != "-")
    where = [] if named else ["tests/e2e"]
    with stack.throwaway() as environment:
        environment["KAIZO_CHROMIUM"] = browser
        # They share one running demo, which each of them changes: a failure has to come back.
        in_order = ("-p", "no:randomly")
        return stack.run(pytest("-m", "e2e", *in_order, *where, *argv), environment)


def restore_drill(argv: Sequence[str]) -> int:
    """Dump real databases, erase a person, restore, replay, and look for what should be gone."""
    drill = "tests/privacy/failures/test_f03_restore.py"
    with stack.throwaway() as environment:
        return stack.run(pytest("-n", "0", "-v", "--no-header", drill, *argv), environment)


def check(argv: Sequence[str]) -> int:
    """Run formatting, lint, types, contracts, migrations and template checks."""
    from kaizo.embedded.checks import check as run_checks

    return run_checks(argv)


def bench(argv: Sequence[str]) -> int:
    """Run one benchmark against throw-away servers that are set up like production."""
    names = sorted({path.stem for path in BENCHES.glob("*.py")} - NOT_BENCHES)
    if not argv or argv[0] not in names:
        print(f"./dev bench NAME [--quick], where NAME is one of: {', '.join(names) or 'none yet'}")
        return 2 if argv else 0
    with stack.throwaway(careless=False) as environment:
        migrate = [sys.executable, "-m", "kaizo.embedded.prepare"]
        failed = stack.run(migrate, environment)
        return failed or stack.run(
            [sys.executable, "-m", f"bench.{argv[0]}", *argv[1:]], environment
        )


def up(argv: Sequence[str]) -> int:
    """Start everything."""
    from kaizo.embedded.up import up as start

    return start(argv)


def manage(argv: Sequence[str]) -> int:
    """Run manage.py with the environment of the running instance."""
    command = stack.manage(*argv)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter


COMMANDS = {
    each.__name__.replace("_", "-"): each
    for each in (up, test, e2e, restore_drill, check, bench, manage)
}


def main(argv: Sequence[str]) -> int:
    name, *rest = argv
    if name != "manage":
        stop_on_signals()
    try:
        return COMMANDS[name](rest)
    except (ServerError, StartError) as problem:
        print(f"./dev {name}: {problem}", file=sys.stderr)
        return 1
    except StopRequested:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
