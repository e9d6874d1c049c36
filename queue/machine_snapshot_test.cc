// A machine goes away and comes back.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "queue/testing/machine_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::queue::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::warren::testing::StatusIs;

// Something of everything that a queue can hold.
QueueConfig RichConfig() {
  QueueConfig config;
  config.dead_letter = DeadLetterStrategy::kAtLeastOnce;
  config.overflow = Overflow::kRejectPublish;
  config.max_length = 12;
  config.dead_letter_window = 1;
  config.delayed_retry = DelayedRetry::kFailed;
  config.delayed_retry_min = 30 * kSecond;
  config.expires = 600 * kSecond;
  config.deduplication = DeduplicationConfig{.cache_size = 5, .ttl = 100 * kSecond};
  return config;
}

void Fill(MachineFixture& queue) {
  queue.Attach(kAnna, {.priority = 2, .prefetch = 5});
  queue.Publish({{.priority = 9, .producer = From("p", 1)}, {.ttl = 50 * kSecond}, {.size = 3}});
  queue.Publish({{.delay = 20 * kSecond, .persistent = true, .id = "a"}, {.id = "b"}});
  queue.PassQuietly(kSecond);
  queue.Fail(kAnna, {1});       // Retrying.
  queue.Reject(kAnna, {2, 3});  // Dead letters: one is out, one waits in line.
  queue.Attach(kBob, {.auto_settle = false});
  queue.Grant(kBob, 1);
  queue.Publish({{.priority = 1}, {.priority = 30}, {.size = 9}});
  queue.Return(kAnna, {queue.Holds(kAnna).front()});
  queue.Cancel(kAnna);
  queue.Suspect(kBob.session);
  queue.PublishMany(20);  // Some are refused.
  ASSERT_FALSE(queue.Refusals().empty());
}

TEST(MachineSnapshotTest, TheStoryFillsEveryState) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const Counts counts = queue.counts();
  EXPECT_GT(counts.ready, 0u);
  EXPECT_GT(counts.leased, 0u);
  EXPECT_GT(counts.delayed, 0u);
  EXPECT_GT(counts.retrying, 0u);
  EXPECT_EQ(counts.dead_letters, 2u);
  EXPECT_GT(counts.persistent, 0u);
  EXPECT_EQ(counts.producers, 1u);
  EXPECT_EQ(counts.deduplication_ids, 2u);
}

TEST(MachineSnapshotTest, ARestoredMachineIsTheSameToLookAt) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const Machine& before = queue.machine();
  WARREN_ASSERT_OK_AND_ASSIGN(Machine after, Machine::Restore(before.TakeSnapshot().Serialize()));
  EXPECT_EQ(after.Digest(), before.Digest());
  EXPECT_EQ(after.GetCounts(), before.GetCounts());
  EXPECT_EQ(after.ListConsumers(), before.ListConsumers());
  EXPECT_EQ(after.ListSessions(), before.ListSessions());
  const ListRequest all{.from = {}, .state = std::nullopt, .priority = std::nullopt};
  EXPECT_EQ(after.ListMessages(all), before.ListMessages(all));
  EXPECT_EQ(after.ListDelayed(DelayKey(0), 100), before.ListDelayed(DelayKey(0), 100));
  EXPECT_EQ(after.LiveEntries(), before.LiveEntries());
  EXPECT_EQ(after.NextDeadline(), before.NextDeadline());
  EXPECT_EQ(after.config(), before.config());
  EXPECT_EQ(after.applied(), before.applied());
  EXPECT_EQ(after.now(), before.now());
}

TEST(MachineSnapshotTest, ARestoredMachineAnswersTheSame) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  WARREN_ASSERT_OK_AND_ASSIGN(Machine twin,
                              Machine::Restore(queue.machine().TakeSnapshot().Serialize()));
  Effects effects;
  const auto both = [&](const Command& command) {
    queue.Apply(command);
    twin.Apply(queue.last_index(), queue.now(), command, effects);
    EXPECT_TRUE(AreSame(effects, queue.effects()));
    EXPECT_EQ(twin.Digest(), queue.machine().Digest());
  };
  both(TrustSession{kBob.session});
  both(ResendDeadLetters{});
  both(ConfirmDeadLetters{.confirmed = {{OrderKey(2), OrderKey(2)}}, .refused = {}});
  for (int i = 0; i < 15; ++i) {
    queue.PassQuietly(7 * kSecond);
    both(Tick{});
  }
  queue.PassQuietly(600 * kSecond);
  both(DetachSession{.session = kBob.session, .epoch = SessionEpoch(1)});
  both(Purge{true});
}

TEST(MachineSnapshotTest, ItIsOfOneMoment) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const Snapshot snapshot = queue.machine().TakeSnapshot();
  const std::string bytes = snapshot.Serialize();
  queue.Pass(1000 * kSecond);
  queue.Apply(Purge{true});
  EXPECT_EQ(snapshot.Serialize(), bytes);
  EXPECT_LT(snapshot.applied(), queue.last_index());
}

TEST(MachineSnapshotTest, AnEmptyMachineIsRestoredToo) {
  MachineFixture queue;
  queue.Restore();
  queue.PublishMany(1);
  EXPECT_THAT(queue.Ready(), ElementsAre(1));
}

TEST(MachineSnapshotTest, ARemovedQueueStaysRemoved) {
  MachineFixture queue;
  queue.PublishMany(1);
  queue.Apply(Remove{});
  queue.Restore();
  queue.PublishMany(1);
  EXPECT_THAT(queue.Refusals(), ElementsAre(Refusal::kRemoved));
}

TEST(MachineSnapshotTest, KeysGoOnWhereTheyWere) {
  MachineFixture queue;
  queue.PublishMany(3);
  queue.Apply(Purge{});
  queue.Restore();
  queue.PublishMany(1);
  EXPECT_THAT(queue.Ready(), ElementsAre(4));
}

TEST(MachineSnapshotTest, DifferentStatesHaveDifferentDigests) {
  MachineFixture a;
  MachineFixture b;
  EXPECT_EQ(a.machine().Digest(), b.machine().Digest());
  a.PublishMany(1);
  EXPECT_NE(a.machine().Digest(), b.machine().Digest());
  b.PublishMany(1);
  EXPECT_EQ(a.machine().Digest(), b.machine().Digest());
}

TEST(MachineSnapshotTest, EveryTruncationIsAnErrorValue) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const std::string bytes = queue.machine().TakeSnapshot().Serialize();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const absl::Status status = Machine::Restore(bytes.substr(0, size)).status();
    EXPECT_THAT(status.code(),
                AnyOf(Eq(absl::StatusCode::kDataLoss), Eq(absl::StatusCode::kUnimplemented)))
        << size;
  }
}

TEST(MachineSnapshotTest, EveryFlippedByteIsAnErrorValue) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const std::string bytes = queue.machine().TakeSnapshot().Serialize();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      const absl::Status status = Machine::Restore(damaged).status();
      EXPECT_THAT(status.code(),
                  AnyOf(Eq(absl::StatusCode::kDataLoss), Eq(absl::StatusCode::kUnimplemented)))
          << at << " by " << mask;
    }
  }
}

TEST(MachineSnapshotTest, TrailingBytesAreAnErrorValue) {
  const MachineFixture queue;
  std::string bytes = queue.machine().TakeSnapshot().Serialize();
  bytes.push_back('\0');
  EXPECT_THAT(Machine::Restore(bytes), StatusIs(absl::StatusCode::kDataLoss));
}

// ---- What of the log must be kept ---------------------------------------------------------------

TEST(MachineLiveSetTest, EveryStateKeepsItsEntries) {
  MachineFixture queue(RichConfig());
  Fill(queue);
  const base::IntervalSet live = queue.machine().LiveEntries();
  const ListRequest all{.from = {}, .state = std::nullopt, .priority = std::nullopt};
  for (const MessageView& view : queue.machine().ListMessages(all)) {
    EXPECT_TRUE(live.Contains(view.position.entry.value()));
  }
  for (const DelayedView& view : queue.machine().ListDelayed(DelayKey(0), 10)) {
    EXPECT_TRUE(live.Contains(view.position.entry.value()));
  }
}

TEST(MachineLiveSetTest, AnEntryIsNeededUntilItsLastMessageIsGone) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 3});
  queue.PublishMany(3);
  const EntryIndex entry = queue.last_index();
  queue.Settle(kAnna, {1, 3});
  EXPECT_THAT(queue.machine().LivePositionsIn(entry), ElementsAre(Position{entry, 1}));
  EXPECT_TRUE(queue.machine().LiveEntries().Contains(entry.value()));
  queue.Settle(kAnna, {2});
  EXPECT_THAT(queue.machine().LivePositionsIn(entry), IsEmpty());
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

TEST(MachineLiveSetTest, EntriesWithoutMessagesAreNotLive) {
  MachineFixture queue;
  queue.Attach(kAnna, {.prefetch = 3});
  queue.Pass(kSecond);
  EXPECT_TRUE(queue.machine().LiveEntries().empty());
}

}  // namespace
}  // namespace warren::queue::testing
