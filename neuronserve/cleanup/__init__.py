"""Taking a stack away so that nothing is left: what goes before `pulumi destroy`, and what to look for after it."""
