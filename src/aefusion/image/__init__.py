"""Reading and writing pictures, colour, pairing of folders."""
