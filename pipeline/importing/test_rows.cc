#include "pipeline/importing/test_rows.h"

#include <algorithm>
#include <cmath>

#include "pipeline/base/streams.h"

namespace scorefem::importing {

std::unordered_set<std::int64_t> draw_test_rows(std::int64_t n, std::optional<double> share,
                                                std::uint64_t seed) {
  constexpr std::int64_t kMost = 1000;
  const std::int64_t wanted = share ? std::llround(*share * static_cast<double>(n)) : std::min(n / 10, kMost);
  const diffusion::CounterRandom random(seed, base::streams::test_rows);
  std::unordered_set<std::int64_t> rows;
  // Floyd's algorithm (Bentley and Floyd, "A sample of brilliance", 1987).
  for (std::int64_t last = n - wanted; last < n; ++last) {
    double uniform = 0;
    random.uniforms(static_cast<std::uint64_t>(last), &uniform, 1);
    const auto row = std::min(last, static_cast<std::int64_t>(uniform * static_cast<double>(last + 1)));
    if (!rows.insert(row).second) rows.insert(last);
  }
  return rows;
}

}  // namespace scorefem::importing
