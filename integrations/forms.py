"""The upload form."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.helpdesks.file.reader import FileRejectedError
from integrations.services import refuse_unreadable

MAX_UPLOAD_BYTES: Final = 4 * 1024**3


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File with conversations"),
        help_text=gettext_lazy("JSON Lines (.jsonl, .jsonl.gz) or CSV, in UTF-8."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".jsonl,.gz,.csv"}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Says at once what is wrong with a file that no import could read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is not None and file.size > MAX_UPLOAD_BYTES:
            limit = filesizeformat(MAX_UPLOAD_BYTES)
            raise forms.ValidationError(
                _("The file is larger than %(limit)s. Use the import command instead."),
                params={"limit": limit},
            )
        try:
            refuse_unreadable(file)  # type: ignore[arg-type]  # UploadedFile reads and seeks
        except FileRejectedError as error:
            raise forms.ValidationError(str(error)) from error
        return file
