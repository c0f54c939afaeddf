#include "pipeline/commands/import_pairs.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/noise_unit.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/importing/import_dataset.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/origin.h"

namespace scorefem::commands {
namespace {

/// What the configuration says, with what the pairs themselves do.
void write_attributes(const study::Study& study, double seconds, base::Hdf5File& file) {
  for (const auto& [name, value] : base::provenance(study::resolved_configuration(study)))
    file.set_attribute("/", name, value);
  study::write_origin(file, dataset::dataset_origin(study));
  file.set_attribute("/", "seconds", seconds);
}

/// That the network will have learnt what to do without the observations that test measurements lack.
void require_learnt_masks(const study::Study& study, const std::string& path, const std::string& name) {
  constexpr Eigen::Index kRows = 4096;
  const dataset::Dataset dataset(path);
  const dataset::ObservationEncoding encoding = dataset::observation_encoding(study, dataset);
  const Eigen::Index n_test = dataset.shape().rows[dataset::Split::test];
  for (Eigen::Index first = 0; first < n_test && dataset.shape().has_mask; first += kRows) {
    const dataset::SampleBlock block =
        dataset.read(dataset::Split::test, first, std::min(kRows, n_test - first));
    encoding.require_known({block.observations, block.mask.array() > 0}, dataset.observations(),
                           name + ", test part from row " + std::to_string(first));
  }
}

/// Files that are read twice, and stay what they are.
void require_files(const std::vector<std::string>& paths, const std::string& dataset) {
  namespace fs = std::filesystem;
  std::error_code none;
  for (const std::string& path : paths) {
    if (!fs::exists(path, none)) continue;  // the reader says so
    if (!fs::is_regular_file(path, none) && !fs::is_directory(path, none))
      throw base::InputError(path + ": a pipe or a device, which cannot be read twice; expected a file");
    if (fs::exists(dataset, none) && fs::equivalent(path, dataset, none))
      throw base::InputError(path + ": would be replaced by what is made of it; expected another --output");
  }
}

}  // namespace

void import_pairs(const study::StageContext& context, const std::vector<std::string>& pairs,
                  const std::vector<std::string>& test) {
  require_files(pairs, context.paths.dataset);
  require_files(test, context.paths.dataset);
  const base::Stopwatch stopwatch;
  study::Study study = context.study;
  base::AtomicFile output(context.paths.dataset);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  file.set_attribute("/", "type", std::string("scorefem dataset"));
  file.set_attribute("/", "format_version", dataset::kDatasetFormatVersion);
  const importing::ImportResult result = importing::import_dataset(study, pairs, test, file, context.log);
  file.set_attribute("/", "seed", static_cast<std::int64_t>(study.seed));
  file.set_attribute("/", "failed_samples", std::int64_t{0});
  file.close();
  // As the commands behind this one will see the study.
  study.forward->adopt(output.temporary_path());
  file = base::Hdf5File::open(output.temporary_path(), base::Hdf5File::Access::write);
  write_attributes(study, stopwatch.seconds(), file);
  file.close();
  require_learnt_masks(study, output.temporary_path(), context.paths.dataset);
  dataset::store_noise_unit(output.temporary_path());
  output.commit();
  for (const std::string& warning : result.warnings) context.log.warn("import", "import: " + warning);
  context.log.info("imported",
                   "import: " + context.paths.dataset + " written, " +
                       std::to_string(result.rows[dataset::Split::train]) + " + " +
                       std::to_string(result.rows[dataset::Split::test]) + " pairs of " +
                       std::to_string(result.layouts.unknowns.size()) + " unknowns and " +
                       std::to_string(result.layouts.observations.size()) + " observations" +
                       (result.masked ? ", some of them missing" : "") + ", in " +
                       base::duration_text(stopwatch.seconds()),
                   {{"seconds", stopwatch.seconds()},
                    {"train", result.rows[dataset::Split::train]},
                    {"test", result.rows[dataset::Split::test]}});
}

}  // namespace scorefem::commands
