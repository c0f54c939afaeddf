#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/configuration/config_section.h"
#include "pipeline/problem/layout.h"
#include "solver/matrix.h"

namespace scorefem::problem {

/// A sample for which the model found no solution; its row of observations is NaN.
struct Failure {
  Eigen::Index row;    //!< of the batch
  std::string reason;  //!< for a person
};

struct Observations {
  solver::Matrix values;  //!< [n, n_observations], noise-free unless the model has randomness of its own
  std::vector<Failure> failures;
};

/// A field on a regular grid, for plotting.
struct Field {
  solver::Vector x;       //!< [n_x]
  solver::Vector y;       //!< [n_y]
  solver::Matrix values;  //!< [n_y, n_x]
};

/// Maps unknowns to observations. Thread-compatible: one thread at a time per object.
class ForwardModel {
 public:
  virtual ~ForwardModel() = default;

  /// Observations of a batch; what fails is listed, not thrown.
  /// @param unknowns [n, n_unknowns], finite
  /// @throws base::Interrupted if the model cannot go on for now, e.g. a server that is gone, or a signal
  /// that
  ///         it does not wait for: this batch is lost, those before are not
  virtual Observations observe(const solver::Matrix& unknowns) = 0;
  /// G [n_observations, n_unknowns] if the observations are G times the unknowns.
  virtual std::optional<solver::Matrix> response() { return std::nullopt; }
  /// Which derivatives the model computes itself, exactly or by means of its own. Of a linear model nobody
  /// asks: response() has them.
  struct Derivatives {
    bool gradient = false;  //!< gradients()
    bool jacobian = false;  //!< apply_jacobian()
  };
  virtual Derivatives derivatives() { return {}; }
  /// J^T s for each row, where J is the derivative of the observations: [n, n_unknowns], a row of NaN where
  /// it was not found.
  /// @param sensitivity [n, n_observations]
  virtual solver::Matrix gradients(const solver::Matrix& unknowns, const solver::Matrix& sensitivity);
  /// J times a direction for each row: [n, n_observations], a row of NaN where it was not found.
  /// @param direction [n, n_unknowns]
  virtual solver::Matrix apply_jacobian(const solver::Matrix& unknowns, const solver::Matrix& direction);
  /// A picture of what lies between the unknowns [n_unknowns] and the observations.
  virtual std::optional<Field> field(const solver::Vector& /*unknowns*/) { return std::nullopt; }
  /// Largest error of an observation that the discretisation makes for each sample, over the largest
  /// observation [n]; empty if nothing is discretised, or the check is switched off.
  virtual solver::Vector discretisation_error(const solver::Matrix& /*unknowns*/) { return {}; }
  /// Why the model cannot be asked now, e.g. a server that is not there; empty if it can.
  virtual std::string unavailable() { return ""; }
  /// Samples that a batch should hold at least, so that all that can work at the same time does.
  virtual Eigen::Index least_batch() const { return 1; }
  /// Samples that the first batch should hold, when it is not known yet how long one takes.
  virtual Eigen::Index first_batch() const { return 64; }
  /// Degrees of freedom of the discrete problem; 0 if there is none.
  virtual Eigen::Index degrees_of_freedom() const { return 0; }
  /// What was done so far, e.g. "1.2e+06 forward solves, 3 of them by Newton's method"; may be empty.
  virtual std::string effort() const { return ""; }
};

/// J at each row of unknowns, [n_observations, n_unknowns] each, by gradients or products with J, whichever
/// are fewer; NaN where one of them was not found; none if the model has no derivatives.
std::vector<solver::Matrix> jacobians(ForwardModel& model, const solver::Matrix& unknowns,
                                      Eigen::Index n_observations);

/// How accuracy and cost change with the discretisation: a table for `scorefem convergence`.
struct ConvergenceTable {
  std::vector<std::string> columns;
  solver::Matrix rows;
};

/// What a forward model asks of the program.
struct Needs {
  bool runtime = false;    //!< MPI and PETSc (solver/runtime.h)
  bool one_mesh = false;   //!< several ranks solve each sample together
  int ranks_per_mesh = 0;  //!< how many; 0: all
};

/// What an imported data set holds.
struct ImportedSizes {
  std::int64_t train = 0;
  std::int64_t test = 0;
  bool masked = false;   //!< whether observations are missing
  std::string contents;  //!< fingerprint
};

class ImportedPairs;

/// What a configuration says about a forward model: its keys, and what the rest of the program needs to know
/// of the problem. All that is behind the data set sees the layouts and nothing else.
class ForwardSetup {
 public:
  virtual ~ForwardSetup() = default;
  virtual std::unique_ptr<ForwardSetup> clone() const = 0;
  /// The keys of `forward` after `problem`.
  virtual void describe(configuration::Section& s) = 0;
  /// Sections of its own beside `forward` that the data depend on, e.g. `sensors`.
  virtual void describe_sections(configuration::Section& /*root*/) {}
  /// Sections that no result depends on, e.g. `convergence`.
  virtual void describe_studies(configuration::Section& /*root*/) {}

  virtual Layout unknowns() const = 0;
  virtual Layout observations() const = 0;
  virtual Needs needs() const { return {}; }
  /// Whether pairs are simulated; if not they come from files (`scorefem import`), and there is no model.
  virtual bool simulates() const { return true; }
  /// Whether a data set may say what the configuration does not: adopt() is called then.
  virtual bool adopts() const { return !simulates(); }
  /// Takes what the configuration does not say from the data set that pairs were imported into, or generated;
  /// nothing if there is none yet.
  virtual void adopt(const std::string& /*dataset*/) {}
  /// What adopt() found.
  virtual std::optional<ImportedSizes> imported() const { return std::nullopt; }
  /// What the configuration says of files of pairs; null unless pairs come from files.
  virtual const ImportedPairs* pairs() const { return nullptr; }
  /// Whether observations are G times the unknowns: what is cheap and exact then is the default.
  virtual bool is_linear() const { return false; }
  /// Whether the unknowns are closer to a quadratic function of the observations than to a linear one.
  virtual bool is_curved() const { return false; }
  virtual bool has_field() const { return false; }
  /// For a trial, or where others wait too: the model is asked once for an answer, waits so long for it, and
  /// for as long as that for a server that is away.
  virtual void limit_patience(double /*answer_seconds*/, double /*absence_seconds*/) {}
  /// The model, ready for use. Collective over the ranks of a mesh where needs().one_mesh.
  /// @param prior_mean [n_unknowns] a typical vector of unknowns, near which a solver may linearise
  virtual std::unique_ptr<ForwardModel> make(const solver::Vector& prior_mean) const = 0;
  /// The keys that make the discretisation's error smaller, for messages; empty if the model has none.
  virtual std::string accuracy_keys() const { return {}; }
  /// What `scorefem convergence` shows; empty if the model has no discretisation.
  /// @param draw draws so many test samples [n, n_unknowns]
  virtual ConvergenceTable convergence(const std::function<solver::Matrix(Eigen::Index n)>& /*draw*/,
                                       const solver::Vector& /*prior_mean*/) const {
    return {};
  }
};

}  // namespace scorefem::problem
