"""Watching deadlines from outside the queue: a worker that stands still is to be noticed, too."""
