"""Who may do what in AWS: roles for pods, and the policies that they carry."""

from neuronserve.components.identity.args import PodIdentityArgs
from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.identity.policy import Statement, policy_document

__all__ = ["PodIdentity", "PodIdentityArgs", "Statement", "policy_document"]
