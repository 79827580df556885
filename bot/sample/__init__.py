"""A ticket system and a customer system to try the workflows with: invented people, on this machine only."""

from bot.sample.service import serving

__all__ = ["serving"]
