#include "diffusion/options/options_text.h"

#include <cstdio>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "diffusion/options/names.h"

namespace scorefem::diffusion {

namespace {

template <class Enum>
std::string name_of(Enum value) {
  for (const auto& [candidate, name] : names(value))
    if (candidate == value) return name;
  throw std::invalid_argument("value without a name");
}

std::string format(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}
std::string format(int value) {
  return std::to_string(value);
}
std::string format(std::uint64_t value) {
  return std::to_string(value);
}
std::string format(bool value) {
  return value ? "true" : "false";
}
template <class Enum, class = std::enable_if_t<std::is_enum_v<Enum>>>
std::string format(Enum value) {
  return name_of(value);
}

void parse(const std::string& text, double& value) {
  value = std::stod(text);
}
void parse(const std::string& text, int& value) {
  value = std::stoi(text);
}
void parse(const std::string& text, bool& value) {
  if (text != "true" && text != "false") throw std::invalid_argument("not a truth value: " + text);
  value = text == "true";
}
template <class Enum, class = std::enable_if_t<std::is_enum_v<Enum>>>
void parse(const std::string& text, Enum& value) {
  for (const auto& [candidate, name] : names(value))
    if (text == name) {
      value = candidate;
      return;
    }
  throw std::invalid_argument("unknown name: " + text);
}

struct Writer {
  OptionsText text;
  template <class Value>
  void operator()(const char* name, const Value& value) {
    text[name] = format(value);
  }
  template <class Value>
  void since_version_5(const char* name, const Value& value) {
    (*this)(name, value);
  }
};

struct Reader {
  const OptionsText& text;
  template <class Value>
  void operator()(const char* name, Value& value) const {
    const auto found = text.find(name);
    if (found == text.end()) throw std::invalid_argument(std::string("missing option ") + name);
    parse(found->second, value);
  }
  /// The default where a checkpoint of version 4 has none.
  template <class Value>
  void since_version_5(const char* name, Value& value) const {
    if (text.count(name) > 0) (*this)(name, value);
  }
};

// Each option is named once, for writing and reading alike.

template <class Options, class Visitor>
void visit_process(Options& o, Visitor& visit) {
  visit("family", o.family);
  visit("amplitude", o.amplitude);
  visit("s_min", o.s_min);
  visit("s_max", o.s_max);
  visit("b_min", o.b_min);
  visit("b_max", o.b_max);
  visit("k", o.k);
}

template <class Options, class Visitor>
void visit_model(Options& o, Visitor& visit) {
  visit("network", o.network);
  visit("width", o.width);
  visit("hidden_layers", o.hidden_layers);
  visit.since_version_5("layers", o.layers);
  visit("activation", o.activation);
  visit("centre", o.centre);
  visit("masked", o.masked);
  visit("positive", o.positive);
}

template <class Options, class Visitor>
void visit_noise(Options& o, Visitor& visit) {
  visit("noise_minimum", o.minimum);
  visit("noise_maximum", o.maximum);
}

}  // namespace

OptionsText to_text(const ProcessOptions& options) {
  Writer writer;
  visit_process(options, writer);
  return writer.text;
}

OptionsText to_text(const ModelOptions& options) {
  Writer writer;
  visit_model(options, writer);
  return writer.text;
}

OptionsText to_text(const NoiseRange& range) {
  Writer writer;
  visit_noise(range, writer);
  return writer.text;
}

OptionsText to_text(const TrainingOptions& o) {
  Writer write;
  write("epochs", o.epochs);
  write("batch_size", o.batch_size);
  write("learning_rate", o.learning_rate);
  write("schedule", o.schedule);
  write("ema_decay", o.ema_decay);
  write("weight_decay", o.weight_decay);
  write("small_angles", o.angles.small);
  // What changes nothing is no difference.
  write("small_angle_mean", o.angles.small > 0.0 ? o.angles.small_mean : 0.0);
  write("small_angle_sd", o.angles.small > 0.0 ? o.angles.small_sd : 0.0);
  write("gradient_clip", o.gradient_clip);
  write("fresh_noise", o.fresh_noise);
  write("fresh_masks", o.fresh_masks);
  write("mask_probability", o.mask_probability);
  write("validation_fraction", o.validation_fraction);
  write("validation_interval", o.validation_interval);
  write("patience", o.patience);
  write("seed", o.seed);
  if (o.window > 0) write("window", static_cast<std::uint64_t>(o.window));  // checkpoints without it had none
  return write.text;
}

ProcessOptions process_options_from_text(const OptionsText& text) {
  ProcessOptions options;
  const Reader reader{text};
  visit_process(options, reader);
  return options;
}

ModelOptions model_options_from_text(const OptionsText& text) {
  ModelOptions options;
  const Reader reader{text};
  visit_model(options, reader);
  return options;
}

NoiseRange noise_range_from_text(const OptionsText& text) {
  NoiseRange range;
  const Reader reader{text};
  visit_noise(range, reader);
  return range;
}

std::string to_string(ProcessFamily family) {
  return name_of(family);
}
std::string to_string(Network network) {
  return name_of(network);
}
std::string to_string(Activation activation) {
  return name_of(activation);
}
std::string to_string(LearningRateSchedule schedule) {
  return name_of(schedule);
}

}  // namespace scorefem::diffusion
