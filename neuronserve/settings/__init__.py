"""How raw settings, of a program or of a stack file, become typed values or messages."""
