#include "pipeline/serving/simulator.h"

#include <algorithm>

#include "pipeline/serving/served_function.h"
#include "pipeline/study/load_study.h"

namespace scorefem::serving {
namespace {

using solver::Matrix;
using solver::Vector;

/// Of a component's spread: the differences' error is its square, and rounding over it.
constexpr double kStep = 1e-4;

Vector spread_of(const problem::Prior& prior) {
  constexpr Eigen::Index kDraws = 256;
  const Matrix draws = prior.draw(0, 0, kDraws);
  const Matrix centred = draws.rowwise() - draws.colwise().mean();
  const Vector spread = (centred.colwise().squaredNorm() / (kDraws - 1)).cwiseSqrt();
  return spread.unaryExpr([](double sd) { return sd > 0 ? sd : 1.0; });
}

}  // namespace

Simulator::Simulator(const study::Study& study, Worker& worker)
    : worker_(worker),
      unknowns_(study.forward->unknowns()),
      n_observations_(study.forward->observations().size()),
      prior_(study::make_prior(study)),
      model_(study::make_forward_model(study)),
      response_(model_->response().value_or(Matrix())),
      derivatives_(model_->unavailable().empty() ? model_->derivatives()
                                                 : problem::ForwardModel::Derivatives{}),
      spread_(spread_of(*prior_)) {}

Matrix Simulator::observe(const Matrix& unknowns) {
  // Shared: it may still be answered after this thread has stopped waiting.
  const auto question = std::make_shared<Question>(Question{unknowns, {}, ""});
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    questions_.push_back(question);
  }
  const auto withdraw = [&] {
    const std::lock_guard<std::mutex> lock(mutex_);
    questions_.erase(std::remove(questions_.begin(), questions_.end(), question), questions_.end());
  };
  try {
    // Another thread's turn may have answered it already.
    worker_.run([this] { answer_all(); });
  } catch (...) {
    withdraw();
    throw;
  }
  if (!question->failure.empty()) throw RequestError("InvalidOutput", question->failure);
  return question->observations;
}

void Simulator::answer_all() {
  std::vector<std::shared_ptr<Question>> questions;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    questions.swap(questions_);
  }
  if (questions.empty()) return;
  Eigen::Index n = 0;
  for (const auto& question : questions) n += question->unknowns.rows();
  Matrix unknowns(n, unknowns_.size());
  n = 0;
  for (const auto& question : questions) {
    unknowns.middleRows(n, question->unknowns.rows()) = question->unknowns;
    n += question->unknowns.rows();
  }
  problem::Observations observed;
  try {
    observed = model_->observe(unknowns);
  } catch (const std::exception& error) {
    for (const auto& question : questions) question->failure = error.what();
    return;
  }
  n = 0;
  for (const auto& question : questions) {
    const Eigen::Index rows = question->unknowns.rows();
    question->observations = observed.values.middleRows(n, rows);
    for (const problem::Failure& failure : observed.failures)
      if (failure.row >= n && failure.row < n + rows) question->failure = failure.reason;
    n += rows;
  }
}

Vector Simulator::ask(const std::function<Matrix()>& derivative) {
  // Shared: it may still be written after this thread has stopped waiting.
  const auto result = std::make_shared<Matrix>();
  worker_.run([derivative, result] { *result = derivative(); });
  if (!result->allFinite())
    throw RequestError("InvalidOutput", "the model has no derivative there, or does not tell it");
  return result->row(0);
}

Vector Simulator::gradient(const Vector& x, const Vector& sensitivity) {
  if (is_linear()) return response_.transpose() * sensitivity;
  if (derivatives_.gradient) {
    return ask([this, x, sensitivity] { return model_->gradients(x.transpose(), sensitivity.transpose()); });
  }
  const Eigen::Index d = x.size();
  Matrix points = x.transpose().replicate(2 * d, 1);
  for (Eigen::Index j = 0; j < d; ++j) {
    points(2 * j, j) = std::min(x(j) + kStep * spread_(j), unknowns_[j].upper);
    points(2 * j + 1, j) = std::max(x(j) - kStep * spread_(j), unknowns_[j].lower);
  }
  const Vector values = observe(points) * sensitivity;
  Vector gradient(d);
  for (Eigen::Index j = 0; j < d; ++j)
    gradient(j) = (values(2 * j) - values(2 * j + 1)) / (points(2 * j, j) - points(2 * j + 1, j));
  return gradient;
}

Vector Simulator::apply_jacobian(const Vector& x, const Vector& direction) {
  if (is_linear()) return response_ * direction;
  if (derivatives_.jacobian) {
    return ask([this, x, direction] { return model_->apply_jacobian(x.transpose(), direction.transpose()); });
  }
  const double length = direction.cwiseQuotient(spread_).cwiseAbs().maxCoeff();
  if (length == 0) return Vector::Zero(n_observations_);
  // As far each way as the bounds allow.
  double ahead = kStep / length;
  double behind = kStep / length;
  for (Eigen::Index j = 0; j < x.size(); ++j) {
    if (direction(j) == 0) continue;
    const double to_upper = (unknowns_[j].upper - x(j)) / direction(j);
    const double to_lower = (unknowns_[j].lower - x(j)) / direction(j);
    ahead = std::min(ahead, std::max(to_upper, to_lower));
    behind = std::min(behind, -std::min(to_upper, to_lower));
  }
  if (!(ahead + behind > 0)) throw RequestError("InvalidInput", "vec: it leaves the bounds both ways");
  Matrix points(2, x.size());
  points.row(0) = (x + ahead * direction).transpose();
  points.row(1) = (x - behind * direction).transpose();
  const Matrix observed = observe(points);
  return (observed.row(0) - observed.row(1)).transpose() / (ahead + behind);
}

}  // namespace scorefem::serving
