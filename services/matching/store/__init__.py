"""Typed functions over the named SQL beside them, one module and one SQL file per noun. They decide nothing."""
