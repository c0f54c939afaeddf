#include <gtest/gtest.h>

#include "solver/runtime.h"

int main(int argc, char** argv) {
  const scorefem::solver::Runtime runtime(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
