#include "pipeline/dataset/open_dataset.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/study/load_study.h"

namespace scorefem::dataset {

Dataset open_dataset(const study::StageContext& context) {
  const std::string& path = context.paths.dataset;
  const std::string command = context.study.forward->simulates() ? "generate" : "import";
  if (!std::filesystem::exists(path))
    throw base::InputError(path + ": there is no data set; run `scorefem " + command + "` first");
  Dataset dataset(path);
  const std::string reason = study::difference(dataset.origin(), dataset_origin(context.study));
  if (!reason.empty()) {
    throw base::InputError(path + ": is not that of this study, " + reason + "; run `scorefem " + command +
                           "` again");
  }
  return dataset;
}

}  // namespace scorefem::dataset
