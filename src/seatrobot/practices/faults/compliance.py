"""Faults of compliance: the register of providers and attestations are modules of their own."""

from __future__ import annotations

from seatrobot.practices.faults import attestations, providers

ELSEWHERE = (attestations.changed, providers.expired)
