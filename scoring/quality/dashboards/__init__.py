"""How quality stands: rollups, their figures, and the pages that show them."""
