#include "pipeline/commands/run.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "pipeline/base/atomic_file.h"
#include "pipeline/commands/evaluate.h"
#include "pipeline/commands/reference.h"
#include "pipeline/commands/sample.h"
#include "pipeline/commands/train.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/report/summary.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {
namespace {

/// Whether the posterior has a density that can be evaluated: a known prior, model and noise.
bool has_exact_posterior(const study::StageContext& context) {
  const study::Study& study = context.study;
  if (!study.forward->simulates() || !study::make_prior(study)) return false;
  return dataset::resolve_noise(study, dataset::open_dataset(context.study, context.paths.dataset))
      .noise->has_likelihood();
}

/// As a shell reads it as one word: in quotes where it must be.
std::string shell_word(const std::string& text) {
  const char* const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:,@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void make_references(const study::StageContext& context) {
  const std::int64_t wanted =
      std::min<std::int64_t>(context.study.reference.run, context.study.sampling.measurements);
  if (wanted == 0 || !has_exact_posterior(context)) return;
  study::Study study = context.study;
  study.reference.measurements = wanted;
  reference({study, context.paths, context.log, context.redo});
}

}  // namespace

bool run_stages(const study::StageContext& context, const std::string& config,
                const std::vector<std::string>& overrides) {
  train(context);
  sample(context);
  make_references(context);
  const bool calibrated = evaluate(context);
  const nlohmann::json summary =
      nlohmann::json::parse(base::read_text_file(context.paths.summary, "a summary of an evaluation"));
  std::printf("%s\n", report::closing_words(summary).c_str());
  std::string settings;  // with others the model would not be that of the configuration
  for (const std::string& each : overrides) settings += " --set " + shell_word(each);
  std::printf(
      "Next, a measurement of your own (%ld values in a row of MEASURED.csv):\n"
      "  scorefem infer %s --run %s --measurement MEASURED.csv --output posterior.h5%s\n",
      static_cast<long>(context.study.forward->observations().size()), shell_word(config).c_str(),
      shell_word(context.paths.directory).c_str(), settings.c_str());
  return calibrated;
}

}  // namespace scorefem::commands
