// Time of the solver that distributes one mesh over all ranks: mpirun -n N domain_scaling DEGREE
// CELLS_PER_SEGMENT CELLS_ACROSS. Rank 0 prints JSON. See scripts/benchmark_scaling.py.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>

#include "../unit/solver/reference.h"
#include "solver/domain_model.h"
#include "solver/runtime.h"

int main(int argc, char** argv) {
  using namespace scorefem::solver;
  if (argc < 4) {
    std::fputs("domain_scaling DEGREE CELLS_PER_SEGMENT CELLS_ACROSS\n", stderr);
    return 2;
  }
  auto options = ForwardOptions::defaults_for(Problem::linear);
  options.parallel = Parallel::domain;
  options.discretisation = {std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), 2.0};
  const Runtime runtime(argc, argv);
  int rank = 0, ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Barrier(MPI_COMM_WORLD);
  const double begin = MPI_Wtime();
  DomainModel model(options,
                    reference_sensors());  // mesh, matrix, preconditioner, a solve for each of 30 segments
  MPI_Barrier(MPI_COMM_WORLD);
  const double set_up = MPI_Wtime() - begin;
  const double error = largest_row_error(model.observe(Matrix::Identity(30, 30)).concentration.transpose(),
                                         read_reference("linear_response.csv"));
  if (rank == 0)
    std::printf("{\"ranks\": %d, \"unknowns\": %ld, \"seconds\": %.4f, \"sensor_error\": %.3e}\n", ranks,
                static_cast<long>(model.n_unknowns()), set_up, error);
  return 0;
}
