"""The learned systems of others in Table V: networks in PyTorch, one per file, and the weights that they need.

Each file has the network and a pure function ``name(a, b, *, ...) -> fused`` like those of `library`, where METHODS
lists them. PyTorch is imported with the file of a method, on first use.

    published.PUBLISHED     what their authors publish, and where
    add_weights             checks such a file, converts it, and keeps it in the user's folder of data
    ready                   a network with its weights
"""
