"""Sentences that the model need not read, since nobody is named in them.

Who begins a sentence with a capital writes names with one as well. A sentence that begins so, with
a word that is nobody's name, and holds no other capital, holds none, and no address either, unless
the words before announce one. What is written without capitals is read, and so is most German,
where every noun has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy.detection import cues
from privacy.detection.words import COMMON_NAMES, NOT_NAMES

_SENTENCE = re.compile(r".*?(?:[.!?]+\s+|\n+|\Z)", re.DOTALL)
_FIRST_WORD = re.compile(r"\W*([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+")

# Words that begin sentences, besides those that are nobody's name anywhere.
_OPENERS = frozenset(
    """
    a about actually after again although apologies are as at because before being both could did
    do does during either else even every first further getting given had has he her his however i
    if into it its just let like looking maybe more most nothing now of oh once one only other
    otherwise perhaps placing possibly regarding right she should since some sometimes still such
    sure than their then there these they those though through under unfortunately until upon was
    well were what whatever when where whether which while who why with within without would yet
    absolutely alternatively alright amazing another anything anyway awesome better correct
    currently due enjoy especially everything got hopefully im keep last lets look looks make never
    none nope okey regrettably see shall something sounds take thats therefore true try two
    understand usually wait whilst wow yeah yep
    aber als anscheinend bei beim bevor bin bis brauche dabei dafür damals damit danach dann
    daraufhin darum dass davor dazu demnach denn derzeit deshalb doch dort durch egal eigentlich
    einfach erst falls gab gegen geht gibt habe haben hatte hatten hier hätte immer indem inzwischen
    jedoch könnte könnten konnte leider mal manchmal müsste natürlich nachdem ob obwohl oder ohne
    schade seit sobald somit sonst soll sollte sollten sowie über um und vielleicht wann war waren
    warum was weil welche welcher welches werde werden wieso wieviel wird wo wohin wurde wurden
    würde würden
    ach allerdings am anbei ansonsten aufgrund aus außerdem ausserdem bekomme besteht bezüglich
    bisher daher dankeschön darüber dem deswegen diesen dieses eher einige einmal entschuldigung
    entweder ganz hab im jedes kommt laut moment muss nach nicht schließlich seitdem
    selbstverständlich sind stattdessen theoretisch unter ursprünglich vor wissen wäre zudem
    af aangezien achteraf bij binnen dan deze die doe dus echter eerst eigenlijk er ga gaat geen
    graag had haar helaas hij hun inmiddels is kan kon kunnen kunt meestal met moet naar nadat nu
    ondanks ondertussen onze sinds soms steeds tegen terwijl tijdens toch toen uit vanaf vandaar
    waar waarom wanneer welke werd wij wil word worden wordt ze zij zodat zodra zonder zou
    à afin ainsi alors après au aucun aucune auriez avant avez avons avais c'est ce cela celle celui
    ces cet cette chaque comme dans depuis dès donc dont du elle elles encore est et étant eux faut
    ils il j'ai j'aimerais je l'article la le les leur lors lorsque lui mais malgré ne ni notre on
    parce pendant peut peux pouvez pourquoi pourriez pouvons puis puisque quand que quel quelle
    quelles quels qui quoi sans sauf selon si sinon sont sous suite sur ta te tu vers voici voilà
    vos votre
    """.split()  # noqa: SIM905 - read as a text
)
OPENERS = (NOT_NAMES | _OPENERS) - COMMON_NAMES


def named(text: str) -> Iterator[tuple[int, int]]:
    """Where somebody may be named: stretches `text[start:end]` of whole sentences, in order."""
    announced: list[int] | None = None
    start = end = 0
    for match in _SENTENCE.finditer(text):
        plain = _is_plain(match.group())
        if plain and announced is None:
            announced = _announced(text)
        if plain and not any(match.start() <= place < match.end() for place in announced or ()):
            if start < end:
                yield start, end
            start = match.end()
        end = match.end()
    if start < end:
        yield start, end


def _announced(text: str) -> list[int]:
    """Where the words before make a name likely, and what stands there may be one."""
    words = ((place, _WORD.match(text, place)) for place in cues.likely(text))
    return [place for place, word in words if word and word.group().lower() not in OPENERS]


def _is_plain(sentence: str) -> bool:
    first = _FIRST_WORD.match(sentence)
    if first is None:
        return not any(map(str.isdigit, sentence))  # it may be a house's
    word = first.group(1)
    return (
        word[0].isupper()
        and word.lower() in OPENERS
        and all(map(_is_small, _WORD.findall(sentence, first.end())))
    )


def _is_small(word: str) -> bool:
    """`I` is a capital of its own."""
    return word.islower() or word == "I"
