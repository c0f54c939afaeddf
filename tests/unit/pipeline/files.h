#pragma once

#include <fstream>
#include <string>

#include "tests/unit/temporary_folder.h"

namespace scorefem {

/// A folder for a test's files.
class Files : public test::TemporaryFolder {
 protected:
  std::string file_with(const std::string& text) const {
    std::ofstream(path("input.csv")) << text;
    return path("input.csv");
  }
};

}  // namespace scorefem
