"""What becomes of a stack when one plan takes the place of another."""
