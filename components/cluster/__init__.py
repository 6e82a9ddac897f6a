"""The EKS cluster that everything else stands on, made or there already."""
