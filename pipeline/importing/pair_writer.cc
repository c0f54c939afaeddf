#include "pipeline/importing/pair_writer.h"

#include <algorithm>
#include <unordered_map>

#include "pipeline/base/fingerprint.h"
#include "pipeline/base/interrupt.h"

namespace scorefem::importing {

using dataset::Split;
using solver::Matrix;

PairWriter::PairWriter(base::Hdf5File& file, const dataset::DatasetShape& shape, solver::Vector fill)
    : file_(file), shape_(shape), fill_(std::move(fill)) {
  dataset::create_dataset_arrays(file_, shape_);
  training_.unknowns.resize(static_cast<std::size_t>(shape_.n_unknowns));
  training_.observations.resize(static_cast<std::size_t>(shape_.n_observations));
}

void PairWriter::append(Split split, const Matrix& unknowns, const problem::Measurements& observations) {
  dataset::SampleBlock block;
  block.unknowns = unknowns;
  block.mask = observations.there().cast<double>();
  block.observations =
      observations.there().select(observations.values(), fill_.transpose().replicate(observations.rows(), 1));
  Eigen::Index& next = written_.rows[static_cast<std::size_t>(split)];
  dataset::write_block(file_, shape_, split, next, block);
  next += unknowns.rows();
  if (split != Split::train) return;
  training_.used += unknowns.rows();
  for (Eigen::Index i = 0; i < unknowns.rows(); ++i) {
    for (Eigen::Index j = 0; j < unknowns.cols(); ++j)
      training_.unknowns[static_cast<std::size_t>(j)].add(unknowns(i, j), {});
    for (Eigen::Index j = 0; j < observations.columns(); ++j)
      if (observations.there()(i, j))
        training_.observations[static_cast<std::size_t>(j)].add(observations.values()(i, j), {});
  }
}

void PairWriter::copy(PairStream& reader, const RowChecks& checks,
                      const std::function<Split(std::int64_t)>& split_of,
                      const std::function<void(double)>& progress) {
  std::int64_t row = 0;
  for (PairBlock block = reader.read(); block.rows() > 0; block = reader.read()) {
    base::stop_if_interrupted("nothing: the import begins anew");
    const CheckedBlock checked =
        checks.check(block, [&](Eigen::Index i) { return reader.text(reader.place(i)); });
    std::vector<Eigen::Index> rows[2];
    for (Eigen::Index i = 0; i < checked.unknowns.rows(); ++i, ++row)
      rows[static_cast<std::size_t>(split_of(row))].push_back(i);
    for (const Split split : {Split::train, Split::test}) {
      const std::vector<Eigen::Index>& part = rows[static_cast<std::size_t>(split)];
      if (!part.empty()) append(split, checked.unknowns(part, Eigen::all), checked.observations.rows(part));
    }
    progress(reader.share_done());
  }
}

WrittenPairs inspect(const base::Hdf5File& file) {
  constexpr Eigen::Index kRows = 4096;
  const dataset::DatasetShape shape = dataset::read_shape(file);
  base::Fingerprint contents;
  std::unordered_map<std::uint64_t, std::int64_t> test_rows;  // by the hash of their values
  WrittenPairs found;
  const auto bytes = [](Eigen::Index n) { return static_cast<std::size_t>(n) * sizeof(double); };
  for (const Split split : {Split::test, Split::train}) {
    for (Eigen::Index first = 0; first < shape.rows[split]; first += kRows) {
      const Eigen::Index n = std::min(kRows, shape.rows[split] - first);
      const dataset::SampleBlock block = dataset::read_block(file, shape, split, first, n);
      for (const Matrix* values : {&block.unknowns, &block.observations, &block.mask})
        contents.add(values->data(), bytes(values->size()));
      for (Eigen::Index i = 0; i < n; ++i) {
        base::Fingerprint row;
        for (const Matrix* values : {&block.unknowns, &block.observations, &block.mask}) {
          // A part that went through single precision is still the same.
          const Eigen::RowVectorXf rounded = values->row(i).cast<float>();
          row.add(rounded.data(), static_cast<std::size_t>(rounded.size()) * sizeof(float));
        }
        if (split == Split::test) {
          test_rows.emplace(row.hash(), first + i);
        } else if (const auto same = test_rows.find(row.hash()); same != test_rows.end()) {
          if (found.duplicates++ > 0) continue;
          found.first_train = first + i;
          found.first_test = same->second;
        }
      }
    }
  }
  found.contents = contents.text();
  return found;
}

}  // namespace scorefem::importing
