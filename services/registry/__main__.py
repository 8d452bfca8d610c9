"""`python -m services.registry <command>`."""

from services.registry.app import SERVICE
from shared.runtime.commands import main

if __name__ == "__main__":
    main(SERVICE)
