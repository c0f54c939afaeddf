#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "pipeline/base/hdf5_file.h"

namespace scorefem::study {

/// Versions of each result's numerics: raised when the same inputs give other numbers than before, so that
/// what an earlier version of the program made is made again. Results that name none are of version 1.
struct ResultVersion {
  static constexpr std::int64_t kDataset = 1;
  /// 2: unknowns between bounds in other coordinates; 3: observations by a curve, and held-out rows.
  static constexpr std::int64_t kModel = 3;
  static constexpr std::int64_t kPosterior = 3;
  static constexpr std::int64_t kReference = 1;
  /// 4: gates that cannot tell, the local test's worst rows.
  static constexpr std::int64_t kEvaluation = 4;
  static constexpr std::int64_t kDensities = 2;  //!< models, samples and references
};

/// What a result was made from. The one rule for all stages: a result is kept if it is whole, and its origin
/// is the one that it would have now (StageOutput).
struct Origin {
  std::string inputs;                           //!< the configuration that it depends on, as YAML
  std::int64_t version = 1;                     //!< ResultVersion of the program that made it
  std::map<std::string, std::string> contents;  //!< fingerprints of what it was computed from, by name

  /// As texts, to be stored beside the result: inputs, result_version and contents.
  std::map<std::string, std::string> texts() const;
  /// From stored texts. What earlier versions of the program wrote has `inputs` alone.
  static Origin from_texts(const std::map<std::string, std::string>& texts);
};

/// As text attributes of a file's root.
void write_origin(base::Hdf5File& file, const Origin& origin);
/// @throws InputError if the file does not even say its inputs
Origin read_origin(const base::Hdf5File& file);

/// Why a result of this origin is not the wanted one, for a person: "the configuration changed: samples: 20
/// -> samples: 21", "the data set changed"; empty if it is. Contents that are not known are not compared.
std::string difference(const Origin& made, const Origin& wanted);

}  // namespace scorefem::study
