"""Data retention: deletion and return."""

from __future__ import annotations

from seatrobot.practices.checks import returning

ELSEWHERE = (returning.returned,)
"""Promises of this section that have a module of their own."""
