"""An LLM behind an OpenAI-compatible API on AWS Inferentia2 and Trainium, built with Pulumi.

The folders beside this one are its sub-packages: each link in here makes one of them importable as
``neuronserve.<folder>``, the only name under which it is ever imported.
"""

__version__ = "0.1.0"
