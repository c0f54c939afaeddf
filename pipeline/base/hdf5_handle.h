#pragma once

#include <hdf5.h>

#include <string>

namespace scorefem::base {

/// Why the last HDF5 call of this thread failed, in HDF5's words.
std::string hdf5_reason();

/// The result of an HDF5 call, if it is not negative.
/// @throws std::runtime_error with HDF5's own reason
template <class Result>
Result hdf5_checked(Result result);
extern template hid_t hdf5_checked(hid_t);
extern template herr_t hdf5_checked(herr_t);

/// An HDF5 identifier that closes itself.
class Hdf5Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  /// @throws std::runtime_error with HDF5's own reason if it is none
  Hdf5Handle(hid_t id, Closer closer) : id_(hdf5_checked(id)), closer_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.release()), closer_(other.closer_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept;
  ~Hdf5Handle();

  hid_t id() const { return id_; }
  /// Closes now and reports whether that worked: a full disk may show only here.
  bool close();

 private:
  hid_t release();

  hid_t id_ = -1;
  Closer closer_ = nullptr;
};

}  // namespace scorefem::base
