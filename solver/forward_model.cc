#include "solver/forward_model.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace scorefem::solver {

void require_fluxes(const Matrix& flux, const ChannelOptions& channel) {
  std::ostringstream message;
  if (flux.cols() != channel.n_segments())
    message << "a flux has " << flux.cols() << " columns, but the channel has " << channel.n_segments()
            << " segments";
  else if (!flux.allFinite())
    for (Eigen::Index i = 0; i < flux.size() && message.str().empty(); ++i)
      if (!std::isfinite(flux.data()[i]))
        message << "the flux in row " << i / flux.cols() + 1 << ", column " << i % flux.cols() + 1 << " is "
                << flux.data()[i] << ", but must be finite";
  if (!message.str().empty()) throw std::invalid_argument(message.str());
}

}  // namespace scorefem::solver
