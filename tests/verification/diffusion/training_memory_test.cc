// Training holds the pairs that it is given, and no second copy of them.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/training/training.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

/// A line of /proc/self/status, in bytes.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return 1024.0 * std::stod(line.substr(name.size() + 1));
  return 0.0;
}

bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

class TrainingMemory : public scorefem::test::TemporaryFolder {};

TEST_F(TrainingMemory, IsThatOfThePairsAndAsMuchAgainAtMost) {
  constexpr std::int64_t kPairs = 500000, kColumns = 10;
  Pairs pairs;
  pairs.inferred = normal_tensor({1, Stream::user}, 0, kPairs, kColumns, torch::kFloat64);
  pairs.noise = normal_tensor({2, Stream::user}, 0, kPairs, kColumns, torch::kFloat64);
  pairs.measured = pairs.inferred + 0.1 * pairs.noise;
  pairs.mask = torch::ones({kPairs, kColumns}, torch::kFloat64);
  const double size = 4.0 * static_cast<double>(pairs.inferred.nbytes());  // 160 MB
  TrainingOptions options;
  options.epochs = 1;
  options.batch_size = 20000;
  options.noise = {0.1, 0.1};
  options.threads = 1;
  for (const Network network : {Network::mlp, Network::gaussian_residual}) {
    ModelOptions model;
    model.network = network;
    model.width = 8;
    model.hidden_layers = 1;
    if (!reset_peak()) GTEST_SKIP() << "the kernel does not reset the peak of the resident memory";
    const double before = status_bytes("VmRSS");
    train(pairs, {}, model, options, path(std::to_string(static_cast<int>(network)) + ".pt"));
    // While moments are taken, a block of pairs; 40 MB for batches and libraries. It was twice the pairs.
    EXPECT_LT(status_bytes("VmHWM") - before, size + 4e7) << static_cast<int>(network);
  }
}

}  // namespace
