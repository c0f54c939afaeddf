#include "pipeline/problem/pairs/imported_pairs.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/problem/component_keys.h"
#include "pipeline/problem/layout_file.h"

namespace scorefem::problem {

using configuration::Section;

void ImportedPairs::describe(Section& s) {
  s.text("unknowns_array", unknowns_array_, "in HDF5 and NumPy files; CSV: columns NAME_1, NAME_2, ...");
  s.text("observations_array", observations_array_, "the same");
  s.text("mask_array", mask_array_, "1 where an observation is there, 0 where not; may be absent");
  s.choice("nan", nan_, {{NanMeaning::failed, "failed"}, {NanMeaning::missing, "missing"}},
           "failed: leave the pair out; missing: the observation is not there, learn from the others");
  describe_components(s, "unknowns", unknowns_, "absent: what the files say");
  describe_components(s, "observations", observations_, "absent: what the files say");
}

void ImportedPairs::adopt(const std::string& dataset) {
  if (!std::filesystem::exists(dataset)) return;
  const base::Hdf5File file = base::Hdf5File::open(dataset);
  if (!file.contains("/unknowns") || !file.contains("/train/unknowns")) return;  // not ours to judge here
  adopted_unknowns_ = read_layout(file, "/unknowns");
  adopted_observations_ = read_layout(file, "/observations");
  const auto rows = [&](const char* array) {
    const base::Hdf5File::Extents extents = file.extents(array);
    if (extents.empty())
      throw base::InputError(dataset + ": " + array +
                             " is missing, or no array; run `scorefem import` again");
    return static_cast<std::int64_t>(extents.front());
  };
  imported_ = ImportedSizes{
      rows("/train/unknowns"), rows("/test/unknowns"), file.contains("/train/mask"),
      file.has_attribute("/", "imported_contents") ? file.text_attribute("/", "imported_contents") : ""};
}

Layout ImportedPairs::resolved(const std::vector<Component>& listed, const std::optional<Layout>& adopted,
                               const char* what) {
  if (adopted) return *adopted;
  if (!listed.empty()) return Layout(listed);
  throw base::InputError(
      std::string("forward.") + what +
      " is not in the configuration, and there is no data set yet that says what the pairs "
      "are; run `scorefem import CONFIG --pairs FILE` first");
}

std::unique_ptr<ForwardModel> ImportedPairs::make(const solver::Vector& /*prior_mean*/) const {
  throw base::InputError(
      "forward.problem = pairs: the pairs were made by another program; expected a problem that can be "
      "simulated here");
}

}  // namespace scorefem::problem
