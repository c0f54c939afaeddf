#include "pipeline/dataset/open_dataset.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/study/load_study.h"

namespace scorefem::dataset {

Dataset open_dataset(const study::Study& study, const std::string& path) {
  const std::string command = study.forward->simulates() ? "generate" : "import";
  if (!std::filesystem::exists(path))
    throw base::InputError(path + ": there is no data set; run `scorefem " + command + "` first");
  Dataset dataset(path);
  const std::string reason = study::difference(dataset.origin(), dataset_origin(study));
  if (!reason.empty()) {
    throw base::InputError(path + ": is not that of this study, " + reason + "; run `scorefem " + command +
                           "` again");
  }
  return dataset;
}

}  // namespace scorefem::dataset
