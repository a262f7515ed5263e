"""Who must hear that a review's figures changed, in the same transaction.

Rollups follow here, so that the reviews themselves know nothing of dashboards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Follower = Callable[[Sequence[int]], None]

_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Call `follower` with the ids of changed reviews, in the transaction that changed them, after
    the change was written. Repeatable; meant for `AppConfig.ready`."""
    if follower not in _followers:
        _followers.append(follower)


def changed(review_ids: Iterable[int]) -> None:
    """Say that score, result, day, team, reviewee, state or suspension of submitted reviews may
    have changed, or that they stopped being submitted. Inside the tenant's scope."""
    ids = sorted(set(review_ids))
    for follower in _followers if ids else ():
        follower(ids)
