"""python3 -m kfp.dsl.executor_main: runs one component function; part of the stand-in for kfp."""

import argparse
import importlib.util
import json
import os
import sys

from kfp.dsl.executor import Executor


def main(args=None):
    parser = argparse.ArgumentParser(prog='kfp.dsl.executor_main', description='The stand-in executor of kfp2argo.')
    parser.add_argument('--component_module_path', required=True)
    parser.add_argument('--function_to_execute', required=True)
    parser.add_argument('--executor_input', required=True)
    options, _ = parser.parse_known_args(args)
    module = load(options.component_module_path)
    Executor(json.loads(options.executor_input), getattr(module, options.function_to_execute)).execute()


def load(path):
    """Returns the module in the file path, which may import its neighbours."""
    sys.path.insert(0, os.path.dirname(path))
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == '__main__':
    main()
