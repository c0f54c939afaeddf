#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace scorefem {

/// A folder for a test's files.
class Files : public testing::Test {
 protected:
  Files()
      : folder_(std::filesystem::temp_directory_path() / ("scorefem-files-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file_with(const std::string& text) const {
    std::ofstream(path("input.csv")) << text;
    return path("input.csv");
  }
  std::filesystem::path folder_;
};

}  // namespace scorefem
