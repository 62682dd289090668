"""Faults of disaster recovery."""

from __future__ import annotations

from seatrobot.practices.faults import drills

ELSEWHERE = (drills.swapped,)
"""What is declared in a module of its own."""
