"""Referral is told what every service is told, and no more."""

from house.settings import Settings

__all__ = ["Settings"]
