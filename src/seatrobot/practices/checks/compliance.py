"""Compliance: the certificates of providers."""

from __future__ import annotations

from seatrobot.practices.checks import providers

ELSEWHERE = (providers.providers,)
"""A promise of this section that is declared in a module of its own."""
