"""`python -m services.matching <command>`."""

from services.matching.app import SERVICE
from shared.runtime.commands import main

main(SERVICE)
