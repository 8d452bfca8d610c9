"""What follows after a read model was built anew: nobody was told what is different in it."""

from services.matching.handlers import postings, suspensions
from shared.postgres.database import Database


async def post_and_look(database: Database) -> int:
    """What volunteers are found by, and whether their placements may go on; how many rows and people."""
    return await postings.post_everything(database) + await suspensions.look_at_everybody_placed(database)
