"""Who may do what in training: the one place where it is decided. What is not listed is denied.

A course belongs to an organisation and a district, an enrolment and a qualification to a volunteer.
"""

from services.training.models import Course, Enrolment
from shared.access.callers import Caller, Role
from shared.access.permissions import NOWHERE, Belongs, Permissions, Relation

PUBLISH_COURSE = "publish-course"
CHANGE_COURSE = "change-course"
CANCEL_COURSE = "cancel-course"
ENROL = "enrol"
CANCEL_ENROLMENT = "cancel-enrolment"
ACCEPT_PLACE = "accept-place"
READ_ENROLMENT = "read-enrolment"
LIST_COURSE_ENROLMENTS = "list-course-enrolments"
READ_ATTENDANCE = "read-attendance"
RECORD_ATTENDANCE = "record-attendance"
READ_OWN_RECORD = "read-own-record"
EXPORT_PERSON = "export-person"

PERMISSIONS = Permissions(
    {
        PUBLISH_COURSE: {Role.TRAINER: Relation.COVERED, Role.COORDINATOR: Relation.COVERED},
        CHANGE_COURSE: {Role.TRAINER: Relation.COVERED, Role.COORDINATOR: Relation.COVERED},
        CANCEL_COURSE: {Role.TRAINER: Relation.COVERED, Role.COORDINATOR: Relation.COVERED},
        ENROL: {Role.VOLUNTEER: Relation.OWN},
        CANCEL_ENROLMENT: {Role.VOLUNTEER: Relation.OWN},
        ACCEPT_PLACE: {Role.VOLUNTEER: Relation.OWN},
        READ_ENROLMENT: {
            Role.VOLUNTEER: Relation.OWN,
            Role.TRAINER: Relation.COVERED,
            Role.COORDINATOR: Relation.COVERED,
        },
        LIST_COURSE_ENROLMENTS: {Role.TRAINER: Relation.COVERED, Role.COORDINATOR: Relation.COVERED},
        READ_ATTENDANCE: {Role.TRAINER: Relation.COVERED},
        RECORD_ATTENDANCE: {Role.TRAINER: Relation.COVERED},
        READ_OWN_RECORD: {Role.VOLUNTEER: Relation.OWN},
        EXPORT_PERSON: dict.fromkeys(Role, Relation.OWN) | {Role.PRIVACY_OFFICER: Relation.ANY},
    },
    even_unverified={CANCEL_COURSE},
    rights_of_persons={EXPORT_PERSON},
)


def require_role(operation: str, caller: Caller) -> None:
    """Refuse whoever may not do this with anything, before anything is looked up."""
    caller.require(*PERMISSIONS.rules[operation])


def course_scope(course: Course | None) -> Belongs:
    """To whom a course belongs; one that does not exist lies outside everybody's scope."""
    if course is None:
        return NOWHERE
    return Belongs(organisation_id=course.organisation_id, district=course.district)


def enrolment_scope(enrolment: Enrolment, course: Course) -> Belongs:
    """To whom an enrolment belongs: the volunteer, and the organisation and district of its course."""
    return Belongs(organisation_id=course.organisation_id, district=course.district, person=enrolment.volunteer_id)
