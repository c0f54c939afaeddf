#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "diffusion/options/model_options.h"

namespace scorefem::diffusion {

/// What follows a matrix product before it is stored.
struct AfterProduct {
  bool adds = false;  ///< to what is in the target
  std::optional<Activation> activation;
};

/// target = after(source weights + bias) on the CPU, whatever oneDNN's version: 2 describes the operation
/// first, 3 its primitive only. The caller gives the scratchpad, because a primitive that several threads
/// execute has no memory of its own.
/// @param bias [1, columns], or nullptr for none
/// @throws dnnl::error for shapes or types that oneDNN cannot multiply
dnnl::matmul::primitive_desc product_description(const dnnl::engine& engine, const dnnl::memory::desc& source,
                                                 const dnnl::memory::desc& weights,
                                                 const dnnl::memory::desc* bias,
                                                 const dnnl::memory::desc& target, const AfterProduct& after);

}  // namespace scorefem::diffusion
