"""Old name of guest_list, until seating and checkin have moved."""

from seatrobot.guests.guest_list import GuestList as Directory
from seatrobot.guests.guest_list import open_list

__all__ = ["Directory", "open_list"]
