"""The one exception of this package."""


class ReaderError(Exception):
    """A file, or a value, that is not what it has to be: the message names it, what was found and what was expected."""
