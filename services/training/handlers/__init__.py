"""Training's use cases, one transaction each, by noun.

The order of locks is the same everywhere: the volunteer's (`lock_subject`), then the course's row, then whoever holds
the qualification. What happens to the waiting list of a locked course needs no lock on those who wait: their own
erasure takes the course's row too before it removes them, so their tombstone comes last.
"""
