#include "pipeline/study/stage.h"

#include <sstream>

namespace scorefem::study {

OutputPaths::OutputPaths(const std::string& folder)
    : directory(folder),
      dataset(folder + "/dataset.h5"),
      shards(folder + "/shards"),
      checkpoint(folder + "/model.pt"),
      partial_checkpoint(folder + "/model.partial.pt"),
      training_history(folder + "/training.csv"),
      posterior(folder + "/posterior.h5"),
      partial_posterior(folder + "/posterior.partial.h5"),
      gaussian_posterior(folder + "/gaussian_posterior.h5"),
      reference(folder + "/reference.h5"),
      reference_parts(folder + "/reference.parts"),
      metrics(folder + "/metrics.csv"),
      by_sensors(folder + "/by_sensors.csv"),
      coverage(folder + "/coverage.csv"),
      calibration(folder + "/calibration.csv"),
      local_calibration(folder + "/local_calibration.csv"),
      summary(folder + "/summary.json"),
      report(folder + "/report.html"),
      log(folder + "/" + base::kRunLogName),
      lock(folder + "/run.lock"),
      redo(folder + "/redo.json") {}

std::vector<std::string> OutputPaths::files() const {
  return {dataset,
          checkpoint,
          partial_checkpoint,
          training_history,
          posterior,
          partial_posterior,
          gaussian_posterior,
          reference,
          metrics,
          by_sensors,
          coverage,
          calibration,
          local_calibration,
          summary,
          report,
          lock,
          redo};
}

std::string first_difference(const std::string& before, const std::string& after) {
  std::istringstream old_lines(before);
  std::istringstream new_lines(after);
  std::string old_line;
  std::string new_line;
  const auto trimmed = [](const std::string& line) {
    const std::size_t first = line.find_first_not_of(' ');
    return first == std::string::npos ? std::string("(nothing)") : line.substr(first);
  };
  while (true) {
    const bool has_old = static_cast<bool>(std::getline(old_lines, old_line));
    const bool has_new = static_cast<bool>(std::getline(new_lines, new_line));
    if (!has_old && !has_new) return "";
    if (!has_old) old_line.clear();
    if (!has_new) new_line.clear();
    if (old_line != new_line) return trimmed(old_line) + " -> " + trimmed(new_line);
  }
}

}  // namespace scorefem::study
