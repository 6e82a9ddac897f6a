"""``python -m neuronserve.provider``: the plugin, which the engine starts with its own address."""

import sys

from pulumi.provider import main

from neuronserve.provider.component_package import ComponentPackage


def run() -> None:
    """Answer the engine until it ends this."""
    main(ComponentPackage(), sys.argv[1:])


if __name__ == "__main__":
    run()
