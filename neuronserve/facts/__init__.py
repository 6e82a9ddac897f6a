"""What the world is: instance types, prices, Kubernetes versions, names that AWS and Neuron give. Standard library alone."""
