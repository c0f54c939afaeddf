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
  const std::string wanted = study::dataset_inputs(context.study);
  const std::string made_from = dataset.inputs();
  if (made_from != wanted) {
    throw base::InputError(path + ": made from another configuration (" +
                           study::first_difference(made_from, wanted) + "); run `scorefem " + command +
                           "` again");
  }
  return dataset;
}

}  // namespace scorefem::dataset
