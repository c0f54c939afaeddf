"""Modules of scripts/certificate_study.py, one idea each."""
