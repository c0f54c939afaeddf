#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/model/model.h"
#include "pipeline/base/run_log.h"
#include "pipeline/certificate/inverted.h"
#include "pipeline/certificate/pareto_smoothing.h"
#include "pipeline/study/study.h"
#include "pipeline/training/trained_model.h"
#include "pipeline/truth/study_posterior.h"

namespace scorefem::certificate {

/// Share of draws without a solution beyond which weights would leave out a part of the posterior that
/// counts.
inline constexpr double kMostUnsolved = 0.01;

/// The learnt posterior of one measurement, weighted to the exact one.
struct CorrectedPosterior {
  SmoothedWeights weights;            //!< of `weighted`
  solver::Matrix weighted;            //!< [n, n_unknowns] draws of the learnt posterior
  solver::Matrix samples;             //!< [n, n_unknowns] resampled, with repetitions; only if trustworthy
  solver::Vector mean;                //!< [n_unknowns], by the weights
  solver::Vector standard_deviation;  //!< [n_unknowns], by the weights
  Eigen::Index unsolved = 0;          //!< draws at which the forward model found no solution: of weight 0
  bool trustworthy = false;           //!< k-hat < kLargestKhat, and at most kMostUnsolved of the draws
};

/// Weights samples of the learnt posterior by likelihood x prior / learnt density (as DINGO does: Dax et al.,
/// Phys. Rev. Lett. 130, 2023), in the coordinates that the network learns, which are those of the prior's
/// Gaussian vector: there all densities are smooth, and a clipped prior is not clipped yet.
///
/// In narrow directions (latent_directions.h) the target is the Gaussian regression on the others that fits
/// the draws themselves, which leaves the target of the others what it is.
class Correction {
 public:
  /// All must outlive it. The study meets require_weights().
  Correction(const study::Study& study, const diffusion::Model& model, const truth::StudyPosterior& posterior,
             const Inverted& inverted);

  /// @param row of what is inverted, and of the random numbers
  /// @param seed of these
  CorrectedPosterior correct(Eigen::Index row, std::int64_t n_samples, std::uint64_t seed) const;

  /// Logarithm of prior (up to a constant) and likelihood.
  struct Target {
    solver::Vector log_density;  //!< [n]; -infinity where the likelihood is 0 or no solution was found
    Eigen::Index unsolved;       //!< the latter
  };
  /// @param latent vectors v [n, n_unknowns]
  Target target(const solver::Matrix& latent, Eigen::Index row) const;

 private:
  const diffusion::Model& model_;
  const truth::StudyPosterior& posterior_;
  const Inverted& inverted_;
  std::shared_ptr<const problem::Prior> prior_;
  solver::Matrix wide_;    // [n_unknowns, k] v less its mean to standard normal coordinates
  solver::Matrix narrow_;  // [n_unknowns, n_unknowns - k] to narrow directions
};

/// What weights need of the configuration, beside what require_likelihood() asks for.
/// @throws base::InputError for fewer samples than ten for each unknown, or if the network does not learn the
/// prior's Gaussian vector
void require_weights(const study::Study& study, const problem::Noise& noise);

/// The corrected posterior of each measurement, by as many samples as the study says; parameters as for
/// exact_posteriors().
/// @throws base::InputError as require_weights()
std::vector<CorrectedPosterior> corrected_posteriors(const study::Study& study,
                                                     const training::TrainedModel& model,
                                                     std::optional<solver::Matrix> response,
                                                     const Inverted& inverted, std::uint64_t seed,
                                                     base::RunLog& log);

/// "corrected: 812 effective draws of 1000, k-hat 0.21: trustworthy"
std::string verdict(const CorrectedPosterior& corrected);

/// Indices of a systematic resample of the same size.
/// @param weights [n] >= 0, not all 0
/// @param offset in [0, 1)
std::vector<Eigen::Index> resampled(const solver::Vector& weights, double offset);

/// The group /corrected of posterior_format.md.
void write_corrected(const std::string& path, const std::vector<CorrectedPosterior>& corrected);

}  // namespace scorefem::certificate
