"""Who may do what in AWS: roles for pods, and the policies that they carry."""

from neuronserve.components.identity.pod_identity import PodIdentity, PodIdentityArgs
from neuronserve.components.identity.policy import Statement, partition, policy_document

__all__ = ["PodIdentity", "PodIdentityArgs", "Statement", "partition", "policy_document"]
