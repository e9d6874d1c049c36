#include "chaos/queue_model/shrink.h"

#include <gtest/gtest.h>

#include "chaos/queue_model/testing/model_subject.h"
#include "chaos/queue_model/trial.h"

namespace warren::queue_model {
namespace {

std::optional<size_t> FailsAtFaulty(const History& history) {
  History copy = history;
  const std::optional<Failing> failing = Replay(copy, ModelWith(ModelFault::kForgetsThirdSettle));
  if (!failing.has_value()) return std::nullopt;
  return failing->step;
}

TEST(QueueShrinkTest, FindsTheFewCommandsThatMatter) {
  size_t shrunk = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const History history = HistoryOf(DrawSetup(seed), 250);
    if (!FailsAtFaulty(history).has_value()) continue;
    const History shorter = Shrink(history, FailsAtFaulty, 3000);
    EXPECT_TRUE(FailsAtFaulty(shorter).has_value());
    // Three settles, a session, and what it takes to notice; not the hundreds of the original.
    EXPECT_LE(shorter.entries.size(), 12U) << "seed " << seed;
    ++shrunk;
  }
  EXPECT_GE(shrunk, 5U);
}

TEST(QueueShrinkTest, MakesPublishesPlain) {
  queue::NewMessage message;
  message.priority = 3;
  message.ttl = 5;
  message.size = 77;
  message.persistent = true;
  History history{.config = {}, .entries = {}};
  history.entries.push_back(
      {.index = EntryIndex(1),
       .time = Time(1),
       .command = queue::Publish{.stamp = {}, .messages = {message, message, message}}});
  const FailsAt has_a_message = [](const History& candidate) -> std::optional<size_t> {
    for (size_t i = 0; i < candidate.entries.size(); ++i) {
      if (std::holds_alternative<queue::Publish>(candidate.entries[i].command)) return i;
    }
    return std::nullopt;
  };
  const History shorter = Shrink(history, has_a_message, 1000);
  const auto& publish = std::get<queue::Publish>(shorter.entries.at(0).command);
  queue::NewMessage plain;
  plain.size = 1;
  EXPECT_EQ(publish.messages, std::vector<queue::NewMessage>{plain});
}

}  // namespace
}  // namespace warren::queue_model
