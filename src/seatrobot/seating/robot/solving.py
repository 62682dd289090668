"""Run CP-SAT while progress is told, so that it can be cancelled."""

import threading

from ortools.sat.python import cp_model

from .clock import Teller

POLL = 0.1


class Best(cp_model.CpSolverSolutionCallback):
    """Keeps the best cost found so far, the objective less `offset`."""

    def __init__(self, cost: int, offset: int) -> None:
        super().__init__()
        self.cost, self._offset = cost, offset

    def on_solution_callback(self) -> None:
        self.cost = min(self.cost, round(self.objective_value) - self._offset)


def solve(
    solver: cp_model.CpSolver, cp: cp_model.CpModel, teller: Teller, best: Best | None = None
) -> cp_model.CpSolverStatus:
    """Solve in a thread, so that progress can be told from this one and may cancel."""
    status = [cp_model.UNKNOWN]
    thread = threading.Thread(target=lambda: status.append(solver.solve(cp, best)), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(POLL)
            if thread.is_alive():
                teller.tell(best.cost if best else None)
    finally:
        solver.stop_search()
        thread.join()
    return status[-1]
