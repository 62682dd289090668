"""Contracts of import-linter that it does not have itself; pyproject.toml names them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from importlinter import Contract, ContractCheck, output

if TYPE_CHECKING:
    import grimp


class AcyclicModules(Contract):
    """No module imports itself through others, not inside a function either.

    import-linter's own `acyclic_siblings` forbids circles of packages too, and those we have:
    `kernel.journal` uses `kernel.access`, `kernel.acting` uses `kernel.journal`.
    """

    type_name = "acyclic_modules"

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001  import-linter's own signature
        own = {name for name in graph.modules if not graph.is_module_squashed(name)}
        imports = {name: graph.find_modules_directly_imported_by(name) & own for name in own}
        try:
            TopologicalSorter(imports).prepare()
        except CycleError as error:
            return ContractCheck(kept=False, metadata={"circle": error.args[1]})
        return ContractCheck(kept=True)

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error("These modules import each other:")
        for name in reversed(check.metadata["circle"]):
            output.print(f"  {name}")
