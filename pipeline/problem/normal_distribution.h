#pragma once

namespace scorefem::problem {

/// P(Z <= v) of a standard normal number.
double normal_cdf(double v);
/// P(from <= Z <= to), also far from 0.
double normal_mass(double from, double to);
/// v with P(Z <= v) = below, P(Z > v) = above; the smaller of the two decides, so that both tails are exact
/// to rounding. +-infinity for 0.
double normal_quantile(double below, double above);
/// Truncated to [from, to]: its value for the share Phi(v), and v of a value z.
double truncated_normal_quantile(double v, double from, double to);
double truncated_normal_number(double z, double from, double to);

}  // namespace scorefem::problem
