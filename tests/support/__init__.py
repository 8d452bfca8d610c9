"""What tests share: servers, builders, waiting on conditions."""
