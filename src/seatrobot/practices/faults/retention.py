"""Faults of deletion and return."""

from __future__ import annotations

from seatrobot.practices.faults import returning

__all__ = ["returning"]
