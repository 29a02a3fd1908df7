"""Commands, one file each, and what several of them share: ``statistics``, ``future_data``; ``scan`` is a folder."""
