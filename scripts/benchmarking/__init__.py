"""What the benchmark scripts share, and the peers that they measure beside ScoreFEM."""
