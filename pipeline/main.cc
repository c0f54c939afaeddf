#include "pipeline/commands/program.h"

int main(int argc, char** argv) {
  return scorefem::commands::run_program(argc, argv);
}
