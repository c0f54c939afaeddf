#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace scorefem::base {

/// Exit statuses of the program.
enum ExitStatus : int {
  kSuccess = 0,
  kFailure = 1,        //!< something went wrong that the user's input did not cause
  kBadInput = 2,       //!< configuration, command line or input file; nothing was written but finished stages
  kNotCalibrated = 3,  //!< with --strict: a calibration gate failed, or a measurement is unlike training; all
                       //!< was done and written, unless the sampler cannot answer such a measurement
  kInterrupted = 75  //!< stopped on SIGTERM, SIGINT or SIGUSR1 with finished work saved; start again to go on
};

/// The user's input (command line, CSV, data set, checkpoint) cannot be used. Exit status 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The configuration cannot be used: file:line, key path, value, what is allowed, nearest match. Exit
/// status 2.
class ConfigError : public InputError {
 public:
  using InputError::InputError;
};

/// A key of the configuration does not fit what it is used with. Who knows the file puts file:line before it.
/// Exit status 2.
class KeyError : public InputError {
 public:
  /// @param key its path, "noise.sd"; @param problem what follows it in the message, " = ...; expected ..."
  KeyError(std::string key, const std::string& problem) : InputError(key + problem), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

/// A calibration gate failed, or a check of a measurement, where --strict asks for all of them to pass. Exit
/// status 3.
class NotCalibrated : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Work was stopped by a signal after saving what was finished. Exit status 75.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace scorefem::base
