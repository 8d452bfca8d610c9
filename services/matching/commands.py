"""The operator's command `post`: what volunteers and offers are found by, made anew from what they follow from."""

import argparse
import asyncio
from collections.abc import Sequence

from services.matching.handlers import postings
from services.matching.settings import MatchingSettings
from shared.postgres.database import Database
from shared.runtime.clock import Clock
from shared.runtime.settings import load
from shared.telemetry.logging import configure


def post(arguments: Sequence[str]) -> int:
    """Post all volunteers and offers anew, in bounded steps; nothing stops meanwhile, and repeating it changes nothing."""
    argparse.ArgumentParser(prog="python -m services.matching post", description=post.__doc__).parse_args(arguments)
    settings = load(MatchingSettings)
    configure("matching", "post", settings.log_level)

    async def run() -> None:
        database = await Database.connect(settings, Clock(), "matching")
        try:
            await postings.post_everything(database)
        finally:
            await database.close()

    asyncio.run(run())
    return 0
