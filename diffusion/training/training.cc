#include "diffusion/training/training.h"

#include <torch/types.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

#include "diffusion/model/make_model.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/threads.h"
#include "diffusion/options/device.h"
#include "diffusion/training/batch_order.h"
#include "diffusion/training/batch_source.h"
#include "diffusion/training/checkpoint_file.h"
#include "diffusion/training/device_steps.h"
#include "diffusion/training/host_steps.h"
#include "diffusion/training/pair_split.h"
#include "diffusion/training/schedule.h"

namespace scorefem::diffusion {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A training run between the moment its data is ready and its last checkpoint.
class Run {
 public:
  Run(const Pairs& pairs, const ModelSetup& setup, const TrainingOptions& options, std::string path,
      const std::map<std::string, std::string>& metadata)
      : options_(options),
        path_(std::move(path)),
        device_(resolve_device(options.device)),
        parts_(split_pairs(pairs, options)),
        validation_(validation_source(pairs, parts_, setup.model.masked, options, device_)),
        order_(options.seed, parts_.training.size(0), options.window,
               read_ahead(pairs, parts_.training, options)) {
    steps_per_epoch_ = parts_.training.size(0) / options.batch_size;
    content_.setup = setup;
    content_.training = to_text(options);
    content_.metadata = metadata;
    content_.data = pairs.fingerprint();
    const PairRows training(pairs, parts_.training);
    if (std::filesystem::exists(path_))
      resume(training);
    else
      start(training);
    training_.emplace(trained_pairs(training), parts_.training, setup.model.masked, options, device_);
    if (device_.is_cpu())
      steps_ = std::make_unique<HostSteps>(*model_, *training_, options_);
    else
      steps_ = std::make_unique<DeviceSteps>(*model_, *training_, options_);
  }

  TrainingResult train(const TrainingCallbacks& callbacks) {
    TrainingState& state = content_.state;
    const auto begin = Clock::now();
    begin_ = begin;
    seconds_before_ = state.history.empty() ? 0.0 : state.history.back().seconds;
    auto last_checkpoint = begin;
    const std::int64_t first_step = state.step;
    bool stopped = false;
    while (!state.finished && !stopped) {
      take_steps();
      if (callbacks.progress) {
        const double last_validation = state.history.empty() ? std::numeric_limits<double>::quiet_NaN()
                                                             : state.history.back().validation_loss;
        callbacks.progress({state.step, state.total_steps, running_loss_, last_validation,
                            learning_rate(options_, state.step, state.total_steps),
                            static_cast<double>(state.step - first_step) / seconds_since(begin)});
      }
      stopped = !state.finished && callbacks.stop && callbacks.stop();
      if (state.finished || stopped || seconds_since(last_checkpoint) > options_.checkpoint_interval) {
        save();
        last_checkpoint = Clock::now();
      }
    }
    TrainingResult result{nullptr, state.history, state.step, state.finished};
    model_->set_parameters(state.sampling_parameters().detach());
    result.model = std::move(model_);
    return result;
  }

 private:
  /// The pairs as training sees them.
  Pairs trained_pairs(const PairRows& training) const {
    Pairs pairs = training.pairs();
    const torch::Tensor unknowns = model_->training_unknowns(training);
    if (unknowns.defined())
      pairs.inferred = pairs.inferred.index_copy(0, parts_.training, unknowns.to(pairs.inferred.dtype()));
    return pairs;
  }

  void start(const PairRows& pairs) {
    model_ = make_model(content_.setup, pairs, device_);
    content_.buffers = model_->buffers();
    model_->prepare_training(pairs, options_);
    TrainingState& state = content_.state;
    state.parameters = model_->initial_parameters({options_.seed, Stream::network}).to(device_);
    state.adam = Adam::for_parameters(state.parameters);
    if (options_.ema_decay > 0.0) state.averaged = state.parameters.clone();
    state.total_steps = options_.epochs * steps_per_epoch_;
    save();
  }

  /// Continues from the file, if it belongs to the same run. What was computed from the data goes on as it
  /// was: another number of threads, BLAS or processor would round it otherwise.
  void resume(const PairRows& pairs) {
    CheckpointContent stored = read_checkpoint(path_);
    const auto compare = [this](const OptionsText& then, const OptionsText& now) {
      for (const auto& [name, value] : now) {
        const auto found = then.find(name);
        if (found == then.end() || found->second != value)
          throw CheckpointError("checkpoint " + path_ + " belongs to another run: " + name + " was " +
                                (found == then.end() ? "not there" : found->second) + ", now " + value);
      }
    };
    compare(to_text(stored.setup.process), to_text(content_.setup.process));
    compare(to_text(stored.setup.model), to_text(content_.setup.model));
    compare(to_text(stored.setup.noise), to_text(content_.setup.noise));
    compare(stored.training, content_.training);
    if (stored.training.count("window") > content_.training.count("window"))
      throw CheckpointError("checkpoint " + path_ + " belongs to another run: window was " +
                            stored.training.at("window") + ", now 0");
    if (stored.data != content_.data)
      throw CheckpointError(
          "checkpoint " + path_ + " belongs to another run: it was trained on other data (" +
          (stored.data.empty() ? "it does not say which" : stored.data) + ", now " + content_.data + ")");
    content_.buffers = std::move(stored.buffers);
    model_ = make_model(content_.setup, content_.buffers, device_);
    model_->prepare_training(pairs, options_);
    TrainingState& state = content_.state;
    state = std::move(stored.state);
    for (torch::Tensor* tensor : {&state.parameters, &state.averaged, &state.best, &state.adam.first_moment,
                                  &state.adam.second_moment})
      if (tensor->defined()) *tensor = tensor->to(device_);
  }

  /// Never replaces a good checkpoint by a bad one.
  void save() {
    if (!torch::isfinite(content_.state.parameters).all().item<bool>())
      throw TrainingError("training diverged: a weight is not finite after step " +
                          std::to_string(content_.state.step) + "; the last checkpoint is kept");
    write_checkpoint(path_, content_);
  }

  bool validates_after(std::int64_t epoch) const {
    return epoch % options_.validation_interval == 0 ||
           epoch * steps_per_epoch_ >= content_.state.total_steps;
  }

  /// The next steps, up to the end of an epoch with a validation: nothing else ends at that of another.
  void take_steps() {
    TrainingState& state = content_.state;
    const std::int64_t first = state.step, n_batch = options_.batch_size;
    std::vector<torch::Tensor> rows;
    for (std::int64_t step = first; step < first + steps_->at_once(); ++step) {
      const std::int64_t epoch = step / steps_per_epoch_;
      if (step > first && step % steps_per_epoch_ == 0 && validates_after(epoch)) break;
      rows.push_back(order_.rows(epoch, step % steps_per_epoch_ * n_batch, n_batch));
    }
    std::int64_t step = first;
    for (const double loss : steps_->take(state, rows.size() == 1 ? rows.front() : torch::cat(rows)))
      add_loss(loss, ++step);
    if (state.step % steps_per_epoch_ == 0) end_epoch(state.step / steps_per_epoch_);
  }

  /// `step` counts from 1.
  void add_loss(double loss, std::int64_t step) {
    TrainingState& state = content_.state;
    if (!std::isfinite(loss))
      throw TrainingError("training diverged: the loss is " + std::to_string(loss) + " at step " +
                          std::to_string(step) + " of " + std::to_string(state.total_steps) +
                          "; the last checkpoint is kept");
    running_loss_ = running_loss_ == 0.0 ? loss : 0.98 * running_loss_ + 0.02 * loss;
    state.loss_sum += loss;
    ++state.loss_count;
  }

  void end_epoch(std::int64_t epoch) {
    TrainingState& state = content_.state;
    const bool last = state.step >= state.total_steps;
    if (validates_after(epoch)) {
      const double validation_loss = validate();
      state.history.push_back({epoch, state.loss_sum / static_cast<double>(state.loss_count), validation_loss,
                               learning_rate(options_, state.step, state.total_steps),
                               seconds_before_ + seconds_since(begin_)});
      state.loss_sum = 0.0;
      state.loss_count = 0;
      if (options_.patience > 0) check_patience(validation_loss);
    }
    state.finished = state.finished || last;
  }

  /// At angles and noise that are the same each time. Few pairs are taken with many of these, so that the
  /// loss of two networks can be told apart. In parts, so that it takes no more memory than a few batches.
  double validate() const {
    constexpr std::int64_t kRows = 8192;
    const torch::NoGradGuard no_grad;
    const TrainingState& state = content_.state;
    const torch::Tensor& weights = state.averaged.defined() ? state.averaged : state.parameters;
    const std::int64_t n_pairs = validation_.size();
    if (n_pairs == 0) return std::numeric_limits<double>::quiet_NaN();
    const std::int64_t n = n_pairs * std::clamp<std::int64_t>(kRows / 2 / n_pairs, 1, 64);
    double sum = 0.0;
    for (std::int64_t begin = 0; begin < n; begin += kRows) {
      const std::int64_t rows = std::min(kRows, n - begin);
      const Batch batch =
          validation_.draw(torch::arange(begin, begin + rows, torch::kInt64).remainder(n_pairs),
                           static_cast<std::uint64_t>(begin), validation_streams_);
      const double loss = model_->loss(weights, batch).item<double>();
      if (rows == n) return loss;
      sum += loss * static_cast<double>(rows);
    }
    return sum / static_cast<double>(n);
  }

  void check_patience(double validation_loss) {
    TrainingState& state = content_.state;
    if (validation_loss < state.best_validation_loss) {
      state.best_validation_loss = validation_loss;
      state.validations_since_best = 0;
      state.best = (state.averaged.defined() ? state.averaged : state.parameters).clone();
    } else if (++state.validations_since_best >= options_.patience) {
      state.finished = true;
    }
  }

  TrainingOptions options_;
  std::string path_;
  torch::Device device_;
  PairSplit parts_;
  std::unique_ptr<TrainableModel> model_;
  std::unique_ptr<OptimisationSteps> steps_;
  std::optional<BatchSource> training_;
  BatchSource validation_;
  BatchOrder order_;
  BatchStreams validation_streams_ = BatchStreams::for_validation(options_.seed);
  std::int64_t steps_per_epoch_ = 0;
  double running_loss_ = 0.0;
  Clock::time_point begin_;
  double seconds_before_ = 0.0;  // of earlier runs
  CheckpointContent content_;
};

}  // namespace

TrainingResult train(const Pairs& pairs, const ProcessOptions& process, const ModelOptions& model,
                     const TrainingOptions& options, const std::string& checkpoint_path,
                     const std::map<std::string, std::string>& metadata, const TrainingCallbacks& callbacks) {
  process.validate();
  model.validate();
  options.validate();
  pairs.validate();
  set_threads(options.threads);
  const ModelSetup setup{process, model, options.noise, pairs.inferred.size(1), pairs.measured.size(1)};
  return Run(pairs, setup, options, checkpoint_path, metadata).train(callbacks);
}

}  // namespace scorefem::diffusion
