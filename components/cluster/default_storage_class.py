"""The component that makes encrypted gp3 the cluster's default kind of volume."""

import pulumi
import pulumi_kubernetes as kubernetes


class DefaultStorageClass(pulumi.ComponentResource):
    """The StorageClass ``gp3``: volumes of the EBS CSI driver, encrypted, made where their pod runs.

    EKS gives new clusters no default class. The add-on's own would be neither encrypted nor called gp3.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("neuronserve:index:DefaultStorageClass", name, {}, opts)
        kubernetes.storage.v1.StorageClass(
            f"{name}-gp3",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name="gp3", annotations={"storageclass.kubernetes.io/is-default-class": "true"}
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
