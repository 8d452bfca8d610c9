"""The journey of one volunteer through all four services, as people walk it: over HTTP and by mail.

`make demo` shows it; the system tests walk it again and again. Every step is a call to the service that owns it, with
the token of the person who does it; what another service learns of it, it learns from events, and that hop is timed.
"""
