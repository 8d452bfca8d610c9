"""What must hold once everything is healed; each check answers with what it found wrong, in words."""
