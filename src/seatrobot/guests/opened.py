"""Old name of guest_list, until seating and checkin have moved."""

from seatrobot.guests.guest_list import OpenGuest

__all__ = ["OpenGuest"]
