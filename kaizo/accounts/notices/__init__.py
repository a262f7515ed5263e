"""What the product tells its members, in the product and by mail.

A notice is a kind and an object, no words and no names: what it says is made when it is shown, so
a notice of something that was erased says nothing about it any more.
"""

from __future__ import annotations

from kaizo.accounts.models import NoticeKind
from kaizo.accounts.notices.kinds import register_notice_links
from kaizo.accounts.notices.services import notify

__all__ = ["NoticeKind", "notify", "register_notice_links"]
