"""How Tandem is set up and run: servers, access rules, processes; locally, in containers, on a cluster."""
