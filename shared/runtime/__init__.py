"""What every process needs before it can do anything: settings, clock, ids, refusals, commands."""
