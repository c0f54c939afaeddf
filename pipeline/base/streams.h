#pragma once

#include "diffusion/numerics/counter_random.h"

/// The program's own streams of random numbers: what they are for, and what their index counts.
namespace scorefem::base::streams {

using diffusion::Stream;  // NOLINTBEGIN(readability-identifier-naming): read as streams::prior

inline constexpr Stream prior{1};              //!< latent normals of the prior; sample
inline constexpr Stream measurement_noise{2};  //!< the data set's fixed noise; sample
inline constexpr Stream sensor_mask{3};        //!< the data set's fixed masks; sample
inline constexpr Stream joint_density{17};     //!< pairs of the densities; pair; substream: density and set
inline constexpr Stream ellipse{18};           //!< elliptical slice sampling, ellipses; chain and iteration
inline constexpr Stream ellipse_angle{19};     //!< slice and angles; chain and iteration; substream: attempt
inline constexpr Stream chain_start{20};       //!< where Markov chains start; chain
inline constexpr Stream rank_order{21};      //!< order of tied samples, and places within a rank; measurement
inline constexpr Stream stand_in{22};        //!< samples that stand in for the truth; measurement
inline constexpr Stream tarp_reference{23};  //!< reference points; measurement
inline constexpr Stream gaussian_answer{24};  //!< samples of a Gaussian posterior; measurement
inline constexpr Stream projection{25};       //!< directions of sliced transport; direction
inline constexpr Stream test_rows{27};        //!< which imported pairs become the test part; row
inline constexpr Stream label_swap{28};       //!< permutations of the local two-sample test; measurement
inline constexpr Stream resampling{30};       //!< of weighted samples; measurement
inline constexpr Stream held_out{31};  //!< training samples that a measurement is compared with; sample
// NOLINTEND(readability-identifier-naming)

}  // namespace scorefem::base::streams
