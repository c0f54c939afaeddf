#pragma once

#include <string>

#include "pipeline/serving/http_server.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {

struct ServeOptions {
  serving::HttpOptions http;
  std::string measurement;  //!< CSV with one row, for the log-posterior; empty: each request brings its own
  double patience = 600;    //!< s that a request waits for its turn
};

/// Serves the study's functions by the UM-Bridge protocol until a signal comes: `forward`; `posterior` if the
/// noise has a likelihood and its level is known; `sampler` if the run's folder holds a trained network.
/// @throws InputError for a measurement or an address that cannot be used
void serve(const study::StageContext& context, const ServeOptions& options);

}  // namespace scorefem::commands
