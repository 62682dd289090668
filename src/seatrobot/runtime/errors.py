"""The one error of the runtime: a reason not to run, told to the person who starts it."""

REFUSED = 78  # EX_CONFIG of sysexits.h: starting again changes nothing


class RefusedError(Exception):
    """Why a part of the instance will not run; `str()` is one clear sentence for a person."""
