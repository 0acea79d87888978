"""One error for everything a person at the keyboard can mend."""


class CannotStart(Exception):
    """The environment cannot be made ready. The text says what is wrong and how to mend it, and is printed bare."""
