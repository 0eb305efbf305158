"""A stand-in for the kfp package, written for the tests of kfp2argo.

This is not Kubeflow's kfp. It holds what a lightweight Python component needs
inside its container and nothing that makes pipelines. The test image carries
it where the real package cannot be had.
"""

__version__ = '0.0.0+kfp2argo.stand.in'
