"""Who there is: districts, places, organisations, members and their roles, contacts, volunteers and their sign-in."""
