"""Who can do what: courses with sessions, enrolments, attendance, qualifications."""
