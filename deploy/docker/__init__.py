"""The platform in containers, from one image."""
