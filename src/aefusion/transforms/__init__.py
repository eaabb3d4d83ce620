"""What the algorithms are built of: wavelets, curvelets, guided filters, sparse coding, pyramids."""
