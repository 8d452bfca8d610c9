"""`python -m tests.support.sample worker`: a real process, which can be told at which point it shall be killed."""

from shared.runtime.commands import main
from tests.support.sample.app import SERVICE
from tests.support.sample.dying import obey

obey()
main(SERVICE)
