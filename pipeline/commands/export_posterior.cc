#include "pipeline/commands/export_posterior.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/run_log.h"
#include "pipeline/exporting/inference_data.h"
#include "pipeline/exporting/posterior_tables.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/own_output.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

void write_netcdf(const posterior::Posterior& posterior, const std::string& input, const std::string& path,
                  base::RunLog& log) {
  const auto prior = exporting::prior_draws(posterior, input, posterior.n_samples());
  if (!prior) {
    log.warn("no_prior", "export: " + path +
                             " has no group prior: neither the configuration nor a data set beside " + input +
                             " says what the prior is");
  }
  base::AtomicFile output(path);
  exporting::write_inference_data(posterior, prior, output.temporary_path());
  output.commit();
}

/// Names of unknowns for the report's corner plot, as the stored configuration says.
std::vector<std::string> reported_corner(const posterior::Posterior& posterior, const std::string& path,
                                         base::RunLog& log) {
  try {
    return study::stored_study(posterior.text("configuration"), path).report.corner;
  } catch (const base::InputError& error) {  // of another version of the program
    log.warn("no_corner", std::string("export: report.corner is not known: ") + error.what());
    return {};
  }
}

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> formats = {"netcdf", "csv", "report"};
  return formats;
}

void export_posterior(const std::string& path, const std::vector<std::string>& formats,
                      const std::string& stem_or_none) {
  base::RunLog log("");  // none of its own: what it writes is no run
  const posterior::Posterior posterior(path);
  posterior.unknowns();  // of files that do not say what the columns are nothing can be made
  const std::string stem = stem_or_none.empty() ? fs::path(path).replace_extension().string() : stem_or_none;
  const auto asked = [&](const char* format) {
    return formats.empty() || std::find(formats.begin(), formats.end(), format) != formats.end();
  };
  const auto written = [](const std::string& file) { std::printf("export: %s\n", file.c_str()); };
  for (const char* ending : {".nc", "_samples.csv", "_summary.csv", "_report.html"})
    study::require_own_output(stem + ending, {path});
  if (asked("netcdf")) {
    write_netcdf(posterior, path, stem + ".nc", log);
    written(stem + ".nc");
  }
  if (asked("csv")) {
    exporting::write_samples_csv(posterior, stem + "_samples.csv");
    exporting::write_summary_csv(posterior, stem + "_summary.csv");
    written(stem + "_samples.csv, " + stem + "_summary.csv");
  }
  std::fflush(stdout);
  if (asked("report")) {
    std::vector<std::string> arguments{path, stem};
    for (const std::string& name : reported_corner(posterior, path, log))
      arguments.push_back("--unknown=" + name);
    base::run_script("posterior_report.py", arguments);
  }
}

}  // namespace scorefem::commands
