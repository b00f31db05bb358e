"""The lab: how the packaged models are made, and what the paper's findings are tried on."""
