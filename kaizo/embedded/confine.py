"""Replace this process by a server that dies with its parent and is not root if it refuses root.

Run by path in isolated mode (`python -I -S confine.py MODE SIGNAL PARENT PROGRAM ...`), so it
imports the standard library alone and starts in milliseconds.

PostgreSQL refuses uid 0. MODE says how root gets past that:

- `plain`: nothing to do, we are an ordinary user or the program does not mind.
- `userns`: a user namespace in which our uid 0 shows as `nobody`. Outside it is still root: no
  account is made, nothing changes owner, and a checkout under a home of mode 0700 works.
- `setuid`: become `nobody`, where namespaces are refused (containers' seccomp profiles, chroot).
  Programs and data must then lie where `nobody` can go.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
UNPRIVILEGED = "nobody"  # initdb wants a uid with an entry in the password database


def enter_user_namespace() -> None:
    """Show as `nobody` from here on. Raises OSError where the kernel refuses."""
    account = pwd.getpwnam(UNPRIVILEGED)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{account.pw_uid} 0 1")
    (own / "gid_map").write_text(f"{account.pw_gid} 0 1")
    if os.geteuid() == 0:
        raise PermissionError("the user namespace left us uid 0")


def user_namespaces_work() -> bool:
    """Try one in a child of our own. `DEV_NO_USERNS=1` answers no."""
    if sys.platform != "linux" or os.environ.get("DEV_NO_USERNS"):
        return False
    child = os.fork()
    if child == 0:
        try:
            enter_user_namespace()
        except (OSError, AttributeError, KeyError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def mode_for_postgres() -> str:
    if os.geteuid() != 0:
        return "plain"
    return "userns" if user_namespaces_work() else "setuid"


def become_unprivileged() -> None:
    account = pwd.getpwnam(UNPRIVILEGED)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def die_with_parent(number: int, parent: int) -> None:
    """Ask the kernel for signal `number` when `parent` dies; exit if it is dead already.

    The request survives exec but not a change of user, so it comes after that. Elsewhere than on
    Linux there is no such request: the next start looks for what was left behind.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def main(mode: str, number: str, parent: str, *program: str) -> None:
    if mode == "userns":
        enter_user_namespace()
    elif mode == "setuid":
        become_unprivileged()
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    die_with_parent(int(number), int(parent))
    if mode != "plain":
        os.chdir("/")
        os.umask(0o077)
    os.execv(program[0], program)  # noqa: S606 - the launcher chose the program


if __name__ == "__main__":
    main(*sys.argv[1:])
