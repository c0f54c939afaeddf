"""Figures from the files in an output folder; nothing is computed here that the pipeline could have stored."""
