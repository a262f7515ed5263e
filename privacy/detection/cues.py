"""People given away by the words around them: greetings, sign-offs, introductions, relations.

The words are those of English, Dutch, German and French mails and chats. A name is a run of
capitalised words; where the form of a line leaves no doubt, it may be written small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.detection.spans import Kind, Span
from privacy.detection.words import NOT_NAMES, PARTICLES

_SMALL = r"(?:(?:van|von|de|der|den|ter|ten|te|du|la|le|zu|da|dos|del|el|al|bin|ibn|t)[ ’'])"
_CAP = r"(?:[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]*(?:[’'-][^\W\d_]+)*|[A-ZÀ-ÖØ-Þ]\.)"
_ANY = r"[^\W\d_]+(?:[’'-][^\W\d_]+)*"
_NAME = rf"{_CAP}(?: {_SMALL}{{0,3}}{_CAP}){{0,3}}"
_FULL_NAME = rf"{_CAP}(?: {_SMALL}{{0,3}}{_CAP}){{1,3}}"
_TITLE = (
    r"(?:mr|mrs|ms|miss|dr|prof|herr|herrn|frau|hr|fr|mevrouw|mevr|mw|meneer|dhr|de heer|heer"
    r"|madame|monsieur|mademoiselle|mme|mlle|m)"
)
_END = r"(?=\s*(?:[,.!?;:)]|$|\n))"

_GREETING = (
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|hoi|dag|beste|geachte|lieve"
    r"|goede(?:morgen|middag|navond|ndag)|liebe[rs]?|sehr geehrte[rs]?"
    r"|guten? (?:morgen|tag|abend)|moin"
    r"|servus|gr[üu](?:ß|ss) (?:gott|dich)|bonjour|bonsoir|salut|ch[eè]re?|coucou)"
)
_THANKS = (
    r"(?:thanks|thank you|thx|cheers|danke(?: sch[öo]n)?|vielen dank|bedankt|dank (?:je|u)(?: wel)?"
    r"|merci(?: beaucoup)?)"
)
_SIGN_OFF = (
    r"(?:(?:kind|best|warm|many)?\s?regards|best wishes|all the best|sincerely|yours(?: \w+)?"
    r"|best|mit (?:freundlichen|besten|lieben|herzlichen|vielen) gr[üu](?:ß|ss)en"
    r"|(?:freundliche|liebe|viele|beste|herzliche|sch[öo]ne) gr[üu](?:ß|ss)e|gr[üu](?:ß|ss)e?"
    r"|mfg|lg|vg"
    r"|(?:met )?(?:vriendelijke|hartelijke) groet(?:en|jes)?|groet(?:en|jes)?|mvg"
    r"|cordialement|bien (?:cordialement|[àa] vous)|(?:sinc[èe]res )?salutations(?: \w+)?"
    r"|amicalement)"
)
_INTRODUCTION = (
    r"(?:my name is|this is|mein name ist|ich hei(?:ß|ss)e|hier ist|hier spricht|mijn naam is"
    r"|ik heet"
    r"|u spreekt met|je spreekt met|je m.appelle|mon nom est|name|naam|nom)"
)
_SELF = r"(?:i am|i.m|ich bin|ik ben|je suis|met)"
_RELATION = (
    r"(?:husband|wife|partner|neighbou?r|colleague|friend|son|daughter|brother|sister|mother"
    r"|father|boss"
    r"|mann|frau|partnerin|nachbarn?|nachbarin|kollegen?|kollegin|freundin|sohn|tochter|bruder"
    r"|schwester"
    r"|mutter|vater|man|vrouw|buurman|buurvrouw|collega|vriendin?|zoon|dochter|broer|zus|moeder"
    r"|vader"
    r"|mari|femme|voisine?|coll[èe]gue|amie?|fils|fille|fr[èe]re|s(?:œ|oe)ur|m[èe]re|p[èe]re)"
)
_HOLDER = (
    r"(?:(?:in|on|under) the name(?: of)?|account holder|c/o|auf den namen|kontoinhaber(?:in)?"
    r"|z\. ?hd\.?"
    r"|t\.?n\.?v\.?|ten name van|op naam van|t\.?a\.?v\.?|au nom de|titulaire)"
)
_TALK = (
    r"(?:(?:spoke|spoken|talked|chatted|dealt) (?:to|with)|parl[ée] (?:avec|[àa])|discut[ée] avec"
    r"|gesprochen mit|gesproken met|telefoniert mit|gebeld met)"
)


def _after(cue: str, name: str, end: str = "") -> re.Pattern[str]:
    """The cue in any case; the name as it says."""
    return re.compile(rf"(?<!\w)(?i:{cue})[ \t]*:?[ \t]+(?:(?i:{_TITLE})\.?[ \t]+)?({name}){end}")


# Each form with words of which a text must have one: looking them up costs less than reading the
# text once more.
_FORMS: tuple[tuple[frozenset[str], tuple[re.Pattern[str], ...]], ...] = (
    (
        frozenset(
            """
            hi hello hey dear good hallo hoi dag beste geachte lieve goedemorgen goedemiddag
            goedenavond goedendag liebe lieber liebes sehr gute guten moin servus grüß grüss gruß
            gruss bonjour bonsoir salut cher chère chere coucou
            """.split()  # noqa: SIM905 - read as a text
        ),
        (_after(_GREETING, _NAME, r"(?!\w)"), _after(_GREETING, _ANY, _END)),
    ),
    (
        frozenset({"thanks", "thank", "thx", "cheers", "danke", "dank", "bedankt", "merci"}),
        (_after(_THANKS, _NAME, _END),),
    ),
    (
        frozenset(
            """
            regards wishes best sincerely yours grüßen grüssen grußen grussen grüße grüsse gruße
            grusse grüß grüss gruß gruss mfg lg vg groet groeten groetjes mvg cordialement bien
            salutations amicalement
            """.split()  # noqa: SIM905 - read as a text
        ),
        (
            re.compile(
                rf"(?<!\w)(?i:{_SIGN_OFF})[ \t]*[,.!]?\s{{1,4}}({_NAME})(?=\s*(?:$|[\n,.(|]))"
            ),
            re.compile(
                rf"(?<!\w)(?i:{_SIGN_OFF})[ \t]*,?\n\s{{0,3}}({_ANY}(?: {_ANY}){{0,3}})"
                r"(?=[ \t]*(?:$|\n))"
            ),
        ),
    ),
    (
        frozenset(
            """
            name this heiße heisse hier naam heet spreekt appelle nom
            """.split()  # noqa: SIM905 - read as a text
        ),
        (_after(_INTRODUCTION, _NAME, r"(?!\w)"),),
    ),
    (
        frozenset({"am", "m", "bin", "ben", "suis", "met"}),
        (_after(_SELF, _FULL_NAME, r"(?!\w)"),),
    ),
    (
        frozenset(
            """
            husband wife partner neighbour neighbor colleague friend son daughter brother sister
            mother father boss mann frau partnerin nachbar nachbarn nachbarin kollege kollegen
            kollegin freundin sohn tochter bruder schwester mutter vater man vrouw buurman buurvrouw
            collega vriend vriendin zoon dochter broer zus moeder vader mari femme voisin voisine
            collègue collegue ami amie fils fille frère frere sœur soeur mère mere père pere
            """.split()  # noqa: SIM905 - read as a text
        ),
        (_after(_RELATION, _NAME, r"(?!\w)"),),
    ),
    (
        frozenset(
            """
            name holder c namen kontoinhaber kontoinhaberin hd z tnv t v tav naam nom titulaire
            """.split()  # noqa: SIM905 - read as a text
        ),
        (_after(_HOLDER, _NAME, r"(?!\w)"),),
    ),
    (
        frozenset(
            """
            spoke spoken talked chatted dealt parlé parle discuté discute gesprochen gesproken
            telefoniert gebeld
            """.split()  # noqa: SIM905 - read as a text
        ),
        (
            _after(_TALK, _NAME, r"(?!\w)"),
            re.compile(
                rf"(?<!\w)(?i:mit|met|heb) ({_NAME})(?: [^\W\d_]+){{0,4}}?"
                r" (?i:gesprochen|telefoniert|gesproken)"
            ),
        ),
    ),
    (
        frozenset(
            """
            mr mrs ms miss dr prof herr herrn frau hr fr mevrouw mevr mw meneer dhr heer madame
            monsieur mademoiselle mme mlle m
            """.split()  # noqa: SIM905 - read as a text
        ),
        (re.compile(rf"(?<!\w)(?i:{_TITLE})\.?[ \t]+({_NAME})(?!\w)"),),
    ),
    (
        frozenset({"team", "equipe", "équipe", "abteilung", "afdeling"}),
        (
            re.compile(
                rf"(?<!\w)({_NAME}) (?i:from|of|van|aus|von|de)"
                r" (?i:your|jullie|uw|ihrem|eurem|votre) (?i:team|[ée]quipe|abteilung|afdeling)"
            ),
        ),
    ),
)
_WORD = re.compile(r"[^\W\d_]+")
# After these a name is likely, and something else as well: the model decides, more boldly.
_LIKELY = re.compile(
    rf"(?<!\w)(?i:{_RELATION}|{_HOLDER}|{_TALK}|{_THANKS}|{_GREETING}|{_INTRODUCTION}|{_SELF}"
    r"|chez|bij|bei"
    r"|left with|avec|mit|met|with|an|for|f[üu]r|pour|voor|from|von|van)[ \t]*:?[ \t]+(?=[^\W\d_])"
)


def find(text: str) -> Iterator[Span]:
    there = set(_WORD.findall(text.lower()))
    for words, forms in _FORMS:
        if there.isdisjoint(words):
            continue
        for form in forms:
            for match in form.finditer(text):
                yield from _accepted(text, *match.span(1))


def likely(text: str) -> set[int]:
    """Where a word begins that may well be a name."""
    return {match.end() for match in _LIKELY.finditer(text)}


def _accepted(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut the name before its first word that is nobody's name."""
    words = list(re.finditer(r"[^\W\d_]+", text[start:end]))
    kept = 0
    for word in words:
        written = word.group().lower()
        if written in PARTICLES:
            continue
        if written in NOT_NAMES:
            break
        kept = word.end()
    if kept:
        yield Span(start, start + kept, Kind.PERSON)
