"""What may come as a file, from a petitioner or with an agency's answer: how large, of which types, how many."""

LARGEST = 20 * 1024 * 1024  # of one, and of all together with an answer or an entry
LARGEST_ZH = f"{LARGEST // 1024**2} MiB"
MOST = 20  # with one answer
MOST_OF_ENTRY = 5  # with what a petitioner writes online
# what is let in → how it begins: what says it is a picture and is a program is turned away
BEGINNINGS = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
}


def media_type(content: bytes) -> str | None:
    """By how it begins, whatever it calls itself; None: of no type that is let in."""
    return next((type_ for type_, begins in BEGINNINGS.items() if content.startswith(begins)), None)
