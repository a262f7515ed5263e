"""Columns that hold ciphertext."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from typing_extensions import override

if TYPE_CHECKING:
    _Base = models.BinaryField[Any, Any]
else:
    _Base = models.BinaryField


class EncryptedField(_Base):
    """A value under the key of the person it is about, or of the organisation.

    The attribute holds the ciphertext: encrypting and decrypting are explicit and take a cipher
    (`ciphers_for`), so that reading a list never queries keys row by row.
    """

    @override
    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Migrations of other apps name it by the facade, the one module that they may import."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "privacy.api.EncryptedField", list(args), dict(kwargs)
