"""A stand-in for pip, written for the tests of kfp2argo.

This is not the Python Packaging Authority's pip. It accepts every command and
does nothing, so that components which install packages at their start run
where no package index can be reached.
"""
