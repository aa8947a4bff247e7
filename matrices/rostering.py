"""Find a rota with HiGHS: seats filled first, then little changed, then shifts spread evenly.

Each goal is sought by itself, and what it has reached is kept for the next. The search is bounded by nodes, so that the
same problem has the same answer; time is a last resort, and it is said when it ran out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np

from leerp.rota import Quality, Seat
from matrices.roster_first import evened, first_rota
from matrices.roster_goals import unevenness
from matrices.roster_problem import Problem
from matrices.roster_program import INFINITY, Goal, Program, Row

MAX_NODES = 500
"""Nodes of the search tree each time."""

MAX_SECONDS = 15.0
"""Time for everything. A person waits for the answer, and the engine lets an act take 30 seconds."""

SHARE = 0.7
"""How much of the time that is left one goal may take."""

ALMOST_ONE = 0.99
"""How near to the best an answer has to be proved: goals are whole numbers."""

_SEED = 20_031_104


class Solution(NamedTuple):
    """The seats of the shifts that could change, and how good they are known to be."""

    seats: tuple[Seat, ...]
    quality: Quality


def solve(problem: Problem, *, seconds: float = MAX_SECONDS) -> Solution:
    """Seats that keep every rule, as good as the search found them within its bounds. It always ends with some."""
    search = _Search(problem, seconds=seconds)
    for goal in search.program.goals:
        search.seek(goal)
    filled = first_rota(problem.model_copy(update={"published": search.seats}))  # after a bound, what is left to fill
    return Solution(filled, search.quality)


class _Search:
    """A search as it goes on. `seats` keeps every rule at any time, and gets better."""

    def __init__(self, problem: Problem, *, seconds: float) -> None:
        self._problem = problem
        self._left = seconds
        self.program = Program(problem)
        self.seats = first_rota(problem)
        self.quality = Quality.BEST
        self._reached: list[Goal] = []

    def seek(self, goal: Goal) -> None:
        """Come as near to a goal as the bounds allow, without giving up what was reached before."""
        if goal.measure is unevenness:
            self.seats = evened(self._problem, self.seats)  # in no time what may take the solver all there is
        status, values = self._run(goal)
        if status != highspy.HighsModelStatus.kOptimal:
            self._bounded(status)
        if values is not None:
            self.seats = min(self.seats, self.program.read(values), key=lambda one: self._measures(goal, one))
        self._reached.append(goal)

    def _measures(self, goal: Goal, seats: Sequence[Seat]) -> list[int]:
        return [one.measure(self._problem, seats) for one in (*self._reached, goal)]

    def _bounded(self, status: highspy.HighsModelStatus) -> None:
        if self.quality is not Quality.TIMED_OUT:
            timed_out = status == highspy.HighsModelStatus.kTimeLimit
            self.quality = Quality.TIMED_OUT if timed_out else Quality.BOUNDED

    def _run(self, goal: Goal) -> tuple[highspy.HighsModelStatus, list[float] | None]:
        """Solve for a goal as the program stands now; no values where no rota was found in the time there is."""
        if self._left <= 0:
            return highspy.HighsModelStatus.kTimeLimit, None
        solver = self._loaded(goal)
        solver.run()
        self._left -= solver.getRunTime()
        found = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return solver.getModelStatus(), list(solver.getSolution().col_value) if found else None

    def _loaded(self, goal: Goal) -> highspy.Highs:
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options = {"output_flag": False, "threads": 1, "random_seed": _SEED, "time_limit": SHARE * self._left}
        options |= {"mip_max_nodes": MAX_NODES, "mip_rel_gap": goal.tolerance, "mip_abs_gap": ALMOST_ONE}
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(_model(self.program, goal, [self._bound(one) for one in self._reached]))
        columns = list(self.program.seats.values())
        seated = {(one.officer, one.shift, one.role) for one in self.seats}
        values = [float(key in seated) for key in self.program.seats]
        solver.setSolution(len(columns), np.array(columns, dtype=np.int32), np.array(values))
        return solver

    def _bound(self, goal: Goal) -> Row:
        """What has been reached is not given up."""
        number = goal.measure(self._problem, self.seats)
        return Row(-INFINITY, number - goal.offset, goal.costs)


def _model(program: Program, goal: Goal, bounds: Sequence[Row]) -> highspy.HighsLp:
    """The program as the solver reads it: rows one after another."""
    rows = [*program.rows, *bounds]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.upper), len(rows)
    costs = np.zeros(len(program.upper))
    costs[list(goal.costs)] = list(goal.costs.values())
    model.col_cost_ = costs
    model.col_lower_ = np.zeros(len(program.upper))
    model.col_upper_ = np.array(program.upper)
    model.row_lower_ = np.array([row.at_least for row in rows])
    model.row_upper_ = np.array([row.at_most for row in rows])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *(len(row.entries) for row in rows)])
    model.a_matrix_.index_ = np.array([column for row in rows for column in row.entries], dtype=np.int32)
    model.a_matrix_.value_ = np.array([value for row in rows for value in row.entries.values()])
    whole = set(program.seats.values())
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger if one in whole else kinds.kContinuous for one in range(len(program.upper))]
    return model
