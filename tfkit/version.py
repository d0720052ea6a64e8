"""The version of tfkit, and how a Jupyter server tells its kernels which it has."""

__version__ = "0.1.0"

# Set by the server's half of tfkit, and inherited by the kernels that the server starts.
SERVER_VARIABLE = "TFKIT_SERVER_VERSION"
