// Text files that are written whole or not at all, traces and fingerprints.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "files.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/traces.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

TEST_F(Files, TracesAreWhatWasNotThereBefore) {
  fs::create_directories(path("old"));
  std::ofstream(path("old/log")) << "kept";
  const base::Traces traces({path("old/log"), path("old/new/log"), path("old/full/log"), path("old/full")});
  for (const char* folder : {"old/new", "old/full"}) {
    fs::create_directories(path(folder));
    std::ofstream(path(folder) + "/log") << "of this command";
  }
  std::ofstream(path("old/full/result")) << "kept too";
  traces.remove();
  EXPECT_TRUE(fs::exists(path("old/log")));
  EXPECT_FALSE(fs::exists(path("old/new")));
  EXPECT_FALSE(fs::exists(path("old/full/log")));
  EXPECT_TRUE(fs::exists(path("old/full/result")));
}

TEST_F(Files, AtomicFileLeavesNoTraceWithoutCommit) {
  base::write_text_file(path("kept.txt"), "old");
  {
    const base::AtomicFile file(path("kept.txt"));
    std::ofstream(file.temporary_path()) << "half of the n";
  }
  EXPECT_EQ(base::read_text_file(path("kept.txt"), "text"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Files, MessagesCallATemporaryFileByItsFinalName) {
  const base::AtomicFile outer(path("a.h5"));
  const base::AtomicFile inner(outer.temporary_path());
  EXPECT_EQ(base::final_name(inner.temporary_path()), path("a.h5"));
  EXPECT_EQ(base::final_name(path("a.h5")), path("a.h5"));
  try {
    base::fail_on_file("write", inner.temporary_path(), EACCES);
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "cannot write " + path("a.h5") + ": Permission denied");
  }
}

TEST_F(Files, AtomicFileRemovesLeftoversOfDeadProcesses) {
  const std::string own = base::AtomicFile(path("a.h5")).temporary_path();
  const std::string prefix = own.substr(0, own.rfind('-') + 1);
  const std::string dead = prefix + "2147483646";  // beyond the largest process number
  const std::string alive = prefix + std::to_string(::getppid());
  const std::string elsewhere = prefix + "2147483646-77";  // of a machine whose name begins with this one's
  std::ofstream(elsewhere) << "x";
  std::ofstream(dead) << "x";
  std::ofstream(alive) << "x";
  std::ofstream(own) << "x";  // of a killed process whose number this one has, as in a container
  const base::AtomicFile file(path("a.h5"));
  EXPECT_EQ(file.temporary_path(), own);
  EXPECT_FALSE(fs::exists(own));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(elsewhere));
}

TEST_F(Files, AtomicFileInAFolderThatCannotBeOpened) {
  fs::create_directory(path("folder"));
  fs::permissions(path("folder"),
                  fs::perms::owner_write | fs::perms::owner_exec);  // root opens it all the same
  base::write_text_file(path("folder/file"), "x");
  fs::permissions(path("folder"), fs::perms::owner_all);
  EXPECT_TRUE(fs::exists(path("folder/file")));
}

TEST_F(Files, ReadingThatFailsHalfwayIsAnError) {
  // Opens, but has nothing at its beginning to read.
  EXPECT_THROW(base::read_text_file("/proc/self/mem", "text"), base::InputError);
  base::write_text_file(path("empty.txt"), "");
  EXPECT_EQ(base::read_text_file(path("empty.txt"), "text"), "");
  const std::string long_text(200000, 'x');
  base::write_text_file(path("long.txt"), long_text);
  EXPECT_EQ(base::read_text_file(path("long.txt"), "text"), long_text);
}

TEST_F(Files, UnwritableFolderIsNamed) {
  EXPECT_THROW(base::require_writable_directory("/proc/no-such-folder"), base::InputError);
  std::ofstream(path("file")) << "x";
  EXPECT_THROW(base::require_writable_directory(path("file") + "/below"), base::InputError);
}

TEST_F(Files, FingerprintTellsContentsApart) {
  const std::string before = base::file_fingerprint(file_with("1,0,1\n"), "a table");
  EXPECT_NE(base::file_fingerprint(file_with("1,1,1\n"), "a table"), before);
  EXPECT_EQ(base::file_fingerprint(file_with("1,0,1\n"), "a table"), before);
  EXPECT_THROW(base::file_fingerprint(path("nothing.csv"), "a table"), base::InputError);
}

}  // namespace
}  // namespace scorefem
