"""Roles reach as far as the constitution says, and what is not declared is denied."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.callers import ANONYMOUS, REACH, Caller, CallerKind, Membership, Role, Standing
from shared.access.identity import Identity
from shared.access.permissions import NOWHERE, Belongs, Permissions, Relation
from shared.runtime.errors import Refusal
from shared.runtime.settings import IssuerKind

HERE, ELSEWHERE = uuid4(), uuid4()
CELLE, STADE = "03351", "03359"
STAFF = Identity("https://sign-in.example", "s", IssuerKind.STAFF)

PERMISSIONS = Permissions(
    {
        "publish-offer": {Role.COORDINATOR: Relation.COVERED, Role.ORGANISATION_ADMIN: Relation.COVERED},
        "read-placement": {
            Role.VOLUNTEER: Relation.OWN,
            Role.COORDINATOR: Relation.COVERED,
            Role.DISTRICT_ADMIN: Relation.COVERED,
        },
        "verify-organisation": {Role.STATE_ADMIN: Relation.ANY},
        "list-members": {Role.ORGANISATION_ADMIN: Relation.COVERED},
        "keep-own-contact": {Role.COORDINATOR: Relation.OWN, Role.VOLUNTEER: Relation.OWN},
        "leave": {Role.COORDINATOR: Relation.OWN},
        "export-person": {Role.COORDINATOR: Relation.OWN, Role.PRIVACY_OFFICER: Relation.ANY},
    },
    even_unverified={"list-members", "leave"},
    rights_of_persons={"export-person"},
)


def member(role: Role, *districts: str, organisation: UUID = HERE) -> Caller:
    return Caller(CallerKind.MEMBER, STAFF, uuid4(), (Membership(role, organisation, frozenset(districts)),))


def volunteer(subject: UUID | None = None) -> Caller:
    return Caller(CallerKind.VOLUNTEER, None, subject or uuid4())


@pytest.mark.parametrize(
    ("role", "districts", "organisation", "district", "covered"),
    [
        (Role.COORDINATOR, (CELLE,), HERE, CELLE, True),
        (Role.COORDINATOR, (CELLE,), HERE, STADE, False),
        (Role.COORDINATOR, (CELLE,), ELSEWHERE, CELLE, False),
        (Role.COORDINATOR, (), HERE, CELLE, False),
        (Role.COORDINATOR, (), HERE, None, False),
        (Role.COORDINATOR, (CELLE,), HERE, None, True),
        (Role.TRAINER, (CELLE,), HERE, CELLE, True),
        (Role.TRAINER, (CELLE,), HERE, STADE, False),
        (Role.ORGANISATION_ADMIN, (), HERE, STADE, True),
        (Role.ORGANISATION_ADMIN, (), ELSEWHERE, STADE, False),
        (Role.INTEGRATION, (), HERE, STADE, True),
        (Role.INTEGRATION, (), ELSEWHERE, None, False),
        (Role.DISTRICT_ADMIN, (CELLE,), ELSEWHERE, CELLE, True),
        (Role.DISTRICT_ADMIN, (CELLE,), HERE, STADE, False),
        (Role.DISTRICT_ADMIN, (), HERE, CELLE, False),
        (Role.STATE_ADMIN, (), ELSEWHERE, STADE, True),
        (Role.PRIVACY_OFFICER, (), ELSEWHERE, STADE, True),
        (Role.VOLUNTEER, (CELLE,), HERE, CELLE, False),
    ],
)
def test_how_far_a_role_reaches(
    role: Role, districts: tuple[str, ...], organisation: UUID, district: str | None, covered: bool
) -> None:
    assert Membership(role, HERE, frozenset(districts)).covers(organisation, district) is covered


def test_every_role_of_staff_has_a_reach() -> None:
    assert set(REACH) == set(Role) - {Role.VOLUNTEER}


def test_roles_of_two_memberships_do_not_mix() -> None:
    caller = Caller(
        CallerKind.MEMBER,
        STAFF,
        uuid4(),
        (
            Membership(Role.COORDINATOR, HERE, frozenset((CELLE,))),
            Membership(Role.COORDINATOR, ELSEWHERE, frozenset((STADE,))),
        ),
    )
    assert caller.has_role(Role.COORDINATOR, organisation_id=HERE, district=CELLE)
    assert not caller.has_role(Role.COORDINATOR, organisation_id=HERE, district=STADE)
    assert caller.organisations(Role.COORDINATOR) == {HERE, ELSEWHERE}
    assert caller.districts(Role.COORDINATOR, organisation_id=ELSEWHERE) == {STADE}
    assert caller.organisations(Role.TRAINER) == frozenset()


def test_outside_ones_reach_looks_as_if_it_did_not_exist() -> None:
    coordinator = member(Role.COORDINATOR, CELLE)
    PERMISSIONS.require("read-placement", coordinator, Belongs(HERE, CELLE), what="placement")
    for thing in (Belongs(HERE, STADE), Belongs(ELSEWHERE, CELLE), NOWHERE):
        with pytest.raises(Refusal) as caught:
            PERMISSIONS.require("read-placement", coordinator, thing, what="placement")
        assert caught.value.code == "placement-not-found"


def test_a_role_that_may_never_do_it_is_told_so() -> None:
    for caller in (volunteer(), member(Role.TRAINER, CELLE), Caller(CallerKind.MEMBER, STAFF)):
        with pytest.raises(Refusal) as caught:
            PERMISSIONS.require("publish-offer", caller, Belongs(HERE, CELLE))
        assert caught.value.code == "forbidden"


def test_an_anonymous_caller_is_asked_to_sign_in() -> None:
    for refuse in (
        lambda: PERMISSIONS.require("publish-offer", ANONYMOUS, Belongs(HERE, CELLE)),
        ANONYMOUS.require_person,
        lambda: ANONYMOUS.require(Role.COORDINATOR),
    ):
        with pytest.raises(Refusal) as caught:
            refuse()
        assert caught.value.code == "token-missing"


def test_own_things_are_those_of_the_same_person() -> None:
    person = uuid4()
    assert PERMISSIONS.allows("read-placement", volunteer(person), Belongs(HERE, CELLE, person))
    assert not PERMISSIONS.allows("read-placement", volunteer(), Belongs(HERE, CELLE, person))
    assert not PERMISSIONS.allows("read-placement", volunteer(), Belongs(HERE, CELLE, None))
    nobody = Caller(CallerKind.VOLUNTEER, None, None)
    assert not PERMISSIONS.allows("read-placement", nobody, Belongs(HERE, CELLE, None))


def test_a_district_admin_is_not_let_in_by_a_thing_without_a_district() -> None:
    assert not PERMISSIONS.allows("read-placement", member(Role.DISTRICT_ADMIN, CELLE), Belongs(HERE, None))


def test_an_organisation_admin_is_not_let_in_by_a_thing_without_an_organisation() -> None:
    assert not PERMISSIONS.allows("publish-offer", member(Role.ORGANISATION_ADMIN), Belongs(None, CELLE))


def test_an_undeclared_operation_is_a_mistake_and_not_allowed() -> None:
    with pytest.raises(KeyError):
        PERMISSIONS.allows("delete-everything", member(Role.STATE_ADMIN))


def test_the_matrix_has_a_cell_for_every_role() -> None:
    cells = list(PERMISSIONS.cells())
    assert len(cells) == len(PERMISSIONS.rules) * len(Role)
    assert ("publish-offer", Role.TRAINER, None) in cells
    assert ("read-placement", Role.VOLUNTEER, Relation.OWN) in cells


@given(role=st.sampled_from(Role), operation=st.sampled_from(sorted(PERMISSIONS.rules)))
def test_whoever_holds_no_declared_role_may_do_nothing(role: Role, operation: str) -> None:
    caller = volunteer() if role is Role.VOLUNTEER else member(role, CELLE)
    thing = Belongs(HERE, CELLE, caller.subject_id)
    assert PERMISSIONS.allows(operation, caller, thing) is (role in PERMISSIONS.rules[operation])


def standing(role: Role, standing: Standing) -> Caller:
    return Caller(CallerKind.MEMBER, STAFF, uuid4(), (Membership(role, HERE, frozenset((CELLE,)), standing),))


@pytest.mark.parametrize(
    ("operation", "role", "stands", "code"),
    [
        ("publish-offer", Role.COORDINATOR, Standing.VERIFIED, None),
        ("publish-offer", Role.COORDINATOR, Standing.NOT_VERIFIED, "organisation-not-verified"),
        ("publish-offer", Role.COORDINATOR, Standing.UNKNOWN, "not-yet-known"),
        ("publish-offer", Role.ORGANISATION_ADMIN, Standing.NOT_VERIFIED, "organisation-not-verified"),
        ("verify-organisation", Role.STATE_ADMIN, Standing.NOT_VERIFIED, "organisation-not-verified"),
        ("list-members", Role.ORGANISATION_ADMIN, Standing.NOT_VERIFIED, None),
        ("list-members", Role.ORGANISATION_ADMIN, Standing.UNKNOWN, None),
        ("publish-offer", Role.TRAINER, Standing.NOT_VERIFIED, "forbidden"),
    ],
)
def test_a_role_in_an_organisation_that_is_not_verified_gives_nothing(
    operation: str, role: Role, stands: Standing, code: str | None
) -> None:
    caller = standing(role, stands)
    if code is None:
        PERMISSIONS.require(operation, caller, Belongs(HERE, CELLE))
        return
    with pytest.raises(Refusal) as refused:
        PERMISSIONS.require(operation, caller, Belongs(HERE, CELLE), what="offer")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("stands", "code"),
    [
        (Standing.VERIFIED, None),
        (Standing.NOT_VERIFIED, "organisation-not-verified"),
        (Standing.UNKNOWN, "not-yet-known"),
    ],
)
def test_what_staff_keep_for_themselves_they_keep_in_a_verified_organisation_only(
    stands: Standing, code: str | None
) -> None:
    caller = standing(Role.COORDINATOR, stands)
    own = Belongs(person=caller.subject_id)
    assert PERMISSIONS.allows("keep-own-contact", caller, own) is (code is None)
    if code is not None:
        with pytest.raises(Refusal) as refused:
            PERMISSIONS.require("keep-own-contact", caller, own)
        assert refused.value.code == code
    assert PERMISSIONS.allows("leave", caller, own)
    person = volunteer()
    assert PERMISSIONS.allows("keep-own-contact", person, Belongs(person=person.subject_id))


@pytest.mark.parametrize("stands", Standing)
def test_rights_of_a_person_do_not_end_with_their_organisation(stands: Standing) -> None:
    caller = standing(Role.COORDINATOR, stands)
    assert PERMISSIONS.allows("export-person", caller, Belongs(person=caller.subject_id))
    assert not PERMISSIONS.allows("export-person", caller, Belongs(person=uuid4()))
    # Only as far as they are their own: whom an office let look at others loses that with it.
    officer = standing(Role.PRIVACY_OFFICER, stands)
    assert PERMISSIONS.allows("export-person", officer, Belongs(person=uuid4())) is (stands is Standing.VERIFIED)


def test_another_organisation_that_is_verified_does_not_help_with_what_is_kept_in_a_suspended_one() -> None:
    caller = Caller(
        CallerKind.MEMBER,
        STAFF,
        uuid4(),
        (
            Membership(Role.COORDINATOR, HERE, frozenset((CELLE,)), Standing.NOT_VERIFIED),
            Membership(Role.COORDINATOR, ELSEWHERE, frozenset((CELLE,))),
        ),
    )
    assert not PERMISSIONS.allows("keep-own-contact", caller, Belongs(HERE, person=caller.subject_id))
    assert PERMISSIONS.allows("keep-own-contact", caller, Belongs(ELSEWHERE, person=caller.subject_id))


def test_what_lies_elsewhere_is_not_found_whether_or_not_the_own_organisation_is_verified() -> None:
    with pytest.raises(Refusal) as refused:
        PERMISSIONS.require(
            "publish-offer", standing(Role.COORDINATOR, Standing.NOT_VERIFIED), Belongs(ELSEWHERE, CELLE)
        )
    assert refused.value.code == "thing-not-found"


@pytest.mark.parametrize("stands", [Standing.NOT_VERIFIED, Standing.UNKNOWN])
def test_lists_are_not_scoped_to_organisations_that_are_not_verified(stands: Standing) -> None:
    caller = standing(Role.COORDINATOR, stands)
    assert not caller.has_role(Role.COORDINATOR)
    assert caller.has_role(Role.COORDINATOR, organisation_id=HERE, even_unverified=True)
    assert (caller.organisations(Role.COORDINATOR), caller.districts(Role.COORDINATOR)) == (frozenset(), frozenset())
    assert caller.organisations(Role.COORDINATOR, even_unverified=True) == {HERE}
    assert caller.districts(Role.COORDINATOR, even_unverified=True) == {CELLE}
