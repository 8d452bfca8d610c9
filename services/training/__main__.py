"""`python -m services.training <command>`."""

from services.training.app import SERVICE
from shared.runtime.commands import main

main(SERVICE)
