#pragma once

#include <array>
#include <vector>

#include "solver/lane_kernels.h"
#include "solver/matrix.h"

namespace scorefem::solver {

/// Direct solver for a finite element matrix and kLanes right-hand sides at a time (multifrontal method: Duff
/// and Reid, ACM Trans. Math. Softw. 9, 1983; nested dissection: George, SIAM J. Numer. Anal. 10, 1973).
///
/// The cells are halved recursively; from the single cells upwards, each part eliminates the unknowns that
/// lie inside it and hands its Schur complement on its boundary to the next larger part. Each part keeps its
/// inverse as dense matrices, so that a solve is nothing but small matrix products over contiguous lanes.
/// Pivoting is within a part only: for matrices whose parts are well conditioned, as those of advection,
/// diffusion and moderate reaction are.
class SubstructuredLu {
 public:
  struct Cell {
    std::vector<int> unknowns;     //!< [n], -1 for a node that is not an unknown
    Matrix matrix;                 //!< [n, n]
    std::array<double, 2> center;  //!< only to halve the cells
  };

  /// @throws std::runtime_error if a known solution is not recovered to 8 digits.
  SubstructuredLu(int n_unknowns, const std::vector<Cell>& cells);

  /// Replaces the right-hand sides x [n_unknowns] by the solutions. Several threads may solve at once.
  void solve(std::vector<Lanes>& x, const LaneKernels& kernels = supported_lane_kernels().front()) const;

  /// Multiplications per right-hand side and solve.
  double n_multiplications() const;

 private:
  /// With I the unknowns eliminated by a part and B those on its boundary:
  struct Part {
    std::vector<int> inner;     //!< I
    std::vector<int> boundary;  //!< B
    std::vector<int> all;       //!< I, then B
    PanelMatrix condense;       //!< K_BI K_II^-1 [B, I]: b_B -= condense b_I on the way up
    PanelMatrix expand;  //!< [K_II^-1, -K_II^-1 K_IB] [I, I + B]: x_I = expand (b_I, x_B) on the way down
  };

  /// What a part hands on: its boundary, the Schur complement there, and how many of its cells each unknown
  /// has.
  struct Schur {
    std::vector<int> unknowns;
    std::vector<int> n_cells;
    Matrix matrix;
  };

  Schur eliminate(std::vector<const Cell*> cells, const std::vector<int>& n_cells_of_unknown);

  double known_solution_error(const std::vector<Cell>& cells) const;

  int n_unknowns_;
  std::vector<Part> parts_;  // children before parents
  int largest_inner_ = 0;
};

}  // namespace scorefem::solver
