#include "pipeline/commands/serve.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/serving/forward_function.h"
#include "pipeline/serving/posterior_function.h"
#include "pipeline/serving/sampler_function.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

std::optional<problem::Measurements> read_measurement(const std::string& path,
                                                      const problem::Layout& observations) {
  if (path.empty()) return std::nullopt;
  const auto rows = problem::Measurements::from_nan(
      base::read_csv(path, observations.names(), base::MissingValues::allowed));
  if (rows.rows() != 1)
    throw base::InputError(path + ": " + std::to_string(rows.rows()) + " measurements; expected one");
  return rows;
}

/// The study's noise. A level that is relative to the data needs the data set.
std::shared_ptr<const problem::Noise> noise_of(const study::StageContext& context) {
  const study::Study& study = context.study;
  if (fs::exists(context.paths.dataset))
    return dataset::resolve_noise(study, dataset::open_dataset(context.study, context.paths.dataset)).noise;
  auto noise = study.noise->make(study.forward->observations(), std::nan(""));
  if (std::isnan(noise->level())) {
    throw base::InputError(context.paths.dataset +
                           ": there is no data set, to which the noise's level is relative; run `scorefem "
                           "generate` first");
  }
  return noise;
}

/// A function of which the run lacks something is left out, with the reason.
template <class Make>
void add_if_possible(std::vector<std::unique_ptr<serving::ServedFunction>>& functions, const char* name,
                     base::RunLog& log, const Make& make) {
  try {
    functions.push_back(make());
  } catch (const base::InputError& error) {
    log.warn("not_served", std::string("serve: no model '") + name + "': " + error.what());
  }
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.compare(0, 4, "127.") == 0;
}

}  // namespace

void serve(const study::StageContext& context, const ServeOptions& options) {
  const study::Study& study = context.study;
  const std::optional<problem::Measurements> measurement =
      read_measurement(options.measurement, study.forward->observations());
  serving::Worker worker(options.patience);
  study::Study served = study;  // a server behind it that is away must not keep the others waiting
  served.forward->limit_patience(options.patience, 0);
  std::vector<std::unique_ptr<serving::ServedFunction>> functions;
  std::optional<serving::Simulator> simulator;
  std::optional<serving::Coordinates> coordinates;
  if (study.forward->simulates()) {
    simulator.emplace(served, worker);
    coordinates.emplace(simulator->prior());
    functions.push_back(std::make_unique<serving::ForwardFunction>(*simulator, *coordinates));
    add_if_possible(functions, "posterior", context.log, [&] {
      const auto noise = noise_of(context);
      if (!noise->has_likelihood()) throw base::InputError("the noise has no likelihood");
      return std::make_unique<serving::PosteriorFunction>(*simulator, *coordinates, noise, measurement);
    });
  }
  add_if_possible(functions, "sampler", context.log, [&] {
    return std::make_unique<serving::SamplerFunction>(
        study, training::open_model(study, context.paths.checkpoint), worker);
  });
  if (functions.empty())
    throw base::InputError(context.paths.directory +
                           ": nothing to serve: there is no simulator, and no trained model");
  const serving::Protocol protocol(std::move(functions));
  const serving::HttpServer server(options.http, protocol);
  if (!is_loopback(options.http.bind)) {
    context.log.warn("reachable",
                     "serve: whoever can reach " + options.http.bind + " can use it: there is no password");
  }
  for (const auto& function : protocol.functions())
    std::printf("%s: %s\n", function->name().c_str(), function->description().c_str());
  const bool v6 = options.http.bind.find(':') != std::string::npos;
  std::printf("serving at http://%s%s%s:%d (UM-Bridge 1.0); Ctrl-C ends it\n", v6 ? "[" : "",
              options.http.bind.c_str(), v6 ? "]" : "", server.port());
  std::fflush(stdout);
  worker.work_until([&] { return base::interrupt_requested() || !server.is_running(); });
  if (!base::interrupt_requested()) throw std::runtime_error("serve: the server stopped listening");
}

}  // namespace scorefem::commands
