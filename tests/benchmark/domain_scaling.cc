// Time of the solver that distributes one mesh over all ranks: mpirun -n N domain_scaling DEGREE
// CELLS_PER_SEGMENT CELLS_ACROSS. Rank 0 prints JSON. See scripts/benchmark_scaling.py.
#include <mpi.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "../unit/solver/reference.h"
#include "solver/domain_model.h"
#include "solver/runtime.h"

namespace {

/// Peak resident memory of this process in MB.
double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts in KiB
}

}  // namespace

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
  const double mine = peak_memory();
  double largest = 0;
  MPI_Reduce(&mine, &largest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (rank == 0)
    std::printf(
        "{\"ranks\": %d, \"unknowns\": %ld, \"seconds\": %.4f, \"megabytes_a_rank\": %.0f, "
        "\"sensor_error\": %.3e}\n",
        ranks, static_cast<long>(model.n_unknowns()), set_up, largest, error);
  return 0;
}
