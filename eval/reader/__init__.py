"""Training of the reader: examples, network, loop, figures."""
