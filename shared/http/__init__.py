"""HTTP in and out, the same in every service: problems, repeated commands, versions, pages, limits, documentation."""
