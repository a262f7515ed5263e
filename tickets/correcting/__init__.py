"""Values that people had corrected, kept against what their source goes on saying."""
