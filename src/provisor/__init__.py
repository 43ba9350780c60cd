"""Provisor: open-source identity provisioning. Holds only the version; import what you need from the packages."""

__version__ = "0.1.0"
