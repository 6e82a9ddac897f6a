"""Fields of Kubernetes objects for whose change the Pulumi provider makes another object.

From ``provider/pkg/provider/diff.go`` of github.com/pulumi/pulumi-kubernetes at commit 94977969 (2026-07-01), and for
``Release`` from ``helm_release.go`` there. ``PodDisruptionBudget`` stands there for v1beta1 alone.
"""

REPLACING_METADATA = ("metadata.name", "metadata.namespace")
"""Of objects of every kind."""

RELEASE_REPLACING_INPUTS = ("name", "namespace")
"""Of ``kubernetes:helm.sh/v3:Release``."""

PERSISTENT_VOLUME_SOURCES = (
    *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"),
    *("gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk"),
    *("portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"),
)

KUBERNETES_REPLACING_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): ("spec.selector",),
    ("apps", "Deployment"): ("spec.selector",),
    ("apps", "StatefulSet"): (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
    ("", "PersistentVolume"): tuple(f"spec.{source}" for source in PERSISTENT_VOLUME_SOURCES),
    ("", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
}
"""By API group and kind."""

UNLESS_MUTABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "ConfigMap": ("enableConfigMapMutable", ("binaryData", "data")),
    "Secret": ("enableSecretMutable", ("type", "stringData", "data")),
}
"""Kinds whose contents the provider replaces, unless this input of it lets them change and they are not immutable."""
