"""The component that makes encrypted gp3 the cluster's default kind of volume."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.cluster.args import DefaultStorageClassArgs
from neuronserve.components.cluster.settings import DefaultStorageClassSettings
from neuronserve.components.component import Component
from neuronserve.settings import read_arguments


class DefaultStorageClass(Component[DefaultStorageClassSettings]):
    """A StorageClass, ``gp3`` by default: volumes of the EBS CSI driver, encrypted, made where their pod runs.

    EKS gives new clusters no default class. The add-on's own would be neither encrypted nor called gp3.
    """

    def __init__(
        self, name: str, args: DefaultStorageClassArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(DefaultStorageClassSettings, args, of=f"DefaultStorageClass {name}")
        super().__init__("neuronserve:index:DefaultStorageClass", name, {}, opts)
        kubernetes.storage.v1.StorageClass(
            f"{name}-gp3",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=settings.storage_class_name, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            allow_volume_expansion=True,
            reclaim_policy="Delete",
            # A volume belongs to one zone: it is made in the zone of the first pod that wants it.
            volume_binding_mode="WaitForFirstConsumer",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
