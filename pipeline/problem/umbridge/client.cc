#include "pipeline/problem/umbridge/client.h"

#include <httplib.h>

#include <pthread.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>

namespace scorefem::problem::umbridge {
namespace {

using nlohmann::json;
using solver::Vector;

constexpr double kProtocolVersion = 1.0;
/// For an answer about the model, which computes nothing.
constexpr int kQuick = 10;  // s
/// For a connection: stop() waits for one that is being made, and a signal must end all in 2 s.
constexpr std::chrono::milliseconds kConnect{1200};

/// While it lives, this thread gets an error for what it writes to a server that is gone, not SIGPIPE, which
/// would end the program.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec at_once{0, 0};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&set_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t set_;
  sigset_t before_;
};

std::string shortened(const std::string& text) {
  return text.size() > 200 ? text.substr(0, 200) + "..." : text;
}

[[noreturn]] void refuse_answer(const std::string& endpoint, const std::string& body,
                                const std::string& expected) {
  throw Refused("", endpoint + " answered " + shortened(body) + "; expected " + expected);
}

/// The protocol's error in an answer's body, or what there is.
Refused refusal(const std::string& endpoint, int status, const std::string& body) {
  const json answer = json::parse(body, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_object()) {
    const json& error = answer["error"];
    const auto text = [&](const char* key) {
      return error.contains(key) && error[key].is_string() ? error[key].get<std::string>() : std::string();
    };
    return {text("type"), text("type") + ": " + shortened(text("message"))};
  }
  return {"", endpoint + " answered with HTTP status " + std::to_string(status) + ": " + shortened(body)};
}

std::vector<Eigen::Index> sizes_in(const json& answer, const std::string& endpoint, const char* key) {
  const std::string expected = std::string("\"") + key + "\", a list of sizes above 0";
  if (!answer.contains(key) || !answer[key].is_array() || answer[key].empty())
    refuse_answer(endpoint, answer.dump(), expected);
  std::vector<Eigen::Index> sizes;
  for (const json& size : answer[key]) {
    if (!size.is_number_integer() || size.get<std::int64_t>() < 1)
      refuse_answer(endpoint, answer.dump(), expected);
    sizes.push_back(size.get<Eigen::Index>());
  }
  return sizes;
}

/// A vector cut into those of the given sizes.
json split(const Vector& values, const std::vector<Eigen::Index>& sizes) {
  json vectors = json::array();
  Eigen::Index at = 0;
  for (const Eigen::Index size : sizes) {
    vectors.push_back(std::vector<double>(values.data() + at, values.data() + at + size));
    at += size;
  }
  return vectors;
}

Vector numbers_in(const json& vector, const std::string& endpoint) {
  std::vector<double> values;
  for (const json& value : vector) {
    if (!value.is_number()) refuse_answer(endpoint, vector.dump(), "finite numbers");
    values.push_back(value.get<double>());
  }
  Vector result = Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
  if (!result.allFinite()) refuse_answer(endpoint, vector.dump(), "finite numbers");
  return result;
}

Vector joined(const json& vectors, const std::vector<Eigen::Index>& sizes) {
  if (!vectors.is_array() || vectors.size() != sizes.size())
    refuse_answer("/Evaluate", vectors.dump(), std::to_string(sizes.size()) + " vector(s)");
  Vector result(std::accumulate(sizes.begin(), sizes.end(), Eigen::Index{0}));
  Eigen::Index at = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!vectors[i].is_array() || static_cast<Eigen::Index>(vectors[i].size()) != sizes[i])
      refuse_answer("/Evaluate", vectors.dump(), "vector(s) of the sizes that /OutputSizes names");
    result.segment(at, sizes[i]) = numbers_in(vectors[i], "/Evaluate");
    at += sizes[i];
  }
  return result;
}

}  // namespace

/// The transport: JSON there and back.
class Client::Http {
 public:
  Http(const std::string& url, double timeout) : url_(url), client_(url), timeout_(timeout) {
    client_.set_connection_timeout(kConnect);
    client_.set_write_timeout(kQuick);
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
    client_.set_decompress(false);
  }

  json get(const std::string& endpoint) {
    return answer(endpoint, kQuick, [&] { return client_.Get(endpoint); });
  }
  json post(const std::string& endpoint, const json& body, double timeout = kQuick) {
    const std::string text = body.dump();
    return answer(endpoint, timeout, [&] { return client_.Post(endpoint, text, "application/json"); });
  }
  double timeout() const { return timeout_; }
  void stop() { client_.stop(); }

 private:
  template <class Request>
  json answer(const std::string& endpoint, double timeout, const Request& request) {
    client_.set_read_timeout(std::chrono::microseconds(std::llround(1e6 * timeout)));
    const NoBrokenPipe guard;
    const auto start = std::chrono::steady_clock::now();
    const httplib::Result result = request();
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - start;
    if (!result) {
      if (result.error() == httplib::Error::Read && waited.count() >= 0.99 * timeout)
        throw NoAnswer("no answer in " + std::to_string(std::llround(waited.count())) + " s");
      throw Unreachable(url_ + endpoint + ": no answer (" + httplib::to_string(result.error()) + ")");
    }
    return read(endpoint, *result);
  }

  json read(const std::string& endpoint, const httplib::Response& response) const {
    const int status = response.status;
    // What a proxy or load balancer says while the server behind it is not there, or busy.
    if (status == 429 || status == 502 || status == 503 || status == 504)
      throw Unreachable(url_ + endpoint + ": HTTP status " + std::to_string(status));
    if (status >= 500) throw NoAnswer(refusal(endpoint, status, response.body).what());
    if (status != 200) throw refusal(endpoint, status, response.body);
    json answer = json::parse(response.body, nullptr, false);
    if (!answer.is_object()) refuse_answer(endpoint, response.body, "a JSON object (which has no NaN)");
    if (answer.contains("error"))
      throw refusal(endpoint, status, response.body);  // some servers say 200 then
    return answer;
  }

  std::string url_;
  httplib::Client client_;
  double timeout_;
};

Client::Client(const Address& address)
    : http_(std::make_unique<Http>(address.url, address.timeout)), address_(address) {}

Client::~Client() = default;

void Client::stop() {
  http_->stop();
}

std::vector<std::string> Client::models() {
  const json answer = http_->get("/Info");
  const json version = answer.value("protocolVersion", json());
  if (!version.is_number() || version.get<double>() != kProtocolVersion)
    refuse_answer("/Info", answer.dump(), "\"protocolVersion\": 1.0 of UM-Bridge");
  std::vector<std::string> names;
  for (const json& name : answer.value("models", json::array())) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

bool Client::supports(const std::string& feature) {
  const json answer = http_->post("/ModelInfo", {{"name", address_.model}});
  const json support = answer.value("support", json::object());
  return support.is_object() && support.value(feature, json()) == json(true);
}

std::vector<Eigen::Index> Client::input_sizes() {
  const json body = {{"name", address_.model}, {"config", json::parse(address_.config)}};
  return sizes_in(http_->post("/InputSizes", body), "/InputSizes", "inputSizes");
}

std::vector<Eigen::Index> Client::output_sizes() {
  const json body = {{"name", address_.model}, {"config", json::parse(address_.config)}};
  return sizes_in(http_->post("/OutputSizes", body), "/OutputSizes", "outputSizes");
}

Vector Client::evaluate(const Vector& input, const std::vector<Eigen::Index>& input_sizes,
                        const std::vector<Eigen::Index>& output_sizes) {
  const json body = {{"name", address_.model},
                     {"input", split(input, input_sizes)},
                     {"config", json::parse(address_.config)}};
  const json answer = http_->post("/Evaluate", body, http_->timeout());
  return joined(answer.value("output", json()), output_sizes);
}

Vector Client::block_product(const std::string& endpoint, const char* factor, std::size_t out, std::size_t in,
                             const Vector& input, const Vector& vector,
                             const std::vector<Eigen::Index>& input_sizes, Eigen::Index size) {
  const json body = {{"name", address_.model},
                     {"outWrt", out},
                     {"inWrt", in},
                     {"input", split(input, input_sizes)},
                     {factor, std::vector<double>(vector.begin(), vector.end())},
                     {"config", json::parse(address_.config)}};
  const json answer = http_->post(endpoint, body, http_->timeout());
  const json output = answer.value("output", json());
  if (!output.is_array() || static_cast<Eigen::Index>(output.size()) != size)
    refuse_answer(endpoint, answer.dump(), "\"output\", " + std::to_string(size) + " numbers");
  return numbers_in(output, endpoint);
}

Vector Client::gradient(const Vector& input, const Vector& sensitivity,
                        const std::vector<Eigen::Index>& input_sizes,
                        const std::vector<Eigen::Index>& output_sizes) {
  Vector result = Vector::Zero(input.size());
  Eigen::Index to = 0;
  for (std::size_t in = 0; in < input_sizes.size(); to += input_sizes[in++]) {
    Eigen::Index from = 0;
    for (std::size_t out = 0; out < output_sizes.size(); from += output_sizes[out++]) {
      const Vector part = sensitivity.segment(from, output_sizes[out]);
      if (part.isZero(0)) continue;  // of a unit vector one block matters
      result.segment(to, input_sizes[in]) +=
          block_product("/Gradient", "sens", out, in, input, part, input_sizes, input_sizes[in]);
    }
  }
  return result;
}

Vector Client::apply_jacobian(const Vector& input, const Vector& direction,
                              const std::vector<Eigen::Index>& input_sizes,
                              const std::vector<Eigen::Index>& output_sizes) {
  Vector result = Vector::Zero(std::accumulate(output_sizes.begin(), output_sizes.end(), Eigen::Index{0}));
  Eigen::Index to = 0;
  for (std::size_t out = 0; out < output_sizes.size(); to += output_sizes[out++]) {
    Eigen::Index from = 0;
    for (std::size_t in = 0; in < input_sizes.size(); from += input_sizes[in++]) {
      const Vector part = direction.segment(from, input_sizes[in]);
      if (part.isZero(0)) continue;
      result.segment(to, output_sizes[out]) +=
          block_product("/ApplyJacobian", "vec", out, in, input, part, input_sizes, output_sizes[out]);
    }
  }
  return result;
}

bool is_url(const std::string& text) {
  static const std::regex pattern(R"(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}))?)");
  std::smatch match;
  if (!std::regex_match(text, match, pattern)) return false;
  const int port = match[3].matched ? std::stoi(match[3]) : 1;
  return port > 0 && port <= 65535;
}

}  // namespace scorefem::problem::umbridge
