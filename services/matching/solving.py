"""The solver in a process of its own: a plan never holds up the worker, and its memory goes with it.

The parent writes the problem to the child's input and reads both solutions from its output, as pickles that only these two
exchange. When the parent dies the child ends at its next write; when the parent is told to stop it ends the child.
"""

import asyncio
import os
import pickle
import sys

from services.matching.rules.assignment import Problem, Solution, Unsolvable, greedily, solve

NICENESS = 10


async def solve_aside(problem: Problem) -> tuple[Solution, Solution]:
    """The best plan, and what taking the best pairing one after the other would bring.

    Raises
    ------
    Unsolvable
        The child gave no solution.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        answer, _ = await child.communicate(pickle.dumps(problem, protocol=pickle.HIGHEST_PROTOCOL))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise Unsolvable(f"the solver ended with {child.returncode}")
    best, alone = pickle.loads(answer)  # written by our own child
    return best, alone


def main() -> None:
    """Read one problem, write its solutions."""
    os.nice(NICENESS)
    problem: Problem = pickle.load(sys.stdin.buffer)  # written by our own parent
    pickle.dump((solve(problem), greedily(problem)), sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
