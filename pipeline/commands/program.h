#pragma once

namespace scorefem::commands {

/// The program: reads the command line, prepares what the command needs (study, MPI and PETSc, threads, the
/// lock of its folder, reactions to signals), runs it and reports its errors. An executable with parts of its
/// own, such as another forward model, calls it from its main().
/// @return the exit status (base::ExitStatus)
int run_program(int argc, char** argv);

}  // namespace scorefem::commands
