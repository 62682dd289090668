"""Old name of reading, until all callers have moved."""

from seatrobot.events.reading import find, load_event, load_events

__all__ = ["find", "load_event", "load_events"]
