"""Differential tests, and what generates their inputs."""
