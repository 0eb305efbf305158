"""python3 -m pip: accepts everything and does nothing (see pip/__init__.py)."""
