#include "solver/make_forward_model.h"

#include "solver/domain_model.h"
#include "solver/linear_model.h"
#include "solver/reaction_model.h"

namespace scorefem::solver {

std::unique_ptr<ForwardModel> make_forward_model(const ForwardOptions& options,
                                                 const std::vector<SensorPosition>& sensors) {
  options.validate();
  if (options.parallel == Parallel::domain) return std::make_unique<DomainModel>(options, sensors);
  if (options.problem == Problem::reaction) return std::make_unique<ReactionModel>(options, sensors);
  return std::make_unique<LinearModel>(options, sensors);
}

}  // namespace scorefem::solver
