"""Uploads stay in memory and within a limit; nothing of them is ever written to a disk in clear.

settings.FILE_UPLOAD_HANDLERS names this one handler for every form.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from seatrobot.documents.sheet import MAX_BYTES


class BoundedMemory(FileUploadHandler):
    """Counts a file that is too large to its end but keeps nothing of it: `size` tells.

    The front counts it already and leaves most of such a file out (`runtime.front`).
    """

    def new_file(self, *args: Any, **options: Any) -> None:
        super().new_file(*args, **options)
        self.kept = BytesIO()
        self.left_out: int = self.request.META.get("seatrobot.left_out", 0) if self.request else 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > MAX_BYTES:
            self.kept = BytesIO()
        else:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            file=self.kept,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size + self.left_out,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
