"""The configuration of a stack: ``stacks/Pulumi.<stack>.yaml`` as typed values, checked as a whole."""

from neuronserve.stack.stack_configuration import StackConfiguration, load

__all__ = ["StackConfiguration", "load"]
