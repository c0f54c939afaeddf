#include "pipeline/base/joined.h"

namespace scorefem::base {

std::string joined(const std::vector<std::string>& texts, const std::string& separator) {
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) all += (i > 0 ? separator : "") + texts[i];
  return all;
}

}  // namespace scorefem::base
