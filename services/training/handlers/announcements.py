"""From models to the events of `training.*`: the whole published state, every time."""

from services.training.models import Course, Enrolment, Qualification
from services.training.rules.courses import units
from shared.contracts import training as contracts


def course(kind: type[contracts.Course], of: Course) -> contracts.Course:
    """The event of this kind about a course."""
    return kind(
        version=of.version,
        course_id=of.course_id,
        organisation_id=of.organisation_id,
        title=of.title,
        grants=of.grants,
        district=of.district,
        postal_code=of.postal_code,
        languages=of.languages,
        places=of.places,
        sessions=tuple(
            contracts.Session(
                session_id=session.session_id,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                ue=units(session),
            )
            for session in of.sessions
        ),
        status=of.status,
    )


def enrolment(kind: type[contracts.Enrolment], of: Enrolment) -> contracts.Enrolment:
    """The event of this kind about an enrolment."""
    return kind(
        version=of.version,
        enrolment_id=of.enrolment_id,
        course_id=of.course_id,
        volunteer_id=of.volunteer_id,
        status=of.status,
        completed_at=of.completed_at,
        offered_until=of.offered_until,
    )


def qualification(kind: type[contracts.Qualification], of: Qualification) -> contracts.Qualification:
    """The event of this kind about a qualification."""
    return kind(
        version=of.version,
        qualification_id=of.qualification_id,
        volunteer_id=of.volunteer_id,
        qualification=of.qualification,
        course_id=of.course_id,
        granted_on=of.granted_on,
        valid_until=of.valid_until,
    )
