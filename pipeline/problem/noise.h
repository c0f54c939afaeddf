#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pipeline/configuration/config_section.h"
#include "pipeline/problem/layout.h"
#include "pipeline/problem/measurements.h"
#include "solver/matrix.h"

namespace scorefem::problem {

/// How measurements differ from the forward model's observations. Where the noise is Gaussian and additive
/// there are standard coordinates, W y, in which it is independent and of one level for all observations:
/// what networks, closed forms and chi^2 work in. W is I for noise of one level in the observations' own
/// unit.
class Noise {
 public:
  virtual ~Noise() = default;

  /// Measurements [n, m].
  /// @param clean [n, m] the model's observations; @param normal [n, m] standard normal draws
  virtual solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& normal) const = 0;
  /// W y, [n, m].
  virtual solver::Matrix standardise(const solver::Matrix& values) const { return values; }
  /// Which standard coordinates are known where some observations are there.
  virtual Mask known_coordinates(const Mask& there) const { return there; }
  /// W y of the coordinates that are known.
  Measurements standardised(const Measurements& measurements) const;
  /// Standard deviation in standard coordinates; 0 where measurements already hold all their randomness.
  virtual double level() const = 0;
  /// Whether measure() adds Gaussian noise that does not depend on the observation, or nothing at all.
  virtual bool is_additive() const { return true; }
  /// Whether the simulator has randomness of its own, whose distribution is not known.
  virtual bool is_unknown() const { return false; }
  /// Whether an observation may be missing while others are there.
  virtual bool allows_masks() const { return true; }

  /// What the likelihood is made of: log p(y | clean) = -|residuals|^2 / 2 + log_scale + constant.
  /// [n, m], 0 where an observation is missing; NaN where it is there and its standard coordinate is not
  /// known.
  virtual solver::Matrix residuals(const Measurements& measurement, const solver::Matrix& clean) const;
  /// [n]; 0 for additive noise.
  virtual solver::Vector log_scale(const Measurements& measurement, const solver::Matrix& clean) const;
  /// Whether there is a likelihood: noise that is known and not 0.
  bool has_likelihood() const { return !is_unknown() && level() > 0; }
  /// "0.23 (concentration)", for messages.
  virtual std::string text(const Layout& observations) const;
};

/// What a configuration says about the noise.
class NoiseSetup {
 public:
  virtual ~NoiseSetup() = default;
  virtual std::unique_ptr<NoiseSetup> clone() const = 0;
  /// The keys of `noise` after `model`.
  virtual void describe(configuration::Section& s) = 0;
  /// @param unit what 1 of a relative level means: pooled standard deviation of the clean training
  ///        observations
  /// @throws base::KeyError, or base::InputError naming a file, if the configuration does not fit the
  /// observations
  virtual std::shared_ptr<const Noise> make(const Layout& observations, double unit) const = 0;
  /// Whether the level can be chosen after training, so that one network may serve a range.
  virtual bool has_level() const { return false; }
  /// The level in make()'s `unit`, where the configuration gives it so.
  virtual std::optional<double> relative_level() const { return std::nullopt; }
  /// Whether the network can see fresh draws of it for every batch.
  virtual bool is_additive() const { return true; }
  virtual bool is_unknown() const { return false; }
  /// Fingerprints of files that it reads.
  virtual std::string file_fingerprint() const { return ""; }
};

}  // namespace scorefem::problem
