"""What more than one directory of tests uses: real servers, the sidecar's process, a stack of
containers."""
