#include "pipeline/problem/umbridge/served_model.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include "diffusion/numerics/warnings.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/joined.h"

namespace scorefem::problem::umbridge {
namespace {

using Clock = std::chrono::steady_clock;
using solver::Matrix;
using solver::Vector;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string text_of(const std::vector<Eigen::Index>& sizes) {
  std::vector<std::string> texts;
  for (const Eigen::Index size : sizes) texts.push_back(std::to_string(size));
  return "[" + base::joined(texts) + "]";
}

Eigen::Index total(const std::vector<Eigen::Index>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), Eigen::Index{0});
}

}  // namespace

Sizes ask_sizes(const Address& address) {
  const std::string what = "forward.url = " + address.url + ": ";
  try {
    Client client(address);
    const std::vector<std::string> models = client.models();
    if (std::find(models.begin(), models.end(), address.model) == models.end()) {
      throw base::InputError(what + "the server has no model '" + address.model +
                             "' (forward.model); it has " + (models.empty() ? "none" : base::joined(models)));
    }
    if (!client.supports("Evaluate"))
      throw base::InputError(what + "the model '" + address.model + "' does not offer Evaluate");
    return {client.input_sizes(), client.output_sizes(), client.supports("Gradient"),
            client.supports("ApplyJacobian")};
  } catch (const Unreachable& error) {
    throw base::InputError(what + "no UM-Bridge server answers there (" + error.what() + "); start it first");
  } catch (const NoAnswer& error) {
    throw base::InputError(what + error.what());
  } catch (const Refused& error) {
    throw base::InputError(what + error.what());
  }
}

/// The calls of one batch, shared by the threads of all connections.
class ServedModel::Batch {
 public:
  using Call = std::function<Vector(Client& client, Eigen::Index row)>;

  /// @param call gives row `row` of the values, [columns]
  Batch(ServedModel& model, Eigen::Index rows, Eigen::Index columns, Call call)
      : model_(model),
        call_(std::move(call)),
        values_(Matrix::Constant(rows, columns, std::numeric_limits<double>::quiet_NaN())),
        reasons_(static_cast<std::size_t>(rows)) {}

  Observations run() {
    const auto n = std::min<std::size_t>(model_.clients_.size(), reasons_.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < n; ++i) {
      begin_work();
      try {
        threads.emplace_back([this, i] { work(*model_.clients_[i]); });
      } catch (const std::system_error& error) {  // fewer threads do the same work
        end_work();
        if (threads.empty()) throw;
        break;
      }
    }
    wait();
    for (std::thread& thread : threads) thread.join();
    if (!stopped_.empty()) throw base::Interrupted(stopped_);
    Observations observed{std::move(values_), {}};
    for (std::size_t row = 0; row < reasons_.size(); ++row)
      if (reasons_[row]) observed.failures.push_back({static_cast<Eigen::Index>(row), *reasons_[row]});
    return observed;
  }

 private:
  /// For all threads, or a signal, which ends the calls that are under way.
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return n_working_ == 0; })) {
      if (stopped_.empty() && base::interrupt_requested_to_save()) stopped_ = "a signal came";
      if (stopped_.empty()) continue;
      changed_.notify_all();
      next_ = values_.rows();
      for (const auto& client : model_.clients_) client->stop();
    }
  }

  void work(Client& client) {
    try {
      for (Eigen::Index row = next_++; row < values_.rows() && !is_stopped(); row = next_++) ask(client, row);
    } catch (const std::exception& error) {
      stop(error.what());
    }
    end_work();
  }
  void begin_work() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++n_working_;
  }
  void end_work() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --n_working_;
    changed_.notify_all();
  }

  void ask(Client& client, Eigen::Index row) {
    auto& reason = reasons_[static_cast<std::size_t>(row)];
    for (int tries = 0; !is_stopped(); ++tries) {
      try {
        values_.row(row) = call_(client, row).transpose();
        return;
      } catch (const Refused& error) {
        if (error.type == "ModelNotFound") return stop(model_.address_.url + ": " + error.what());
        reason = error.what();
        return;
      } catch (const NoAnswer& error) {
        if (tries >= model_.patience_.retries) {
          reason = error.what() + std::string(", ") + std::to_string(tries + 1) + " times";
          return;
        }
        pause(std::min(0.1 * std::ldexp(1.0, tries), 2.0));
      } catch (const Unreachable& error) {
        if (!is_there(client)) wait_for_server(client, error.what());
        if (tries > model_.patience_.retries) {  // one more: an idle connection may have been closed
          reason = "the server went away, " + std::to_string(tries + 1) + " times";
          return;
        }
        pause(0.1);
      }
    }
  }

  static bool is_there(Client& client) {
    try {
      client.models();
      return true;
    } catch (const Unreachable&) {
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }

  /// Returns when the server is back, or all stops.
  void wait_for_server(Client& client, const std::string& error) {
    announce(true, error);
    const Clock::time_point start = Clock::now();
    for (double between = 0.1; !is_stopped(); between = std::min(2 * between, 2.0)) {
      pause(between);
      if (is_stopped()) return;
      if (is_there(client)) return announce(false, "");
      if (seconds_since(start) > model_.patience_.wait) return stop(error);
    }
  }

  /// One thread says it for all.
  void announce(bool away, const std::string& error) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (away == away_) return;
    away_ = away;
    if (away) {
      std::ostringstream message;
      message << error << "; waiting up to " << model_.patience_.wait << " s (forward.wait)";
      diffusion::warn("server_away", message.str());
    } else {
      diffusion::warn("server_back", model_.address_.url + ": the server is back");
    }
  }

  void stop(const std::string& reason) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_.empty()) stopped_ = reason;
    changed_.notify_all();
  }
  bool is_stopped() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return !stopped_.empty();
  }
  void pause(double seconds) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return !stopped_.empty(); });
  }

  ServedModel& model_;
  Call call_;
  Matrix values_;
  std::vector<std::optional<std::string>> reasons_;
  std::atomic<Eigen::Index> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t n_working_ = 0;
  std::string stopped_;  // why all stops; empty: it does not
  bool away_ = false;
};

ServedModel::ServedModel(const Address& address, const Patience& patience, Eigen::Index n_unknowns,
                         Eigen::Index n_observations)
    : address_(address), patience_(patience), n_unknowns_(n_unknowns), n_observations_(n_observations) {
  for (int i = 0; i < patience.connections; ++i) clients_.push_back(std::make_unique<Client>(address));
}

ServedModel::~ServedModel() = default;

void ServedModel::ask_once() {
  if (!sizes_.inputs.empty()) return;
  const Sizes sizes = ask_sizes(address_);
  const auto require = [&](const std::vector<Eigen::Index>& found, Eigen::Index wanted, const char* what) {
    if (total(found) == wanted) return;
    throw base::InputError("forward.url = " + address_.url + ": the model '" + address_.model + "' has " +
                           what + " of sizes " + text_of(found) + "; expected " + std::to_string(wanted) +
                           " values in all");
  };
  require(sizes.inputs, n_unknowns_, "inputs");
  require(sizes.outputs, n_observations_, "outputs");
  sizes_ = sizes;
}

Observations ServedModel::observe(const Matrix& unknowns) {
  ask_once();
  n_evaluations_ += unknowns.rows();
  return Batch(*this, unknowns.rows(), n_observations_,
               [&](Client& client, Eigen::Index row) {
                 return client.evaluate(unknowns.row(row), sizes_.inputs, sizes_.outputs);
               })
      .run();
}

ForwardModel::Derivatives ServedModel::derivatives() {
  ask_once();
  return {sizes_.gradient, sizes_.jacobian};
}

Matrix ServedModel::gradients(const Matrix& unknowns, const Matrix& sensitivity) {
  ask_once();
  n_derivatives_ += unknowns.rows();
  return Batch(*this, unknowns.rows(), n_unknowns_,
               [&](Client& client, Eigen::Index row) {
                 return client.gradient(unknowns.row(row), sensitivity.row(row), sizes_.inputs,
                                        sizes_.outputs);
               })
      .run()
      .values;
}

Matrix ServedModel::apply_jacobian(const Matrix& unknowns, const Matrix& direction) {
  ask_once();
  n_derivatives_ += unknowns.rows();
  return Batch(*this, unknowns.rows(), n_observations_,
               [&](Client& client, Eigen::Index row) {
                 return client.apply_jacobian(unknowns.row(row), direction.row(row), sizes_.inputs,
                                              sizes_.outputs);
               })
      .run()
      .values;
}

std::string ServedModel::unavailable() {
  try {
    ask_once();
    return "";
  } catch (const base::InputError& error) {
    return error.what();
  }
}

std::string ServedModel::effort() const {
  return std::to_string(n_evaluations_) + " evaluations " +
         (n_derivatives_ > 0 ? "and " + std::to_string(n_derivatives_) + " derivatives " : "") + "by " +
         address_.url;
}

}  // namespace scorefem::problem::umbridge
