#include "pipeline/base/interrupt.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "diffusion/network/mlp.h"
#include "pipeline/base/program_tree.h"

namespace scorefem {
namespace {

/// Whether a signal would interrupt the calling thread.
bool blocked(int signal) {
  sigset_t set;
  pthread_sigmask(SIG_BLOCK, nullptr, &set);
  return sigismember(&set, signal) == 1;
}

TEST(Interrupts, SignalsAreHandledOnAThreadOfTheirOwn) {
  base::catch_interrupts(base::OnSignal::save_together);
  base::catch_interrupts(base::OnSignal::save_together);  // as after MPI has started
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    EXPECT_TRUE(blocked(signal));
    bool in_a_new_thread = false;
    std::thread([&] { in_a_new_thread = blocked(signal); }).join();
    EXPECT_TRUE(in_a_new_thread);
  }
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!base::interrupt_requested() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(base::interrupt_requested());
}

/// What a program comes to, run by a process of its own: no other test's signal is in its way.
void expect_status(const std::vector<std::string>& command, int status) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(std::_Exit(base::run_program_tree(command)), testing::ExitedWithCode(status), "");
}

TEST(ProgramTreeDeathTest, ProgramsGetTheSignalsThatAreBlockedHere) {
  expect_status({"sh", "-c", "kill -TERM $$; exit 3"}, 128 + SIGTERM);
  expect_status({"sh", "-c", "exit 3"}, 3);
  expect_status({"no-such-program-of-scorefem"}, 127);
}

// A handler's frame on a training thread's stack went into the matrices of oneDNN: "corrupted
// size vs. prev_size".
TEST(Interrupts, SignalsDuringTrainingLeaveTheMemoryAlone) {
  base::catch_interrupts(base::OnSignal::save_together);
  diffusion::ModelOptions options;
  options.width = 256;
  options.hidden_layers = 4;
  const diffusion::Mlp mlp(100, 30, options);
  const torch::Tensor parameters =
      mlp.initial_parameters({1, diffusion::Stream::network}).requires_grad_(true);
  const torch::Tensor input = torch::ones({200, 100});
  const auto gradient = [&] {
    return torch::autograd::grad({mlp(parameters, input).square().mean()}, {parameters})[0];
  };
  const torch::Tensor undisturbed = gradient();
  std::atomic<bool> done{false};
  std::thread sender([&] {
    while (!done) {
      kill(getpid(), SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  bool same = true;
  for (int i = 0; i < 100; ++i) same &= torch::equal(gradient(), undisturbed);
  done = true;
  sender.join();
  EXPECT_TRUE(same);
}

}  // namespace
}  // namespace scorefem
