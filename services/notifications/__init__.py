"""Who is told what: mails, the inbox, preferences. Holds the addresses, and nobody else does."""
