"""Disaster recovery: backups in several places, made every night, and tried."""

from __future__ import annotations

from seatrobot.practices.checks import drills

ELSEWHERE = (drills.tested,)
"""What is declared in a module of its own."""
