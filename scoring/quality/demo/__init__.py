"""Quality work for the demo organisation: eight weeks of reviews and what people made of them."""

from __future__ import annotations

from scoring.quality.demo.loading import load_demo_quality

__all__ = ["load_demo_quality"]
