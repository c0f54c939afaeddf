// Whether a stage's result is kept, made again or gone on with.
#include "pipeline/study/stage_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace scorefem {
namespace {

namespace fs = std::filesystem;

class StageOutputTest : public testing::Test {
 protected:
  StageOutputTest()
      : folder_((fs::temp_directory_path() / ("scorefem-output-" + std::to_string(::getpid()))).string()),
        log_("", /*silent=*/true) {
    fs::create_directories(folder_);
  }
  ~StageOutputTest() override { fs::remove_all(folder_); }

  std::string made(const std::string& name) const {
    std::ofstream(folder_ + "/" + name) << "x";
    return folder_ + "/" + name;
  }
  study::Redo redo(bool force) const { return {folder_ + "/redo.json", "train", force}; }
  study::StageOutput output(study::Redo& redo, const std::string& inputs = "a") {
    return {log_, redo, "train", folder_ + "/model.pt", {inputs, 2, {{"data set", "1"}}}};
  }
  static bool is_current(const study::StageOutput& output, study::Origin made) {
    return output.is_current([&] { return made; });
  }

  std::string folder_;
  base::RunLog log_;
};

TEST_F(StageOutputTest, IsCurrentIfItIsThereAndOfTheWantedOrigin) {
  study::Redo redo = this->redo(/*force=*/false);
  EXPECT_FALSE(output(redo).is_current([]() -> study::Origin { throw std::logic_error("not there"); }));
  made("model.pt");
  EXPECT_TRUE(is_current(output(redo), {"a", 2, {{"data set", "1"}}}));
  EXPECT_FALSE(is_current(output(redo), {"b", 2, {{"data set", "1"}}}));
  EXPECT_FALSE(is_current(output(redo), {"a", 1, {{"data set", "1"}}}));
  EXPECT_FALSE(is_current(output(redo), {"a", 2, {{"data set", "2"}}}));
}

TEST_F(StageOutputTest, IsKeptFromBeginningUnlessForced) {
  const std::string left = made("left.h5");
  study::Redo redo = this->redo(/*force=*/false);
  output(redo).begin({left});
  EXPECT_TRUE(fs::exists(left));
}

TEST_F(StageOutputTest, ForceRemovesWhatIsLeftOnceAndAsksUntilItIsDone) {
  made("model.pt");
  const std::string left = made("left.h5");
  study::Redo first = redo(/*force=*/true);
  EXPECT_FALSE(output(first).is_current([]() -> study::Origin { throw std::logic_error("asked again"); }));
  EXPECT_TRUE(output(first).anew());
  output(first).begin({left, folder_ + "/is not there"});
  EXPECT_FALSE(fs::exists(left));

  // The same command after it was stopped.
  made("left.h5");
  study::Redo second = redo(/*force=*/true);
  EXPECT_TRUE(output(second).again());
  EXPECT_FALSE(output(second).anew());
  output(second).begin({left});
  EXPECT_TRUE(fs::exists(left));
  EXPECT_TRUE(output(second, "b").anew());  // begun for another configuration
  output(second).done();
  EXPECT_FALSE(output(second).again());
  EXPECT_TRUE(is_current(output(second), {"a", 2, {{"data set", "1"}}}));
}

TEST_F(StageOutputTest, TextsThatAreNotUtf8) {
  const std::string text = "in folder \xFF";
  base::RunLog log(folder_);
  log.warn("event", text);
  log.record("event", {{"path", text}});
  std::ifstream lines(folder_ + "/" + base::kRunLogName);
  for (std::string line; std::getline(lines, line);)
    EXPECT_NE(line.find("in folder \xEF\xBF\xBD\""), std::string::npos) << line;

  study::Redo first = redo(/*force=*/true);
  output(first, text).begin();
  study::Redo second = redo(/*force=*/true);
  EXPECT_TRUE(output(second, text).again());
  EXPECT_FALSE(output(second, text).anew());
}

}  // namespace
}  // namespace scorefem
