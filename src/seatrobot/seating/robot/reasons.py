"""Why a wish is not fulfilled: what forbids it, or else which wishes weigh more."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from .blocks import Block, Blocks
from .bounds import bound_to
from .facts import Facts
from .judge import Judge, mixed_cells
from .mix import value_counts
from .plan import Reason, Unmet
from .problem import Apart, AtTable, Mix, Near, NotAtTable, Problem, Rule, Together


class Reasons:
    """Gives the reasons for one seating. `proven` says that no seating costs less."""

    def __init__(
        self, problem: Problem, blocks: Blocks, judge: Judge, seating: Mapping[str, str]
    ) -> None:
        self.facts, self.judge, self.problem, self.seating = (
            Facts(problem, blocks),
            judge,
            problem,
            seating,
        )
        self.costs = {rule.id: judge.cost(rule, seating) for rule in judge.wishes}
        self._met_about: dict[int, list[str]] = {}
        for rule in judge.wishes:
            if not isinstance(rule, Mix) and self.costs[rule.id] <= 0:
                for block in self.facts.block_numbers(rule.guests):
                    self._met_about.setdefault(block, []).append(rule.id)
        self._mixing = [rule.id for rule in judge.wishes if isinstance(rule, Mix)]

    def unmet(self, *, proven: bool) -> tuple[Unmet, ...]:
        """Every wish that costs something, dearest first; `proven`: the plan is optimal."""
        wishes = [rule for rule in self.judge.wishes if self.costs[rule.id] > 0]
        wishes.sort(key=lambda rule: -self.costs[rule.id])
        return tuple(self._why(rule, proven=proven) for rule in wishes)

    def _why(self, rule: Rule, *, proven: bool) -> Unmet:
        unmet = Unmet(
            rule.id, self._guests(rule), self.costs[rule.id], Reason.COSTS_MORE, proven=True
        )
        found = None
        if isinstance(rule, Together):
            found = self._together(rule, unmet)
        elif isinstance(rule, Apart):
            found = self._apart(rule, unmet)
        elif isinstance(rule, AtTable | NotAtTable):
            found = self._at_table(rule, unmet)
        elif isinstance(rule, Near):
            found = self._near(rule, unmet)
        return found or replace(unmet, rules=self._rivals(rule), proven=proven)

    def _together(self, rule: Together, unmet: Unmet) -> Unmet | None:
        facts, group = self.facts, self.facts.group(rule.guests)
        needed, largest = sum(block.size for block in group), max(facts.seats)
        if needed > largest:
            return self._too_large(unmet, group, needed, largest)
        parting = facts.parting(rule.guests)
        if parting:
            return replace(unmet, reason=Reason.CONTRADICTS_RULE, rules=parting)
        shared = set.intersection(*(set(block.tables) for block in group))
        if not shared:
            return self._contradicts(unmet, group)
        room = max(facts.left[t] + bound_to(group, {t}) for t in shared)
        return self._no_room(unmet, shared, needed, room) if needed > room else None

    def _apart(self, rule: Apart, unmet: Unmet) -> Unmet | None:
        group = self.facts.group(rule.guests)
        if len(group) < len(rule.guests):
            shared = [b for b in group if len(self.facts.guests([b]) & rule.guests) > 1]
            return self._contradicts(unmet, shared)
        bound = [block for block in group if len(block.tables) == 1]
        if len({block.tables for block in bound}) < len(bound):
            return self._contradicts(unmet, bound)
        needed, tables = len(group), {t for block in group for t in block.tables}
        if needed > len(tables):
            return replace(
                unmet, reason=Reason.TOO_FEW_TABLES, needed=needed, available=len(tables)
            )
        return None

    def _at_table(self, rule: AtTable | NotAtTable, unmet: Unmet) -> Unmet | None:
        facts, group = self.facts, self.facts.group(rule.guests)
        tables = facts.table_numbers(rule)
        largest = max((facts.seats[t] for t in tables), default=0)
        large = [block for block in group if block.size > largest]
        if large:
            return self._too_large(unmet, large, max(block.size for block in large), largest)
        outside = [block for block in group if not tables.intersection(block.tables)]
        if outside:
            return self._contradicts(unmet, outside)
        needed = sum(block.size for block in group)
        room = sum(facts.left[t] for t in tables) + bound_to(group, tables)
        return self._no_room(unmet, tables, needed, room) if needed > room else None

    def _near(self, rule: Near, unmet: Unmet) -> Unmet | None:
        group = self.facts.group(rule.guests)
        bound = all(len(block.tables) == 1 for block in group)
        return self._contradicts(unmet, group) if bound else None

    def _too_large(self, unmet: Unmet, group: list[Block], needed: int, available: int) -> Unmet:
        parties = self.facts.parties(group)
        return replace(
            unmet,
            reason=Reason.PARTY_TOO_LARGE,
            parties=parties,
            needed=needed,
            available=available,
        )

    def _no_room(self, unmet: Unmet, tables: set[int], needed: int, available: int) -> Unmet:
        return replace(
            unmet,
            reason=Reason.NO_ROOM,
            locked=self.facts.locked_at(tables),
            tables=self.facts.table_ids(tables),
            needed=needed,
            available=available,
        )

    def _contradicts(self, unmet: Unmet, group: list[Block]) -> Unmet:
        facts = self.facts
        return replace(
            unmet,
            reason=Reason.CONTRADICTS_RULE,
            rules=facts.binding(group),
            parties=facts.parties(group),
            locked=facts.locked(group),
        )

    def _rivals(self, rule: Rule) -> tuple[str, ...]:
        """Fulfilled wishes about the same guests, and every other mixing."""
        blocks = [] if isinstance(rule, Mix) else sorted(self.facts.block_numbers(rule.guests))
        about = [name for block in blocks for name in self._met_about.get(block, ())]
        return tuple(name for name in dict.fromkeys(about + self._mixing) if name != rule.id)

    def _guests(self, rule: Rule) -> tuple[str, ...]:
        """Whom the rule is about; of a mixing rule, those at a table with too many alike."""
        if not isinstance(rule, Mix):
            return tuple(sorted(rule.guests))
        counts, tables = value_counts(self.problem, rule.trait), len(self.problem.tables)
        cells = mixed_cells(self.problem, rule.trait, self.seating)
        crowded = {cell for cell, n in cells.items() if n > ceil(counts[cell[0]] / tables)}
        return tuple(
            guest.id
            for guest in self.problem.guests
            for value in guest.traits.get(rule.trait, ())
            if (value, self.seating.get(guest.id)) in crowded
        )
