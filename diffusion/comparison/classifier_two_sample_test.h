#pragma once

#include <torch/types.h>

#include <cstdint>

namespace scorefem::diffusion {

/// The classifier and its cross-validation.
struct TwoSampleOptions {
  int folds = 5;                //!< >= 2
  int epochs = 20;              //!< passes over each fold's training part, >= 1
  int batch_size = 256;         //!< >= 1
  int width = 64;               //!< of both hidden layers, >= 1
  double learning_rate = 2e-3;  //!< of Adam, > 0
  double weight_decay = 1e-3;   //!< times the learning rate, decoupled (Loshchilov and Hutter 2019), >= 0
  std::uint64_t seed = 1;

  /// Throws std::invalid_argument naming the value and what is allowed.
  void validate() const;
};

/// Both NaN if a classifier's training diverged: then nothing is known.
struct TwoSampleResult {
  double accuracy;        //!< on held-out rows: 0.5 if the distributions are equal, 1 if they are disjoint
  double standard_error;  //!< over groups, which are independent; that the folds' classifiers share data is
                          //!< left out
};

/// Classifier two-sample test (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017): how
/// well a small network tells samples of two distributions apart.
/// @param first,second [n, n_features] each, floating-point, CPU; standardised inside
/// @param group int64 [n], 0 <= group < n_groups: rows of one group, of both sets, may depend on each other
/// and are held out together Throws std::invalid_argument for bad options, shapes that disagree, values that
/// are not finite and fewer groups than folds.
TwoSampleResult classifier_two_sample_test(const torch::Tensor& first, const torch::Tensor& second,
                                           const torch::Tensor& group, const TwoSampleOptions& options = {});

}  // namespace scorefem::diffusion
