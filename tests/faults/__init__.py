"""The fault matrix. matrix.py says how a condition is written; test_matrix.py makes each one a
test."""
