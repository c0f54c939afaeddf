#pragma once

namespace scorefem::diffusion {

/// mlp: the paper's network (raw score, min-max normalisation). gaussian_residual: a network on top of the
/// closed-form conditional of the joint Gaussian fit, in the angle variable; one network serves every mask
/// and noise level.
enum class Network { mlp, gaussian_residual };
/// What the Gaussian conditional of gaussian_residual is linear in: the measurement, or also the pairwise
/// products of its components, for a forward model that is not linear.
enum class Centre { linear, quadratic };
enum class Activation { relu, silu };
/// What evaluates gaussian_residual: fully connected layers, or residual blocks that measurement and angle
/// enter each (network/residual_network.h).
enum class Layers { plain, residual };

/// The network and its coordinates. The defaults are the paper's (section 6 and Appendix B).
struct ModelOptions {
  Network network = Network::mlp;
  Layers layers = Layers::plain;             //!< residual: of gaussian_residual only
  int width = 256;                           //!< of every hidden layer, >= 1
  int hidden_layers = 4;                     //!< or residual blocks, >= 1
  Activation activation = Activation::relu;  //!< of plain layers
  Centre centre = Centre::linear;            //!< of gaussian_residual
  bool masked = false;    //!< the network sees the mask; without it every sensor must be on
  bool positive = false;  //!< the prior is clipped at 0: so are samples; training may use its values
                          //!< before clipping

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// The standard deviation of the measurement noise, absolute, physical units: one value, or a range sampled
/// log-uniformly.
struct NoiseRange {
  double minimum = 0.0;  //!< >= 0; > 0 if the range is not a single value
  double maximum = 0.0;  //!< >= minimum
  bool single() const { return minimum == maximum; }
  /// Whether a network for these levels serves this one. They may have been printed and read back: a
  /// thousandth beyond them counts as within.
  bool serves(double level) const;
  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

}  // namespace scorefem::diffusion
