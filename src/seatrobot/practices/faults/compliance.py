"""Faults of compliance: those of the register of providers are in a module of their own."""

from __future__ import annotations

from seatrobot.practices.faults import providers

ELSEWHERE = (providers.expired,)
