"""What every helpdesk's adapter must stand, tried on each by the same tests.

A vendor joins with one module in `servers/`: a `SERVER` (see `desk.Server`) that answers the
adapter's calls out of a `Desk`, in the vendor's own JSON. Pages, repeated rows, odd texts, broken
answers and failures are the suite's; the vendor only says how its API would put them.
"""
