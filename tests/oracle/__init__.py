"""The oracle test: drawn states of real servers, in which the verdict and a real client must agree
(campaign.py)."""
