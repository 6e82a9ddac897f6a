"""What the world is: instance types, prices, versions, the names that AWS and Neuron give. Standard library alone."""
