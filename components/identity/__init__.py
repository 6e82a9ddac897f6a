"""Who may do what in AWS: roles for pods, and the policies that they carry."""
