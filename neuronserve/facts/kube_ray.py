"""What KubeRay calls its operator, which those who let it in have to know."""

OPERATOR_NAMESPACE = "kuberay-operator"
"""The operator's namespace, unless somebody chose another."""

OPERATOR_LABELS = {"app.kubernetes.io/name": "kuberay-operator"}
"""Labels of its pods, by which its chart tells them from others."""
