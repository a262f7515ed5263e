"""Personal data in free text: patterns with checks, the people a conversation is known to have,
words that give people away, and a model for everybody else.

Pure: knows no framework and no database. What is found is redacted, which lowers the risk and does
not make a text anonymous.
"""

# Raise it when what is found changes: texts read by an earlier version are read again.
VERSION = 2
