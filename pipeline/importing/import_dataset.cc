#include "pipeline/importing/import_dataset.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/utf8_json.h"
#include "pipeline/importing/pair_writer.h"
#include "pipeline/importing/test_rows.h"

namespace scorefem::importing {
namespace {

/// Why columns are not those that are wanted: how many there are, or the first with another name.
std::string difference(const problem::Layout& found, const problem::Layout& wanted, const char* kind) {
  if (found.size() != wanted.size())
    return std::to_string(found.size()) + " " + kind + "s; expected " + std::to_string(wanted.size());
  for (Eigen::Index i = 0; i < found.size(); ++i)
    if (found[i].name != wanted[i].name)
      return kind + (" " + std::to_string(i + 1)) + " is '" + found[i].name + "'; expected '" +
             wanted[i].name + "'";
  return "";
}

std::string difference(const dataset::Layouts& found, const dataset::Layouts& wanted) {
  const std::string of_unknowns = difference(found.unknowns, wanted.unknowns, "unknown");
  return of_unknowns.empty() ? difference(found.observations, wanted.observations, "observation")
                             : of_unknowns;
}

using dataset::Split;
using problem::ImportedPairs;

/// One part's files.
struct Part {
  std::vector<std::string> paths;
  PairSurvey survey;
  std::vector<std::int64_t> rows;  // of each file
};

class Import {
 public:
  Import(const study::Study& study, base::RunLog& log)
      : study_(study), pairs_(*study.forward->pairs()), log_(log) {}

  ImportResult run(const std::vector<std::string>& train, const std::vector<std::string>& test,
                   base::Hdf5File& file) {
    look(train, "training", parts_.emplace_back());
    if (!test.empty()) look(test, "test", parts_.emplace_back());
    const std::unordered_set<std::int64_t> drawn =
        test.empty() ? draw_test_rows(parts_[0].survey.used, study_.data.test_share, study_.seed)
                     : std::unordered_set<std::int64_t>();
    const auto n_drawn = static_cast<Eigen::Index>(drawn.size());
    result_.rows = {{parts_[0].survey.used - n_drawn, test.empty() ? n_drawn : parts_[1].survey.used}};
    if (result_.rows[Split::train] < 2)
      throw base::InputError(train[0] + ": " + std::to_string(result_.rows[Split::train]) +
                             " pairs to train with; expected at least 2");
    write(drawn, file);
    write_sources(file);
    return std::move(result_);
  }

 private:
  PairStream reader(const Part& part) const {
    PairNames names{pairs_.unknowns_array(), pairs_.observations_array(), pairs_.mask_array(), {}, {}};
    for (const problem::Component& component : pairs_.listed_unknowns())
      names.listed_unknowns.push_back(component.name);
    for (const problem::Component& component : pairs_.listed_observations())
      names.listed_observations.push_back(component.name);
    return {part.paths, names};
  }

  RowChecks checks() const { return {result_.layouts, pairs_.nan()}; }

  /// The first pass over a part's files.
  void look(const std::vector<std::string>& paths, const char* what, Part& part) {
    part.paths = paths;
    PairStream rows = reader(part);
    const dataset::Layouts layouts =
        imported_layouts(pairs_, rows.n_unknowns(), rows.n_observations(), rows.unknown_names(),
                         rows.observation_names(), paths[0]);
    if (result_.layouts.unknowns.size() == 0) {
      result_.layouts = layouts;
    } else if (!difference(layouts, result_.layouts).empty()) {
      throw base::InputError(paths[0] + ": its columns are not those of " + parts_[0].paths[0] + ": " +
                             difference(layouts, result_.layouts));
    }
    base::Progress progress(log_, std::string("read ") + what + " pairs", "%");
    part.survey = survey(rows, checks(), [&](double share) {
      base::stop_if_interrupted("nothing: the import begins anew");
      progress.update(std::lround(100 * share), 100);
    });
    part.rows = rows.rows();
    require_usable(part.survey, result_.layouts, rows, study_.data.allow_failed, parts_.size() == 1,
                   pairs_.nan());
    if (part.survey.left_out > 0)
      result_.warnings.push_back(left_out_text(part.survey, result_.layouts, rows));
    for (const std::string& text : suspicions(part.survey, result_.layouts, rows))
      result_.warnings.push_back(text);
    left_out_.push_back(left_out_json(part.survey, result_.layouts, rows));
    result_.masked = result_.masked || part.survey.has_missing();
  }

  /// The second pass.
  void write(const std::unordered_set<std::int64_t>& drawn, base::Hdf5File& file) {
    dataset::DatasetShape shape;
    shape.rows = result_.rows;
    shape.n_unknowns = result_.layouts.unknowns.size();
    shape.n_observations = result_.layouts.observations.size();
    shape.has_noise = false;  // drawn when it is needed, and not for simulators with randomness of their own
    shape.has_mask = result_.masked;
    solver::Vector fill(shape.n_observations);
    for (Eigen::Index j = 0; j < fill.size(); ++j)
      fill(j) = parts_[0].survey.observations[static_cast<std::size_t>(j)].mean;
    PairWriter writer(file, shape, fill);
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      PairStream rows = reader(parts_[p]);
      base::Progress progress(log_, "write pairs", "%");
      writer.copy(
          rows, checks(),
          [&](std::int64_t row) { return p == 1 || drawn.count(row) > 0 ? Split::test : Split::train; },
          [&](double share) { progress.update(std::lround(100 * share), 100); });
      if (rows.rows() != parts_[p].rows)
        throw base::InputError(parts_[p].paths[0] + ": changed while it was read");
    }
    if (!drawn.empty())
      require_learnable(writer.training(), result_.layouts,
                        parts_[0].paths[0] + ": without the rows that were drawn for the test part");
    dataset::write_layouts(file, result_.layouts.unknowns, result_.layouts.observations);
    const WrittenPairs written = inspect(file);
    file.set_attribute("/", "imported_contents", written.contents);
    if (written.duplicates == 0) return;
    result_.warnings.push_back(
        std::to_string(written.duplicates) +
        " training pairs stand in the test part too (the first: training pair " +
        std::to_string(written.first_train) + " and test pair " + std::to_string(written.first_test) +
        " of dataset.h5): what is measured on them says too little of new measurements");
  }

  void write_sources(base::Hdf5File& file) const {
    std::vector<std::string> paths, fingerprints;
    std::vector<std::pair<Split, std::int64_t>> rows;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      for (std::size_t i = 0; i < parts_[p].paths.size(); ++i) {
        paths.push_back(parts_[p].paths[i]);
        fingerprints.push_back(source_fingerprint(parts_[p].paths[i]));
        rows.emplace_back(p == 0 ? Split::train : Split::test, parts_[p].rows[i]);
      }
    }
    file.create_group("/sources");
    file.write_texts("/sources/path", paths);
    file.write_texts("/sources/fingerprint", fingerprints);
    solver::Matrix table(static_cast<Eigen::Index>(rows.size()), 2);
    for (std::size_t i = 0; i < rows.size(); ++i)
      table.row(static_cast<Eigen::Index>(i)) << static_cast<double>(rows[i].first),
          static_cast<double>(rows[i].second);
    file.write_matrix("/sources/rows", table);
    for (std::size_t p = 0; p < left_out_.size(); ++p) {
      if (left_out_[p].is_null()) continue;
      file.set_attribute("/", p == 0 ? "left_out" : "left_out_test", base::utf8_json(left_out_[p]));
    }
  }

  /// A folder's is that of the files that were read.
  std::string source_fingerprint(const std::string& path) const {
    namespace fs = std::filesystem;
    if (!fs::is_directory(path)) return base::file_fingerprint(path, "a file of pairs");
    std::string all;
    for (const std::string& array :
         {pairs_.unknowns_array(), pairs_.observations_array(), pairs_.mask_array()}) {
      const std::string file = path + "/" + array + ".npy";
      if (fs::exists(file)) all += (all.empty() ? "" : "; ") + base::file_fingerprint(file, "an array");
    }
    return all;
  }

  const study::Study& study_;
  const ImportedPairs& pairs_;
  base::RunLog& log_;
  std::vector<Part> parts_;
  std::vector<nlohmann::json> left_out_;
  ImportResult result_;
};

}  // namespace

ImportResult import_dataset(const study::Study& study, const std::vector<std::string>& pairs,
                            const std::vector<std::string>& test, base::Hdf5File& file, base::RunLog& log) {
  return Import(study, log).run(pairs, test, file);
}

}  // namespace scorefem::importing
