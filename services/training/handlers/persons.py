"""A person's own data: shown to them (Art. 15, 20 DSGVO), and erased with them (Art. 17)."""

from collections import defaultdict
from uuid import UUID

from services.training import permissions
from services.training.handlers import waiting_list
from services.training.models import TAKES_A_PLACE, Record
from services.training.permissions import PERMISSIONS
from services.training.settings import TrainingSettings
from services.training.store import courses, merges, persons
from shared.access.callers import Caller
from shared.access.permissions import Belongs
from shared.access.rights import hand_out
from shared.postgres.transaction import Transaction

ENROLMENTS = "training.enrolments"
QUALIFICATIONS = "training.qualifications"


async def record(tx: Transaction, caller: Caller, subject_id: UUID) -> Record:
    """Everything that training holds of a person (Art. 15, 20 DSGVO): for themselves, or for a privacy officer whom they
    asked, which is announced (`no-open-request`)."""
    PERMISSIONS.require(permissions.EXPORT_PERSON, caller, Belongs(person=subject_id), what="person")
    await hand_out(tx, caller, subject_id, "training")
    return await persons.record(tx.connection, subject_id, tx.now)


async def erase(tx: Transaction, subject_id: UUID, settings: TrainingSettings) -> int:
    """Remove everything of a person and bury their keys; places that come free go to those who wait.

    The subject is locked by whoever calls. Every course concerned is locked before its enrolment is removed, so whatever
    a waiting list did with it is announced before the tombstone.

    Returns
    -------
    How many rows were removed.
    """
    connection = tx.connection
    locked = {
        id_: await courses.lock_course(connection, id_) for id_ in await persons.courses_of(connection, subject_id)
    }
    rows = await persons.erase_attendance(connection, subject_id)
    freed: dict[UUID, int] = defaultdict(int)
    for enrolment_id, course_id, status in await persons.erase_enrolments(connection, subject_id):
        tx.bury(ENROLMENTS, enrolment_id, subject_id)
        freed[course_id] += status in TAKES_A_PLACE
        rows += 1
    for qualification_id in await persons.erase_qualifications(connection, subject_id):
        tx.bury(QUALIFICATIONS, qualification_id, subject_id)
        rows += 1
    for course_id, course in locked.items():
        if course is not None and freed[course_id]:
            await waiting_list.give_up(tx, course, freed[course_id], settings)
    rows += await merges.erase(connection, subject_id)
    return rows + await persons.erase_volunteer(connection, subject_id)
