"""The report of one run, a self-contained HTML file made of the output folder's files; and README.md's tables."""
