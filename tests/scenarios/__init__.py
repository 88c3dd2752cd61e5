"""Scenarios of each service and of the container, which the fault matrix, its report and the
integration tests read. matrix.py explains the form; tables.py makes each scenario a test."""
