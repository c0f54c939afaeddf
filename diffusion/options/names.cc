#include "diffusion/options/names.h"

namespace scorefem::diffusion {

const Names<ProcessFamily>& names(ProcessFamily) {
  static const Names<ProcessFamily> table = {{ProcessFamily::ve_geometric, "ve_geometric"},
                                             {ProcessFamily::ve_linear, "ve_linear"},
                                             {ProcessFamily::vp, "vp"},
                                             {ProcessFamily::vp_straight, "vp_straight"}};
  return table;
}

const Names<Network>& names(Network) {
  static const Names<Network> table = {{Network::mlp, "mlp"},
                                       {Network::gaussian_residual, "gaussian_residual"}};
  return table;
}

const Names<Centre>& names(Centre) {
  static const Names<Centre> table = {{Centre::linear, "linear"}, {Centre::quadratic, "quadratic"}};
  return table;
}

const Names<Activation>& names(Activation) {
  static const Names<Activation> table = {{Activation::relu, "relu"}, {Activation::silu, "silu"}};
  return table;
}

const Names<Layers>& names(Layers) {
  static const Names<Layers> table = {{Layers::plain, "plain"}, {Layers::residual, "residual"}};
  return table;
}

const Names<LearningRateSchedule>& names(LearningRateSchedule) {
  static const Names<LearningRateSchedule> table = {{LearningRateSchedule::constant, "constant"},
                                                    {LearningRateSchedule::cosine, "cosine"}};
  return table;
}

const Names<Device>& names(Device) {
  static const Names<Device> table = {
      {Device::automatic, "auto"}, {Device::cpu, "cpu"}, {Device::cuda, "cuda"}};
  return table;
}

const Names<Method>& names(Method) {
  static const Names<Method> table = {{Method::rk45, "rk45"},
                                      {Method::euler, "euler"},
                                      {Method::heun, "heun"},
                                      {Method::angle_euler, "angle_euler"},
                                      {Method::angle_midpoint, "angle_midpoint"},
                                      {Method::angle_heun, "angle_heun"},
                                      {Method::angle_rk3, "angle_rk3"},
                                      {Method::angle_adaptive, "angle_adaptive"},
                                      {Method::dpm_solver_2m, "dpm_solver_2m"},
                                      {Method::euler_maruyama, "euler_maruyama"},
                                      {Method::stochastic_heun, "stochastic_heun"}};
  return table;
}

const Names<Precision>& names(Precision) {
  static const Names<Precision> table = {
      {Precision::float32, "float32"}, {Precision::bfloat16, "bfloat16"}, {Precision::automatic, "auto"}};
  return table;
}

}  // namespace scorefem::diffusion
