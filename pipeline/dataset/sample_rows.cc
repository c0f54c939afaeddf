#include "pipeline/dataset/sample_rows.h"

#include "pipeline/base/streams.h"

namespace scorefem::dataset {

std::string split_name(Split split) {
  return split == Split::train ? "train" : "test";
}

RowRange SplitSizes::within(Split split, RowRange sequence) const {
  const Eigen::Index offset = split == Split::train ? 0 : rows[0];
  const Eigen::Index n = (*this)[split];
  const RowRange part{std::clamp<Eigen::Index>(sequence.begin - offset, 0, n),
                      std::clamp<Eigen::Index>(sequence.end - offset, 0, n)};
  return part;
}

std::uint64_t sample_index(Split split, Eigen::Index row) {
  return (split == Split::test ? std::uint64_t{1} << 40 : 0) + static_cast<std::uint64_t>(row);
}

solver::Matrix draw_noise(std::uint64_t seed, Split split, Eigen::Index first, Eigen::Index n,
                          Eigen::Index columns) {
  const diffusion::CounterRandom random(seed, base::streams::measurement_noise);
  solver::Matrix noise(n, columns);
  for (Eigen::Index i = 0; i < n; ++i)
    random.normals(sample_index(split, first + i), noise.row(i).data(), static_cast<std::size_t>(columns));
  return noise;
}

}  // namespace scorefem::dataset
