"""What a PostgreSQL server needs before the services can migrate their schemas."""
