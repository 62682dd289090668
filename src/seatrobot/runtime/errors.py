"""The errors of the runtime: reasons not to run, told to the person who starts it."""


class RefusedError(Exception):
    """Why a part of the instance will not run; `str()` is one clear sentence for a person.

    code: the exit code; 78 is EX_CONFIG of sysexits.h, starting again changes nothing.
    """

    code = 78


class NotAnsweringError(RefusedError):
    """The database does not answer now; starting again later may help (EX_TEMPFAIL)."""

    code = 75
