"""The people of one journey: invented, marked as demo, with addresses that lead nowhere (RFC 2606), new for each run."""

import secrets
import string
from dataclasses import dataclass, field

DOMAIN = "example.org"


@dataclass
class Person:
    """Somebody who calls. `subject` signs staff in; a volunteer gets a token through a mailed link."""

    name: str
    mail: str
    subject: str | None = None
    token: str | None = None
    subject_id: str | None = None
    secrets: list[str] = field(default_factory=list)
    """Every token and link that this person ever held: none of them may stand in a log."""

    def holds(self, token: str) -> None:
        """Sign in with `token` from now on."""
        self.token = token
        self.secrets.append(token)


@dataclass(frozen=True)
class People:
    """Everybody of one run. `suffix` is in every name and address of it, and nowhere else."""

    suffix: str
    state_admin: Person
    organisation_admin: Person
    coordinator: Person
    trainer: Person
    volunteers: tuple[Person, Person, Person]

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All of them."""
        return (self.state_admin, self.organisation_admin, self.coordinator, self.trainer, *self.volunteers)

    @property
    def invented(self) -> tuple[Person, ...]:
        """All whose name and address belong to this run alone."""
        return self.everybody[1:]


def invent(state_admin: str) -> People:
    """New people; `state_admin` is the subject of the one who is there already."""
    alphabet = string.ascii_lowercase + string.digits
    suffix = "q" + "".join(secrets.choice(alphabet) for _ in range(7))

    def staff(role: str, name: str) -> Person:
        return Person(f"{name} {suffix} (Demo)", f"{role}.{suffix}@{DOMAIN}", subject=f"journey-{role}-{suffix}")

    def volunteer(first: str) -> Person:
        return Person(f"{first} Beispiel-{suffix} (Demo)", f"{first.lower()}.{suffix}@{DOMAIN}")

    return People(
        suffix,
        Person("Landesverwaltung (Demo)", f"state_admin@{DOMAIN}", subject=state_admin),
        staff("admin", "Alex Vorstand"),
        staff("coordinator", "Kim Koordination"),
        staff("trainer", "Toni Kursleitung"),
        (volunteer("Mira"), volunteer("Samir"), volunteer("Olena")),
    )
