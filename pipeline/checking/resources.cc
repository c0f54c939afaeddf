#include "pipeline/checking/resources.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "pipeline/base/available_memory.h"
#include "pipeline/base/external_program.h"

namespace scorefem::checking {
namespace {

namespace fs = std::filesystem;

struct Sizes {
  double unknowns;
  double observations;
  double train;
  double test;
};

Sizes sizes_of(const study::Study& study) {
  return {static_cast<double>(study.forward->unknowns().size()),
          static_cast<double>(study.forward->observations().size()), static_cast<double>(study.data.train),
          static_cast<double>(study.data.test)};
}

/// The four arrays of diffusion::Pairs, float64.
double bytes_of_pair(const Sizes& sizes) {
  return 8 * (sizes.unknowns + 3 * sizes.observations);
}

/// dataset.h5, its parts while they are joined, samples, and the model twice.
double bytes_on_disk(const study::Study& study, const Sizes& sizes, const Missing& missing) {
  const double stored = 8 * (sizes.unknowns + (study.data.has_masks() ? 3 : 2) * sizes.observations);
  double bytes = missing.dataset ? 2 * (sizes.train + sizes.test) * stored : 0;
  const double width = study.model.width;
  if (missing.model) bytes += 2 * 5 * 4 * width * (width * study.model.hidden_layers + 8 * sizes.unknowns);
  if (missing.model && study.training.window > 0) bytes += sizes.train * bytes_of_pair(sizes);
  if (missing.posterior) {
    bytes += 4 * static_cast<double>(study.sampling.measurements) *
             static_cast<double>(study.sampling.samples) * sizes.unknowns;
  }
  return bytes;
}

void check_disk(const study::Study& study, const Sizes& sizes, const Missing& missing, Findings& findings) {
  fs::path existing = fs::absolute(study.output);
  while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
  if (!fs::is_directory(existing))
    return findings.wrong("folder", existing.string() + " is not a folder; expected one for the results");
  if (::access(existing.c_str(), W_OK | X_OK) != 0)
    return findings.wrong("folder", study.output + ": cannot be written (" + existing.string() + ")");
  findings.good("folder", study.output + (fs::exists(study.output) ? "" : ", which will be made"));
  std::error_code error;
  const fs::space_info space = fs::space(existing, error);
  if (error) return;
  const double needed = bytes_on_disk(study, sizes, missing);
  const auto free = static_cast<double>(space.available);
  const std::string text =
      "about " + bytes_text(needed) + " will be written, " + bytes_text(free) + " are free";
  if (needed > free) return findings.wrong("disk", text);
  findings.good("disk", text);
}

void check_memory(const study::Study& study, const Sizes& sizes, const Missing& missing, Findings& findings) {
  constexpr double kLibraries = 0.5 * (1 << 30);
  const double available = base::available_memory();
  if (!missing.model) return findings.good("memory", bytes_text(available) + " available");
  const auto window = static_cast<double>(study.training.window);
  const double held = window > 0 ? window + study.training.validation_fraction * sizes.train : sizes.train;
  const double needed = kLibraries + held * bytes_of_pair(sizes) + 48 * sizes.train;  // orders of the rows
  const std::string text =
      "training needs about " + bytes_text(needed) + ", " + bytes_text(available) + " are available";
  if (needed > available) {
    return findings.wrong("memory", text +
                                        "; expected training.window, so that not all pairs are in memory, "
                                        "or fewer pairs");
  }
  findings.good("memory", text);
}

/// The report is the last that `run` makes: what it lacks should not be found after hours.
void check_report(Findings& findings) {
  try {
    base::run_script("report.py", {"--check"});
    findings.good("report", "Python has what figures and report need");
  } catch (const std::runtime_error& error) {
    findings.wrong("report", error.what());
  }
}

}  // namespace

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %s", bytes, kUnits[unit]);
  return text;
}

void check_resources(const study::Study& study, const Missing& missing, Findings& findings) {
  const Sizes sizes = sizes_of(study);
  check_disk(study, sizes, missing, findings);
  check_memory(study, sizes, missing, findings);
  check_report(findings);
}

}  // namespace scorefem::checking
