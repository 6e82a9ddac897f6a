"""A stack: what its file ``stacks/Pulumi.<stack>.yaml`` says, checked as a whole, and the base that it stands on."""

from neuronserve.stack.base import Base, make_base
from neuronserve.stack.load import load
from neuronserve.stack.observability import observe
from neuronserve.stack.open_web_ui import make_open_web_ui
from neuronserve.stack.services import services_of
from neuronserve.stack.settings import StackSettings

__all__ = ["Base", "StackSettings", "load", "make_base", "make_open_web_ui", "observe", "services_of"]
