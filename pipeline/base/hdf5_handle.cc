#include "pipeline/base/hdf5_handle.h"

#include <stdexcept>
#include <utility>

namespace scorefem::base {

// The innermost one on HDF5's error stack. Of what the system said, its words without the numbers around
// them.
std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* data) -> herr_t {
        if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(data) = error->desc;
        return 0;
      },
      &reason);
  if (reason.empty()) return "unknown HDF5 error";
  const std::string mark = "error message = '";
  const std::size_t begin = reason.find(mark);
  if (begin == std::string::npos) return reason;
  const std::size_t from = begin + mark.size();
  return reason.substr(0, reason.find_first_of(":,")) + ": " +
         reason.substr(from, reason.find('\'', from) - from);
}

template <class Result>
Result hdf5_checked(Result result) {
  if (result < 0) throw std::runtime_error("HDF5: " + hdf5_reason());
  return result;
}
template hid_t hdf5_checked(hid_t);
template herr_t hdf5_checked(herr_t);

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  if (this != &other) {
    close();
    closer_ = other.closer_;
    id_ = other.release();
  }
  return *this;
}

Hdf5Handle::~Hdf5Handle() {
  close();
}

bool Hdf5Handle::close() {
  const hid_t id = release();
  return id < 0 || closer_ == nullptr || closer_(id) >= 0;
}

hid_t Hdf5Handle::release() {
  return std::exchange(id_, -1);
}

}  // namespace scorefem::base
