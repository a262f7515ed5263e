"""The facade: the only module of the privacy app that other apps import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from privacy.accountability.access_log import (
    PURPOSES,
    AccessLine,
    access_log_of,
    line_of,
    readings_of,
    record_reading,
    register_readings,
    registered_readings,
)
from privacy.accountability.access_log import (
    Channel as ReadingChannel,
)
from privacy.accountability.alerts import on_alert
from privacy.accountability.checking import on_broken_chain
from privacy.accountability.models import Alert
from privacy.answers import Answer, EgressFailed, Failure, Limits
from privacy.audit import UndeclaredEvent, events_for_user, record_event, register_actions
from privacy.detection import VERSION as DETECTION_VERSION
from privacy.detection.cards import mask as mask_cards
from privacy.detection.mentions import Trait, of_span
from privacy.detection.model import Word
from privacy.detection.orders import pattern_of as order_pattern
from privacy.detection.packing import pack as pack_spans
from privacy.detection.packing import unpack as unpack_spans
from privacy.detection.people import KnownIdentity
from privacy.detection.redactor import Redacted, Redactor
from privacy.detection.sharing import Sharer
from privacy.detection.spans import Kind, Span
from privacy.egress import Egress
from privacy.mentions import (
    MentionedIn,
    find_mentions,
    mention_index,
    mention_indexes,
    register_mention_finder,
)
from privacy.mentions_erased import ERASED, passages_about, without_people
from privacy.models import Outcome, Processor, SubjectKind, SubjectState, TransferTool
from privacy.pacing import blocked_for, permissions_changed
from privacy.policy import kept_for
from privacy.processors import (
    EgressRefused,
    active_processors,
    end_processor,
    register_processor,
)
from privacy.registry import (
    Blank,
    DeleteFile,
    Generalise,
    Keep,
    NotPersonal,
    Null,
    Personal,
    RedactSpans,
    RowGoes,
    Rule,
    Shred,
    Strategy,
    Surrogate,
    Via,
    call,
    declare,
    no_personal_data,
    register_store,
)
from privacy.rights.export.rows import RowSection
from privacy.rights.export.texts import share_guessing
from privacy.rights.hooks import (
    Answer as RecipientAnswer,
)
from privacy.rights.hooks import (
    Asker,
    Disclosed,
    NotReadYet,
    Receipt,
    Shared,
    hooks,
)
from privacy.rights.objection.uses import barred_subjects, is_barred
from privacy.rights.replay import refuse_unreplayed, register_replayer
from privacy.rights.restriction.asking import anybody_is_frozen
from privacy.rights.restriction.mirror import mirror as freeze_rows
from privacy.scanning import (
    DetectionUnavailable,
    guess_and_remember,
    guess_words,
    guessed_words,
)
from privacy.shredding import shred_subject
from privacy.subjects import closed_subjects, create_subjects, frozen_subjects
from privacy.vault.blind_index import BlindIndex
from privacy.vault.cipher import Cipher, Erased, Unreadable, aad, aad_of_rows
from privacy.vault.fields import EncryptedField
from privacy.vault.keys import blind_index, ciphers_for, destroy_key, organisation_cipher
from privacy.vault.models import SuppressionKind, SuppressionMode
from privacy.vault.rotation import register_resealer
from privacy.vault.suppression import cutoffs, opted_out, suppress, suppressed

__all__ = [
    "DETECTION_VERSION",
    "ERASED",
    "PURPOSES",
    "AccessLine",
    "Alert",
    "Answer",
    "Asker",
    "Blank",
    "BlindIndex",
    "Cipher",
    "DeleteFile",
    "DetectionUnavailable",
    "Disclosed",
    "Egress",
    "EgressFailed",
    "EgressRefused",
    "EncryptedField",
    "Erased",
    "Failure",
    "Generalise",
    "Keep",
    "Kind",
    "KnownIdentity",
    "Limits",
    "MentionedIn",
    "NotPersonal",
    "NotReadYet",
    "Null",
    "Outcome",
    "Personal",
    "Processor",
    "ReadingChannel",
    "Receipt",
    "RecipientAnswer",
    "RedactSpans",
    "Redacted",
    "Redactor",
    "RowGoes",
    "RowSection",
    "Rule",
    "Shared",
    "Sharer",
    "Shred",
    "Span",
    "Strategy",
    "SubjectKind",
    "SubjectState",
    "SuppressionKind",
    "SuppressionMode",
    "Surrogate",
    "Trait",
    "TransferTool",
    "UndeclaredEvent",
    "Unreadable",
    "Via",
    "Word",
    "aad",
    "aad_of_rows",
    "access_log_of",
    "active_processors",
    "add_section",
    "after_thaw",
    "anybody_is_frozen",
    "ask_fact",
    "ask_officers",
    "barred_subjects",
    "before_freeze",
    "before_links_go",
    "before_rows_go",
    "blind_index",
    "blocked_for",
    "call",
    "ciphers_for",
    "closed_subjects",
    "correct",
    "create_subjects",
    "cutoffs",
    "declare",
    "destroy_key",
    "end_processor",
    "erase_store",
    "events_for_user",
    "explain_logic",
    "find_account",
    "find_identities",
    "find_mentions",
    "find_personal_data",
    "find_values",
    "freeze_rows",
    "frozen_subjects",
    "guess_and_remember",
    "guess_words",
    "guessed_words",
    "is_barred",
    "kept_for",
    "let_contest",
    "line_of",
    "look_people_up",
    "mask_cards",
    "mention_index",
    "mention_indexes",
    "name_sources",
    "no_personal_data",
    "of_span",
    "on_alert",
    "on_broken_chain",
    "opted_out",
    "order_pattern",
    "organisation_cipher",
    "pack_spans",
    "passages_about",
    "permissions_changed",
    "read_words",
    "readings_of",
    "record_event",
    "record_reading",
    "redactor",
    "refuse_unreplayed",
    "register_actions",
    "register_mention_finder",
    "register_processor",
    "register_readings",
    "register_replayer",
    "register_resealer",
    "register_store",
    "registered_readings",
    "share_guessing",
    "share_text",
    "shred_subject",
    "suppress",
    "suppressed",
    "tell_recipient",
    "unpack_spans",
    "when_allowed",
    "when_barred",
    "when_copy_held",
    "when_request_waits",
    "without_people",
]

add_section = hooks.add_section
ask_fact = hooks.ask_fact
ask_officers = hooks.ask_officers
after_thaw = hooks.after_thaw
before_freeze = hooks.before_freeze
before_links_go = hooks.before_links_go
before_rows_go = hooks.before_rows_go
correct = hooks.correct
erase_store = hooks.erase_store
let_contest = hooks.let_contest
look_people_up = hooks.look_people_up
explain_logic = hooks.explain_logic
find_account = hooks.find_account
find_identities = hooks.find_identities
find_values = hooks.find_values
name_sources = hooks.name_sources
read_words = hooks.read_words
share_text = hooks.share_text
tell_recipient = hooks.tell_recipient
when_allowed = hooks.when_allowed
when_barred = hooks.when_barred
when_copy_held = hooks.when_copy_held
when_request_waits = hooks.when_request_waits


def redactor(
    *,
    people: Sequence[KnownIdentity] = (),
    regions: Iterable[str] = (),
    order_pattern: str | None = None,
    brands: Iterable[str] = (),
) -> Redactor:
    """A redactor for the texts of one conversation and its people, who keep their numbers in all
    of them. `regions`: ISO 3166 codes of where numbers without a country code may belong.
    `order_pattern` and `brands` are the organisation's."""
    return Redactor(people, regions, order_pattern, brands)


def find_personal_data(
    text: str, *, people: Sequence[KnownIdentity] = (), regions: Iterable[str] = ()
) -> list[Span]:
    """Where personal data stands in `text`, without the model: in order, not overlapping."""
    return Redactor(people, regions).find(text)
