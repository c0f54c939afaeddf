#include "pipeline/problem/umbridge/umbridge_setup.h"

#include <algorithm>
#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/configuration/config_writer.h"
#include "pipeline/problem/component_keys.h"
#include "pipeline/problem/layout_file.h"

namespace scorefem::problem {
namespace {

using configuration::Section;

/// Names of the components of one or several vectors.
Layout numbered(const std::string& prefix, const std::vector<Eigen::Index>& sizes) {
  if (sizes.size() == 1) return numbered_layout(prefix, sizes[0]);
  std::vector<Component> components;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string vector = prefix + "_" + std::to_string(i + 1);
    for (Eigen::Index j = 1; j <= sizes[i]; ++j) {
      components.emplace_back();
      components.back().name = vector + "_" + std::to_string(j);
      components.back().group = vector;
    }
  }
  return Layout(std::move(components));
}

}  // namespace

void UmbridgeSetup::describe(Section& s) {
  // Where the model runs is not what it is: another address goes on with the same data.
  s.resource().text("url", address_.url, "of the server, http://HOST:PORT");
  s.reject_if(!umbridge::is_url(address_.url), "url",
              "http://HOST:PORT or https://HOST:PORT, PORT up to 65535");
  s.text("model", address_.model, "its name on the server");
  s.json("config", address_.config, "of the model, as it is");
  s.optional_text("version", version_, "of the simulator, any text: data of another one are made again");
  s.resource().integer("connections", patience_.connections, configuration::between(1, 1024),
                       "evaluations at the same time, of each rank");
  s.resource().number("timeout", address_.timeout, configuration::positive(), "s, of one evaluation");
  s.resource().integer("retries", patience_.retries, configuration::between(0, 1000),
                       "of an evaluation without an answer, before it is recorded as failed");
  s.resource().number("wait", patience_.wait, configuration::non_negative(),
                      "s that the server may be gone before work is saved and stops");
  describe_components(s, "unknowns", unknowns_, "absent: theta_1, ... as many as the server says");
  describe_components(s, "observations", observations_, "absent: x_1, ... as many as the server says");
}

std::string UmbridgeSetup::identity() const {
  UmbridgeSetup copy = *this;
  std::string problem = "umbridge";
  return configuration::write_config(
      [&](Section& root) {
        root.section(
            "forward",
            [&](Section& s) {
              s.text("problem", problem, "");
              copy.describe(s);
            },
            "");
      },
      false, configuration::Keys::of_results);
}

void UmbridgeSetup::adopt(const std::string& dataset) {
  if (adopted_unknowns_ || !std::filesystem::exists(dataset)) return;
  try {
    const base::Hdf5File file = base::Hdf5File::open(dataset);
    if (file.text_attribute("/", "inputs").find(identity() + "prior:") == std::string::npos) return;
    adopted_observations_ = read_layout(file, "/observations");
    adopted_unknowns_ = read_layout(file, "/unknowns");
  } catch (const base::InputError&) {
    // Not ours to judge here: the server is asked instead.
  }
}

void UmbridgeSetup::limit_patience(double answer_seconds, double absence_seconds) {
  address_.timeout = std::min(address_.timeout, answer_seconds);
  patience_.retries = 0;
  patience_.wait = std::min(patience_.wait, absence_seconds);
}

const umbridge::Sizes& UmbridgeSetup::sizes() const {
  if (!asked_->has_value()) *asked_ = umbridge::ask_sizes(address_);
  return **asked_;
}

Layout UmbridgeSetup::unknowns() const {
  if (!unknowns_.empty()) return Layout(unknowns_);
  return adopted_unknowns_ ? *adopted_unknowns_ : numbered("theta", sizes().inputs);
}

Layout UmbridgeSetup::observations() const {
  if (!observations_.empty()) return Layout(observations_);
  return adopted_observations_ ? *adopted_observations_ : numbered("x", sizes().outputs);
}

std::unique_ptr<ForwardModel> UmbridgeSetup::make(const solver::Vector& /*prior_mean*/) const {
  return std::make_unique<umbridge::ServedModel>(address_, patience_, unknowns().size(),
                                                 observations().size());
}

}  // namespace scorefem::problem
