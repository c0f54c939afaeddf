#pragma once

#include <string>
#include <vector>

#include "pipeline/densities/density_study.h"

namespace scorefem::densities {

/// One entry of Table 2 of the paper.
struct DensityScore {
  ProcessKind process;
  SamplerKind sampler;
  Density density;
  std::vector<std::vector<double>> cost;  //!< [n_trainings][n_conditioning] transport cost to the reference
  std::vector<double> floor;              //!< [n_conditioning] between two independent references

  /// Average over the conditioning values, as in the paper, for each training.
  std::vector<double> averages() const;
  double mean() const;         //!< over the trainings
  double spread() const;       //!< standard deviation over the trainings, unbiased; NaN for a single one
  double mean_floor() const;   //!< average over the conditioning values
  double paper_value() const;  //!< the entry of the paper's table
};

/// Writes OUTPUT/table2.csv, and OUTPUT/table2.json with every cost, the provenance and the configuration.
void write_density_table(const DensityStudy& study, const std::vector<DensityScore>& scores);

/// Prints the table for a person.
void print_density_table(const std::vector<DensityScore>& scores);

}  // namespace scorefem::densities
