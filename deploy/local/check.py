"""`make check`: everything that can be known about the code without running the platform, all of it, then what failed.

make check                       all
make check ARGS="ruff mypy"      some
"""

import subprocess
import sys
import time

from rich.console import Console

from deploy.local.folders import REPOSITORY

CHECKS: dict[str, list[str]] = {
    "ruff": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "layers": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "contracts": ["-m", "shared.contracts", "check"],
    "openapi": ["-m", "shared.http", "check-openapi"],
    "queries": ["-m", "deploy.local.check_queries"],
}
"""What Python is told to run, by the check's name."""


def main() -> None:
    """Run the checks; exit status 0 only when every one passed."""
    asked = sys.argv[1:] or list(CHECKS)
    unknown = [name for name in asked if name not in CHECKS]
    if unknown:
        sys.exit(f"No such check: {', '.join(unknown)}. There are {', '.join(CHECKS)}.")
    console = Console(highlight=False)
    failed = [name for name in asked if not _passes(name, console)]
    if failed:
        sys.exit(f"make check: {', '.join(failed)} failed")
    console.print("All checks passed.")


def _passes(name: str, console: Console) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *CHECKS[name]],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    mark = "[green]✓[/green]" if passed else "[red]failed[/red]"
    console.print(f"  {mark} {name} [dim]{time.monotonic() - started:.1f} s[/dim]")
    if not passed:
        console.print(done.stdout, markup=False, soft_wrap=True)
    return passed


if __name__ == "__main__":
    main()
