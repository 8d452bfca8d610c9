"""Who helps where: offers, suggestions that explain themselves, placements without overbooking."""
