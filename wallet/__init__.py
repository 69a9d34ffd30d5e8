"""The wallet in which job seekers keep their badges."""

__version__ = "0.1.0"
