#include "pipeline/serving/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <string>
#include <thread>

namespace scorefem {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = serving::ConnectionLimits::Seconds;

/// A connection to this machine, whose bytes a test sends as it likes.
class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const timeval minute{60, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(const std::string& bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// What comes within a minute, up to `end` or the end of the connection.
  std::string receive(const std::string& end = "") const {
    std::string text;
    char byte = 0;
    while ((end.empty() || text.find(end) == std::string::npos) && recv(socket_, &byte, 1, 0) > 0)
      text += byte;
    return text;
  }
  /// A byte now and then, until the server closes the connection. @return after how many seconds
  double drip(const std::string& byte) const {
    const Clock::time_point begin = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    while (send(byte) && elapsed() < 60) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return elapsed();
  }

 private:
  int socket_;
};

serving::HttpOptions options_with(double arrival, double contested, int connections = 1) {
  serving::HttpOptions options;
  options.port = 0;
  options.connections = connections;
  options.limits.arrival = Seconds(arrival);
  options.limits.contested = Seconds(contested);
  return options;
}

const serving::Protocol& no_functions() {
  static const serving::Protocol protocol({});
  return protocol;
}

constexpr const char* kAsk = "GET /Info HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr const char* kAnswer = "{\"models\":[],\"protocolVersion\":1.0}";

TEST(HttpServer, ARequestHasALimitedTimeHoweverItsBytesCome) {
  const serving::HttpServer server(options_with(0.5, 1000), no_functions());
  for (const char* begin : {"", "POST /Evaluate HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"}) {
    const Connection slow(server.port());
    ASSERT_TRUE(slow.send(begin));
    EXPECT_LT(slow.drip("x"), 30);
  }
}

TEST(HttpServer, SlowRequestsMakeRoomForOthers) {
  const serving::HttpServer server(options_with(1000, 0.3), no_functions());
  const Connection slow(server.port());
  ASSERT_TRUE(slow.send("GET /Info HTTP/1.1\r\nX: "));
  const Connection proper(server.port());
  ASSERT_TRUE(proper.send(kAsk));
  EXPECT_NE(proper.receive(kAnswer).find(kAnswer), std::string::npos);
}

TEST(HttpServer, AKeptConnectionLeavesOthersTheirTurn) {
  const serving::HttpServer server(options_with(1000, 1000), no_functions());
  const Connection kept(server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(kept.send(kAsk));
    ASSERT_NE(kept.receive(kAnswer).find(kAnswer), std::string::npos);
  }
  const Connection other(server.port());
  ASSERT_TRUE(other.send(kAsk));
  // The server sees that one is waiting at a request of the kept connection.
  std::string answer;
  while (answer.find("Connection: close") == std::string::npos) {
    ASSERT_TRUE(kept.send(kAsk));
    answer = kept.receive(kAnswer);
    ASSERT_NE(answer.find(kAnswer), std::string::npos);
  }
  EXPECT_EQ(kept.receive(), "");
  EXPECT_NE(other.receive(kAnswer).find(kAnswer), std::string::npos);
}

TEST(HttpServer, FewConnectionsWait) {
  const serving::HttpServer server(options_with(1000, 1000), no_functions());
  std::deque<Connection> connections;
  for (int i = 0; i < 270; ++i) connections.emplace_back(server.port());
  EXPECT_EQ(connections.back().receive(), "");  // its end
}

TEST(HttpServer, RequestsThatCameTogetherAreAnsweredInTurn) {
  const serving::HttpServer server(options_with(60, 60), no_functions());
  const Connection both(server.port());
  ASSERT_TRUE(both.send(std::string(kAsk) + kAsk));
  for (int i = 0; i < 2; ++i) EXPECT_NE(both.receive(kAnswer).find(kAnswer), std::string::npos);
}

TEST(HttpServer, WhatIsRefusedEndsTheConnection) {
  const serving::HttpServer server(options_with(60, 60), no_functions());
  const Connection refused(server.port());
  ASSERT_TRUE(
      refused.send("POST /Evaluate HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n" + std::string(kAsk)));
  const std::string answer = refused.receive();  // to the end
  EXPECT_NE(answer.find("413"), std::string::npos);
  EXPECT_EQ(answer.find(kAnswer), std::string::npos);
}

TEST(HttpServer, AnEndlessHeaderEnds) {
  serving::HttpOptions options = options_with(60, 60);
  options.limits.largest_request = 100000;
  const serving::HttpServer server(options, no_functions());
  const Connection endless(server.port());
  ASSERT_TRUE(endless.send("GET /Info HTTP/1.1\r\n"));
  int lines = 0;
  while (lines < 1000000 && endless.send("X: " + std::string(100, 'y') + "\r\n")) ++lines;
  EXPECT_LT(lines, 1000000);
}

}  // namespace
}  // namespace scorefem
