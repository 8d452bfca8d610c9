"""`python -m services.notifications <command>`."""

from services.notifications.app import SERVICE
from shared.runtime.commands import main

if __name__ == "__main__":
    main(SERVICE)
