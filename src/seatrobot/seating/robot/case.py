"""A problem with what was compiled from it, as the search needs it."""

from dataclasses import dataclass

from .blocks import Blocks
from .model import Model
from .problem import Problem


@dataclass(frozen=True)
class Case:
    """One problem, its blocks and its costs."""

    problem: Problem
    blocks: Blocks
    model: Model
