#include "pipeline/configuration/model_section.h"

#include <cmath>
#include <optional>
#include <stdexcept>

#include "diffusion/options/device.h"
#include "diffusion/options/names.h"
#include "pipeline/base/errors.h"
#include "pipeline/configuration/config_section.h"

namespace scorefem::configuration {
namespace {

Bounds from_zero_below_one() {
  Bounds bounds = between(0, 1);
  bounds.upper_open = true;
  return bounds;
}

}  // namespace

void describe_process(Section& s, diffusion::ProcessOptions& process) {
  using diffusion::ProcessFamily;
  s.choice("family", process.family, names(process.family), "forward process");
  if (process.family == ProcessFamily::ve_geometric) {
    Bounds above_one = at_least(1);
    above_one.lower_open = true;
    s.number("amplitude", process.amplitude, above_one, "a of g^2 = a^(2t)");
  }
  if (process.family == ProcessFamily::ve_linear) {
    s.number("s_min", process.s_min, non_negative(), "s(0)");
    s.number("s_max", process.s_max, positive(), "s(1)");
    s.reject_if(process.s_min >= process.s_max, "s_max", "more than s_min");
  }
  if (process.family == ProcessFamily::vp) {
    s.number("b_min", process.b_min, non_negative(), "b(0)");
    s.number("b_max", process.b_max, positive(), "b(1)");
    s.reject_if(process.b_min >= process.b_max, "b_max", "more than b_min");
  }
  if (process.family == ProcessFamily::vp || process.family == ProcessFamily::vp_straight) {
    s.number("k", process.k, positive(), "exponent of s^2 = (1 - m^k)^(2/k)");
  }
}

void describe_optimisation(Section& s, diffusion::TrainingOptions& training) {
  s.integer("epochs", training.epochs, at_least(1), "passes over the training part");
  s.integer("batch_size", training.batch_size, at_least(1), "pairs per step");
  s.number("learning_rate", training.learning_rate, positive(), "of Adam");
  s.choice("schedule", training.schedule, names(training.schedule), "of the learning rate");
  s.number("ema_decay", training.ema_decay, from_zero_below_one(), "of the averaged weights; 0 is off");
  s.number("gradient_clip", training.gradient_clip, non_negative(), "largest norm; 0 is off");
}

void describe_residual_training(Section& s, diffusion::TrainingOptions& training) {
  diffusion::AngleDistribution& angles = training.angles;
  s.number("weight_decay", training.weight_decay, between(0, 10), "of AdamW; 0 is off");
  s.number("small_angles", angles.small, between(0, 1),
           "share of angles theta with a normal log tan(theta), the others uniform: narrow posteriors");
  if (angles.small == 0) return;
  s.number("small_angle_mean", angles.small_mean, between(-10, 10), "of their log tan(theta)");
  s.number("small_angle_sd", angles.small_sd, between(0.01, 10), "of their log tan(theta)");
}

void describe_validation(Section& s, diffusion::TrainingOptions& training) {
  s.number("validation_fraction", training.validation_fraction, from_zero_below_one(),
           "of the training pairs, held back");
  s.integer("validation_interval", training.validation_interval, at_least(1), "epochs");
  s.integer("patience", training.patience, at_least(0),
            "stop after so many validations without progress; 0 is off");
  s.reject_if(training.patience > 0 && training.validation_fraction == 0, "patience",
              "0 when validation_fraction is 0: nothing is held back to judge by");
}

void describe_window(Section& s, diffusion::TrainingOptions& training) {
  std::optional<double> window;
  if (training.window > 0) window = static_cast<double>(training.window);
  s.optional_number("window", window, at_least(1),
                    "pairs that are shuffled together, for data larger than memory; left out: all");
  s.reject_if(window && (*window != std::floor(*window) || *window > 9e15), "window",
              "a whole number of pairs, at most 9e15");
  training.window = window ? static_cast<std::int64_t>(*window) : 0;
}

void describe_sampler(Section& s, diffusion::SamplerOptions& sampler) {
  using diffusion::Method;
  s.choice("method", sampler.method, names(sampler.method), "integrator");
  const bool stochastic =
      sampler.method == Method::euler_maruyama || sampler.method == Method::stochastic_heun;
  if (sampler.method == Method::rk45) {
    s.number("rtol", sampler.rtol, positive(), "relative tolerance");
    s.number("atol", sampler.atol, positive(), "absolute tolerance");
  } else {
    s.integer("steps", sampler.steps, at_least(1), "");
    if (sampler.method == Method::angle_adaptive) {
      s.number("small_displacement", sampler.small_displacement, non_negative(),
               "up to which one evaluation is enough, in posterior sd");
      s.number("step_error", sampler.step_error, positive(),
               "of a step that is not halved, in the sd that noise gives the state there");
    }
  }
  if (stochastic)
    s.number("alpha", sampler.alpha, positive(), "of the reverse process; 1 is the well-known one");
  s.choice(
      "precision", sampler.precision, names(sampler.precision),
      "of the network's layers; auto: the faster one here, measured at the start; it alone depends on that");
  if (!sampler.in_angle()) {
    s.optional_number("end_time", sampler.end_time, from_zero_below_one(),
                      "t at which the reverse process stops; left out: where nothing is left to resolve");
  }
}

void describe_device(Section& s, diffusion::Device& device) {
  s.choice("device", device, names(device), "of the network");
}

void require_device(diffusion::Device device) {
  try {
    diffusion::resolve_device(device);
  } catch (const std::invalid_argument& error) {
    throw base::InputError(std::string("resources.") + error.what());
  }
}

}  // namespace scorefem::configuration
