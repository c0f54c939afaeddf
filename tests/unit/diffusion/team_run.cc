// Trains two small models on two threads and draws samples: prints what teams_test.cc compares between
// environments, and the BLAS that was loaded.
#include <torch/types.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint_file.h"
#include "diffusion/training/training.h"
#include "gaussian_pairs.h"

using namespace scorefem::diffusion;  // NOLINT: one program
using scorefem::diffusion::test::GaussianPairs;

namespace {

std::string loaded_blas() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("libblas.so") != std::string::npos) return line.substr(line.find('/'));
  return "none";
}

/// FNV-1a of a float32 tensor's bytes.
unsigned long long hash(const torch::Tensor& values) {
  const torch::Tensor dense = values.contiguous();
  const auto* bytes = static_cast<const unsigned char*>(dense.data_ptr());
  std::uint64_t result = 14695981039346656037U;
  for (std::size_t i = 0; i < dense.nbytes(); ++i) result = (result ^ bytes[i]) * 1099511628211U;
  return result;
}

void run(Network network, const std::string& path) {
  ModelOptions options;
  options.network = network;
  options.width = 32;
  TrainingOptions training;
  training.epochs = 1;
  training.batch_size = 1000;
  training.noise = {0.3, 0.3};
  training.threads = 2;
  std::filesystem::remove(path);
  train(GaussianPairs().draw(20000), {}, options, training, path);
  const CheckpointContent content = read_checkpoint(path);
  const auto model = load_model(path);
  SamplerOptions sampler;
  sampler.method = Method::angle_rk3;
  sampler.steps = 3;
  sampler.threads = 2;
  const Pairs pairs = GaussianPairs().draw(3, 7);
  const Measurements measurements{pairs.measured, torch::ones({3, 3}, torch::kFloat64),
                                  torch::full({3}, 0.3, torch::kFloat64)};
  torch::Tensor samples = torch::empty({3, 1000, 2}, torch::kFloat32);
  sample_posterior(*model, measurements, 1000, sampler, 5, 0,
                   [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                     samples.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                   });
  std::printf("%016llx %016llx\n", hash(content.state.parameters), hash(samples));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const Network network : {Network::mlp, Network::gaussian_residual}) run(network, argv[1]);
  std::printf("%s\n", loaded_blas().c_str());
  return 0;
}
