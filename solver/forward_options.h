#pragma once

#include "solver/channel.h"

namespace scorefem::solver {

/// linear: u . grad c - kappa lap c = 0 (paper, Eq. 50);
/// reaction: u . grad c - kappa lap c = r c (1 - c / C) (paper, Eq. 52).
enum class Problem { linear, reaction };

/// parabolic: u_max 4 y (H - y) / H^2 (the paper's); uniform: u_max everywhere (plug flow).
enum class VelocityProfile { parabolic, uniform };

/// What the given q means on the walls, n outward: diffusive: kappa dc/dn = q; gradient: dc/dn = q.
enum class FluxCondition { diffusive, gradient };

/// Streamline-upwind Petrov-Galerkin terms: never, always, or where the cell Peclet number asks for them.
enum class Stabilisation { none, supg, automatic };

/// samples: every rank solves its own samples; domain: one mesh distributed over all ranks, or a group of
/// them.
enum class Parallel { samples, domain };

/// Logistic growth r c (1 - c / C).
struct ReactionOptions {
  double rate = 2.0;      //!< r, in 1/time, >= 0
  double capacity = 2.0;  //!< C, concentration, > 0
  /// Flux through every segment at which the solver linearises, best near the mean of the fluxes to come, >=
  /// 0. It decides how many iterations a sample takes, not the solution.
  double expansion_flux = 2.0;

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// Continuous tensor-product elements on quadrilaterals aligned with the flux segments. Relative error of the
/// default (2,470 unknowns) at the sensors: 2e-5 (linear problem); of {8, 1, 6, 2} (7,448 unknowns): 1.2e-7.
struct DiscretisationOptions {
  int degree = 5;             //!< polynomial degree, 1..12
  int cells_per_segment = 1;  //!< cells along each flux segment, >= 1
  int cells_across = 5;       //!< cells from wall to wall, >= 2
  double grading = 2.0;       //!< >= 1; ratio of the widest to the narrowest cell across; 1 is uniform

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// Everything that defines the map from wall fluxes to concentrations.
struct ForwardOptions {
  Problem problem = Problem::linear;
  double diffusivity = 0.03;   //!< kappa, length^2/time, > 0 (default for reaction: 4)
  double peak_velocity = 0.1;  //!< u_max, length/time, >= 0 (default for reaction: 12)
  VelocityProfile velocity_profile = VelocityProfile::parabolic;
  FluxCondition flux_condition = FluxCondition::diffusive;
  ReactionOptions reaction;
  ChannelOptions channel;
  DiscretisationOptions discretisation;
  Stabilisation stabilisation = Stabilisation::automatic;
  Parallel parallel = Parallel::samples;
  int ranks_per_mesh = 0;  //!< Parallel::domain: consecutive ranks that share a mesh, >= 0; 0: all ranks

  /// The documented defaults of each problem.
  static ForwardOptions defaults_for(Problem problem);
  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

}  // namespace scorefem::solver
