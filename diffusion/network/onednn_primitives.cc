#include "diffusion/network/onednn_primitives.h"

namespace scorefem::diffusion {

namespace {

void append_eltwise(dnnl::post_ops& operations, dnnl::algorithm algorithm, float alpha) {
#if DNNL_VERSION_MAJOR >= 3
  operations.append_eltwise(algorithm, alpha, 0.0F);
#else
  operations.append_eltwise(1.0F, algorithm, alpha, 0.0F);
#endif
}

dnnl::primitive_attr attributes_for(const AfterProduct& after) {
  dnnl::post_ops operations;
  if (after.adds) operations.append_sum();
  if (after.activation.has_value()) {
    if (*after.activation == Activation::relu)
      append_eltwise(operations, dnnl::algorithm::eltwise_relu, 0.0F);
    else
      append_eltwise(operations, dnnl::algorithm::eltwise_swish, 1.0F);
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

}  // namespace

dnnl::matmul::primitive_desc product_description(const dnnl::engine& engine, const dnnl::memory::desc& source,
                                                 const dnnl::memory::desc& weights,
                                                 const dnnl::memory::desc* bias,
                                                 const dnnl::memory::desc& target,
                                                 const AfterProduct& after) {
  using dnnl::matmul;
  const dnnl::primitive_attr attributes = attributes_for(after);
#if DNNL_VERSION_MAJOR >= 3
  return bias != nullptr ? matmul::primitive_desc(engine, source, weights, *bias, target, attributes)
                         : matmul::primitive_desc(engine, source, weights, target, attributes);
#else
  return {
      bias != nullptr ? matmul::desc(source, weights, *bias, target) : matmul::desc(source, weights, target),
      attributes, engine};
#endif
}

}  // namespace scorefem::diffusion
