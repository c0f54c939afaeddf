"""The sentences of table.md."""

from .measures import FEWEST, LARGEST_Z, SURE, TOLERANCE

INTRODUCTION = """
The first test measurements of each study at each noise level, answered by `infer`, `--correct` and `--reference`. Networks: `default`,
of the study's configuration; `tenth`, trained for a tenth of its epochs; `paper`, the paper's network, one for each level, after a
short training{steps}: it learns unknowns that are clipped already, so that a part of them stands exactly at the bound, where there is
no density to weight by, and it cannot be corrected. A row for each measurement: the CSV files."""

LEARNT = """
n: measurements whose exact chains converged, of all; the others count nowhere. Medians over them. Error: of the posterior mean over the
mean unknown, on average; distance: largest difference of a mean from the exact one, in exact sds, and what a perfect answer of as many
draws would show by chance; sd: over the exact one; C2ST: classifier on values and products, 0.5 is perfect, mean and standard error;
s: seconds of the batch over its size, learnt draws included, on one core that other work may have shared: no benchmark."""

CORRECTED = """
Those that k-hat lets trust, and the learnt ones for the same measurements. By chance: a perfect answer with these weights. The C2ST
resamples the draws by their weights; by chance: the same classifier on the same draws in a random order, as many of them repeated."""

TRUST = f"""
Beyond: trusted measurements with a mean, or an sd, more than {LARGEST_Z} standard errors from the exact one in some unknown; errors of
weighted means, sum w^2 (x - mean)^2, and of the chains, by their effective draws. Judged are unknowns with {FEWEST} effective draws off
their bound. Right weights of draws that cover the posterior are beyond in at most 1 of 100 measurements (simulated); of draws that are
too narrow more often, in sds above all, as errors are then stated too small. At most: upper limit of the share, 95 % (Clopper and
Pearson). z^2: its mean over measurements and unknowns, 1 for a perfect answer with as many draws, somewhat more if they are few.
Noticed: the least difference of a mean that is beyond, in exact sds (median). Surely off: a mean farther than {TOLERANCE} exact sds even
after {SURE} standard errors are taken off. Learnt: the same test on the learnt answers to the same measurements, which are known to be
inexact: how much it can find."""

WRONG_INPUTS = """
How many of them are noticed, at all and before sampling, and the share that each check notices (p-value at the median; a dash where the
sampler could not answer such values, which then end the program: there the first {one_by_one} are asked one by one). Nominal levels of
the checks for right ones: 1, 2 and at most 1 of 1,000. The channel is symmetric: with its rows of sensors swapped a measurement is that
of swapped walls. With masks, rows that a change leaves right are left out."""
