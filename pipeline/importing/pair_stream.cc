#include "pipeline/importing/pair_stream.h"

#include <algorithm>

#include "pipeline/base/errors.h"
#include "pipeline/importing/open_pairs.h"

namespace scorefem::importing {
namespace {

/// Some megabytes, whatever a row's length.
Eigen::Index block_rows(Eigen::Index columns) {
  constexpr Eigen::Index kValues = 1 << 19;
  return std::clamp<Eigen::Index>(kValues / columns, 1, 16384);
}

}  // namespace

PairStream::PairStream(std::vector<std::string> paths, PairNames names)
    : paths_(std::move(paths)), names_(std::move(names)), rows_(paths_.size(), 0) {
  open(0);
  n_unknowns_ = open_->n_unknowns();
  n_observations_ = open_->n_observations();
  unknown_names_ = open_->unknown_names();
  observation_names_ = open_->observation_names();
}

void PairStream::open(std::size_t file) {
  open_ = open_pairs(paths_[file], names_);
  file_ = file;
  first_row_ = 0;
  if (file == 0) return;
  const auto require = [&](const char* what, Eigen::Index n, Eigen::Index first,
                           const std::vector<std::string>& names,
                           const std::vector<std::string>& first_names) {
    const bool named = !names.empty() && !first_names.empty();
    if (n == first && (!named || names == first_names)) return;
    throw base::InputError(
        paths_[file] + ": " + std::to_string(n) + " " + what +
        (n == first ? " with other names than those" : "; expected " + std::to_string(first) + " as") +
        " in " + paths_[0]);
  };
  require("unknowns", open_->n_unknowns(), n_unknowns_, open_->unknown_names(), unknown_names_);
  require("observations", open_->n_observations(), n_observations_, open_->observation_names(),
          observation_names_);
}

PairBlock PairStream::read() {
  while (true) {
    first_row_ = rows_[file_];
    PairBlock block = open_->read(block_rows(n_unknowns_ + n_observations_));
    rows_[file_] += block.rows();
    if (block.rows() > 0 || file_ + 1 == paths_.size()) return block;
    open(file_ + 1);
  }
}

std::string PairStream::text(Place place) const {
  return paths_[place.file] + ", row " + std::to_string(place.row);
}

double PairStream::share_done() const {
  return (static_cast<double>(file_) + open_->share_done()) / static_cast<double>(paths_.size());
}

}  // namespace scorefem::importing
