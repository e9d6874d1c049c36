#include "chaos/queue_model/driver.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "chaos/queue_model/describe.h"
#include "chaos/queue_model/testing/model_subject.h"
#include "chaos/queue_model/trial.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

std::string Told(uint64_t seed) {
  std::string text;
  for (const Entry& entry : HistoryOf(DrawSetup(seed), 300).entries) {
    text += fmt::format("{} {} {} {}\n", Describe(entry.index), Describe(entry.time),
                        Describe(entry.command), entry.restores);
  }
  return text;
}

TEST(QueueDriverTest, OneSeedIsOneHistory) {
  EXPECT_EQ(Told(7), Told(7));
  EXPECT_NE(Told(7), Told(8));
}

TEST(QueueDriverTest, ModelAgreesWithItself) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Outcome outcome = RunSetupOf(DrawSetup(seed), ModelWith());
    ASSERT_FALSE(outcome.difference.has_value())
        << "seed " << seed << ": " << outcome.difference->rule << "\n"
        << outcome.difference->details;
  }
}

// What runs must reach between them to be worth their time.
TEST(QueueDriverTest, EverythingHappens) {
  queue::Departures sums;
  std::array<uint64_t, 12> seen{};
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    const RunSetup setup = DrawSetup(seed);
    Driver driver(setup);
    Model model(setup.config);
    Effects effects;
    for (uint64_t i = 0; i < 400; ++i) {
      const Entry entry = driver.Next(model);
      model.Apply(entry.index, entry.time, entry.command, effects);
      driver.Observe(effects);
      sums.settled += effects.departures.settled;
      sums.expired += effects.departures.expired;
      sums.max_length += effects.departures.max_length;
      sums.delivery_limit += effects.departures.delivery_limit;
      sums.rejected += effects.departures.rejected;
      sums.purged += effects.departures.purged;
      sums.dead_letters_confirmed += effects.departures.dead_letters_confirmed;
      for (const queue::ConsumerEvent& event : effects.consumers) {
        ++seen.at(static_cast<size_t>(event.kind));
      }
      seen.at(8) += effects.lost.size();
      for (const queue::Delivery& delivery : effects.deliveries) seen.at(9) += delivery.again;
      seen.at(10) += effects.queue_expired;
      seen.at(11) += effects.depth != queue::DepthEvent::kNone;
    }
  }
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_GT(seen.at(i), 5U) << i;
  EXPECT_GT(sums.settled, 100U);
  EXPECT_GT(sums.expired, 100U);
  EXPECT_GT(sums.max_length, 100U);
  EXPECT_GT(sums.delivery_limit, 20U);
  EXPECT_GT(sums.rejected, 100U);
  EXPECT_GT(sums.purged, 20U);
  EXPECT_GT(sums.dead_letters_confirmed, 20U);
}

}  // namespace
}  // namespace warren::queue_model
