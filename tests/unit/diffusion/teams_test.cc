// A team of threads that is smaller than asked for computes the same, whatever the BLAS, and nothing waits
// for threads that are not there; what its threads throw is thrown.
#include "diffusion/numerics/team.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/temporary_folder.h"

namespace {

struct Blas {
  const char* name;
  const char* folder;  //!< of Debian's alternatives, within the library folder
};

/// Where a BLAS is: installed, or unpacked by scripts/unpack_packages.sh, so that it is no other program's.
/// Empty if it is nowhere.
std::string library_folder(const Blas& blas) {
  for (const char* folder : {SCOREFEM_LIBRARIES, SCOREFEM_UNPACKED}) {
    const std::string path = std::string(folder) + "/" + blas.folder;
    if (std::filesystem::exists(path + "/libblas.so.3")) return path;
  }
  return "";
}

class Teams : public scorefem::test::TemporaryFolder, public testing::WithParamInterface<Blas> {
 protected:
  /// What team_run prints with two threads; "status N" if it fails or takes a minute.
  std::string run(const std::string& environment) const {
    const std::string command = "env -u OMP_DYNAMIC -u OMP_THREAD_LIMIT -u OMP_NUM_THREADS LD_LIBRARY_PATH=" +
                                library_folder(GetParam()) + ":$LD_LIBRARY_PATH " + environment +
                                " timeout -k 1 60 " + SCOREFEM_TEAM_RUN + " " + path("model.pt") + " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string output;
    std::array<char, 256> part{};
    while (std::fgets(part.data(), part.size(), pipe)) output += part.data();
    const int status = ::pclose(pipe);
    return status == 0 ? output : output + "status " + std::to_string(status);
  }
};

INSTANTIATE_TEST_SUITE_P(Blas, Teams,
                         testing::Values(Blas{"plain", "blas"}, Blas{"openblas_openmp", "openblas-openmp"},
                                         Blas{"openblas_pthread", "openblas-pthread"},
                                         Blas{"blis_openmp", "blis-openmp"}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_P(Teams, ComputeTheSameWhenTheyAreSmallerThanAskedFor) {
  if (library_folder(GetParam()).empty()) {
    // Continuous integration has what scripts/test.sh gets.
    ASSERT_EQ(std::getenv("CI"), nullptr) << "no " << GetParam().folder << " in " << SCOREFEM_UNPACKED;
    GTEST_SKIP() << GetParam().folder << " is neither installed nor in " << SCOREFEM_UNPACKED;
  }
  const std::string expected = run("");
  ASSERT_NE(expected.find(std::string("/") + GetParam().folder + "/libblas.so"), std::string::npos)
      << expected;
  for (const char* environment :
       {"OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true", "OMP_DYNAMIC=true OMP_THREAD_LIMIT=1"})
    EXPECT_EQ(run(environment), expected) << environment;
}

TEST(Team, ThrowsWhatTheFirstOfThePiecesThrewAfterAllHaveEnded) {
  using scorefem::diffusion::for_each_index;
  using scorefem::diffusion::for_each_piece;
  for (const int n_threads : {1, 2, 5}) {
    std::vector<int> done(40, 0);
    try {
      for_each_index(40, n_threads, [&](std::int64_t i) {
        done[static_cast<std::size_t>(i)] = 1;
        if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
    EXPECT_EQ(done, std::vector<int>(40, 1));
    EXPECT_THROW(for_each_piece(n_threads, [](int) { throw std::bad_alloc(); }), std::bad_alloc);
  }
}

}  // namespace
