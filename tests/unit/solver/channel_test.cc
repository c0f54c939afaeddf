#include "solver/channel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "solver/forward_options.h"

namespace scorefem::solver {
namespace {

/// The message of the std::invalid_argument that the call throws; empty if it throws none.
template <typename Call>
std::string complaint(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(Channel, SegmentsRunAlongTheLowerThenTheUpperWall) {
  const ChannelOptions channel;
  const auto segments = flux_segments(channel);
  ASSERT_EQ(segments.size(), 30u);
  EXPECT_EQ(segments[0].wall, Wall::lower);
  EXPECT_DOUBLE_EQ(segments[0].x_begin, 0.0);
  EXPECT_DOUBLE_EQ(segments[14].x_end, 7.0);
  EXPECT_EQ(segments[15].wall, Wall::upper);
  EXPECT_DOUBLE_EQ(segments[15].midpoint[0], 7.0 / 30);
  EXPECT_DOUBLE_EQ(segments[15].midpoint[1], 2.0);
  for (std::size_t i = 1; i < 15; ++i) EXPECT_DOUBLE_EQ(segments[i].x_begin, segments[i - 1].x_end);
}

TEST(Channel, SensorsOutsideAreNamed) {
  const ChannelOptions channel;
  EXPECT_NO_THROW(require_inside({{0, 0}, {8.5, 2.0}, {4, 1}}, channel));
  EXPECT_EQ(complaint([&] {
              require_inside({{4, 1}, {9, 1}}, channel);
            }),
            "sensor 2 at (9, 1) is outside the channel [0, 8.5] x [0, 2]");
  EXPECT_NE(complaint([&] { require_inside({{4, -0.1}}, channel); }), "");
  EXPECT_NE(complaint([&] { require_inside({{std::nan(""), 1}}, channel); }), "");
}

TEST(ForwardOptions, DefaultsAreValid) {
  for (const Problem problem : {Problem::linear, Problem::reaction})
    EXPECT_NO_THROW(ForwardOptions::defaults_for(problem).validate());
  const auto reaction = ForwardOptions::defaults_for(Problem::reaction);
  EXPECT_DOUBLE_EQ(reaction.peak_velocity * reaction.channel.height / reaction.diffusivity,
                   6);  // the stated Peclet number
}

TEST(ForwardOptions, ValuesOutOfRangeAreNamed) {
  const auto refused = [](auto change) {
    ForwardOptions options;
    change(options);
    return complaint([&] { options.validate(); });
  };
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refused([](auto& o) { o.diffusivity = 0; }),
            "diffusivity is 0, but must be a finite number above 0");
  EXPECT_NE(refused([&](auto& o) { o.diffusivity = nan; }), "");
  EXPECT_NE(refused([](auto& o) { o.peak_velocity = -1; }), "");
  EXPECT_NE(refused([&](auto& o) { o.peak_velocity = infinity; }), "");
  EXPECT_NE(refused([](auto& o) { o.channel.length = -8.5; }), "");
  EXPECT_NE(refused([](auto& o) { o.channel.height = 0; }), "");
  EXPECT_EQ(refused([](auto& o) { o.channel.flux_length = 9; }),
            "flux length is 9, but must be above 0 and at most the channel's length");
  EXPECT_NE(refused([](auto& o) { o.channel.segments_per_wall = 0; }), "");
  EXPECT_NE(refused([](auto& o) { o.discretisation.degree = 0; }), "");
  EXPECT_NE(refused([](auto& o) { o.discretisation.degree = 13; }), "");
  EXPECT_NE(refused([](auto& o) { o.discretisation.cells_per_segment = 0; }), "");
  EXPECT_NE(refused([](auto& o) { o.discretisation.cells_across = 1; }), "");
  EXPECT_NE(refused([](auto& o) { o.discretisation.grading = 0.5; }), "");
  EXPECT_NE(refused([](auto& o) { o.reaction.rate = -2; }), "");
  EXPECT_NE(refused([](auto& o) { o.reaction.capacity = 0; }), "");
}

}  // namespace
}  // namespace scorefem::solver
