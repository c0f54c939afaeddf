// What control groups leave, and the lock of a folder.
#include "pipeline/base/cores.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "pipeline/base/available_memory.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/folder_lock.h"

namespace {
/// What flock() fails with, as on a file system without locks; 0: it does what it should.
int flock_error = 0;
}  // namespace

/// In the place of the C library's.
extern "C" int flock(int file, int operation) noexcept {
  if (flock_error == 0) return static_cast<int>(::syscall(SYS_flock, file, operation));
  errno = flock_error;
  return -1;
}

namespace scorefem {
namespace {

namespace fs = std::filesystem;

class Cores : public testing::Test {
 protected:
  Cores() : folder_(fs::temp_directory_path() / ("scorefem-cores-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Cores() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  double quota(const std::string& membership) const {
    return base::cpu_quota(base::control_groups(folder_.string(), membership, "cpu")).value_or(-1);
  }

  fs::path folder_;
};

TEST_F(Cores, QuotaOfVersion2IsTheLeastOfAllGroupsAbove) {
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), -1);
  write("a/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 2.5);
  write("a/b/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 2.5);
  write("a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(quota("0::/a/b\n"), 0.5);
}

TEST_F(Cores, QuotaOfAContainerThatSeesItsOwnGroupOnly) {
  write("cpu.max", "200000 100000\n");
  EXPECT_EQ(quota("0::/\n"), 2);
  EXPECT_EQ(quota("0::/docker/0123\n"), 2);  // the path outside
}

TEST_F(Cores, QuotaOfVersion1) {
  write("cpu,cpuacct/job/cpu.cfs_quota_us", "300000\n");
  write("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  const std::string membership = "5:memory:/job\n4:cpu,cpuacct:/job\n0::/\n";
  EXPECT_EQ(quota(membership), 3);
  write("cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(quota(membership), -1);
}

TEST_F(Cores, MemoryIsWhatTheTightestGroupLeaves) {
  const auto left = [this](const std::string& membership) {
    return base::memory_left(base::control_groups(folder_.string(), membership, "memory")).value_or(-1);
  };
  write("a/b/memory.max", "max\n");
  write("a/b/memory.current", "500\n");
  EXPECT_EQ(left("0::/a/b\n"), -1);
  write("a/memory.max", "2000\n");
  write("a/memory.current", "1500\n");
  write("a/memory.stat", "anon 1200\nfile 300\n");
  EXPECT_EQ(left("0::/a/b\n"), 800);
  write("a/b/memory.max", "600\n");
  EXPECT_EQ(left("0::/a/b\n"), 100);
  write("memory/job/memory.limit_in_bytes", "3000\n");
  write("memory/job/memory.usage_in_bytes", "2990\n");
  write("memory/job/memory.stat", "cache 5\ntotal_cache 20\n");
  EXPECT_EQ(left("7:memory:/job\n"), 30);
}

TEST_F(Cores, LockIsHeldOnceAndLeavesNothing) {
  const std::string path = (folder_ / "run.lock").string();
  {
    const base::FolderLock lock(path, "scorefem train");
    try {
      const base::FolderLock second(path, "scorefem sample");
      ADD_FAILURE() << "held twice";
    } catch (const base::InputError& error) {
      EXPECT_NE(std::string(error.what()).find("`scorefem train` of process " + std::to_string(::getpid())),
                std::string::npos)
          << error.what();
    }
    EXPECT_THROW(base::require_not_locked(path), base::InputError);
  }
  EXPECT_FALSE(fs::exists(path));
  base::require_not_locked(path);
}

TEST_F(Cores, LockOfAFileSystemWithoutLocksIsAWarning) {
  const std::string path = (folder_ / "run.lock").string();
  testing::internal::CaptureStderr();
  flock_error = EOPNOTSUPP;
  {
    const base::FolderLock lock(path, "scorefem train");
    EXPECT_THROW(base::FolderLock(path, "scorefem sample"), base::InputError);  // the holder is alive
  }
  flock_error = EIO;
  EXPECT_THROW(base::FolderLock(path, "scorefem train"), std::runtime_error);
  flock_error = 0;
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "warning: " + path +
                " cannot be locked: nothing keeps others, on other machines above all, from writing this "
                "folder; start one command at a time in it\n");
}

TEST_F(Cores, LockOfADeadProcessIsTakenOver) {
  const std::string path = (folder_ / "run.lock").string();
  const pid_t child = ::fork();
  if (child == 0) {
    new base::FolderLock(path, "scorefem train");  // as if killed: nothing is cleaned up
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(fs::exists(path));
  const base::FolderLock lock(path, "scorefem train");
}

TEST_F(Cores, LockOfAnotherMachineIsNotTakenOver) {
  const std::string path = (folder_ / "run.lock").string();
  write("run.lock", "command: scorefem train\nhost: elsewhere\nprocess: 1\nsince: then\n");
  EXPECT_THROW(base::FolderLock(path, "scorefem train"), base::InputError);
  EXPECT_TRUE(fs::exists(path));
}

}  // namespace
}  // namespace scorefem
