#pragma once

#include <string>
#include <vector>

#include "pipeline/importing/pair_survey.h"
#include "pipeline/study/stage.h"

namespace scorefem::importing {

/// What an import did.
struct ImportResult {
  dataset::SplitSizes rows;
  dataset::Layouts layouts;
  bool masked = false;                //!< whether observations are missing
  std::vector<std::string> warnings;  //!< for a person
};

/// Reads files of pairs, twice, and writes a data set but for what a configuration says of it (attributes
/// configuration and inputs).
/// @param pairs files, not empty
/// @param test files of the test part; empty: it is drawn from `pairs`
/// @throws base::InputError naming file, row and column of what cannot be used
ImportResult import_dataset(const study::Study& study, const std::vector<std::string>& pairs,
                            const std::vector<std::string>& test, base::Hdf5File& file, base::RunLog& log);

}  // namespace scorefem::importing
