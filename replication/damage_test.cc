// Real nodes one of which finds, when it starts, that its disk has decayed.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/coding.h"
#include "replication/testing/file_damage.h"
#include "replication/testing/test_cluster.h"
#include "tests/support/status_matchers.h"

namespace warren::replication {
namespace {

using ::testing::HasSubstr;
using ::warren::testing::IsOk;
using ::warren::testing::IsOkAndHolds;

constexpr uint64_t kSettled = 7;  // A queue of which some is settled,
constexpr uint64_t kFull = 8;     // ... and one of which nothing is.

// What each of them is given, in turns.
struct Fill {
  uint64_t messages = 0;  // A multiple of kTurns.
  size_t bytes = 0;
  uint32_t window = 40;
};
constexpr uint64_t kTurns = 6;
constexpr uint64_t kTurnsBeforeSettling = 4;
constexpr Fill kFewLarge = {.messages = 3000, .bytes = 700};
// So many gaps make for a snapshot that fills a block of the store.
constexpr Fill kManySmall = {.messages = 120'000, .bytes = 8, .window = 4000};
constexpr Fill kOfFull = {.messages = 2400, .bytes = 700};

std::string ContentOf(uint64_t number, size_t bytes) {
  std::string content;
  base::PutFixed64(&content, number);
  content.resize(bytes, 'n');  // As Publisher fills it.
  return content;
}

// Consumes a queue until as many different messages have come as are expected.
class Consumer final : public SessionListener {
 public:
  struct Result {
    std::map<uint64_t, uint64_t> times;  // That each number came.
    uint64_t wrong = 0;                  // With contents that nobody published.
    uint64_t lost = 0;                   // Taken back, to be handed out again.
  };
  using DoneFn = std::function<void(const Result&)>;

  struct Options {
    uint64_t expected = 0;
    size_t bytes = 0;  // Of each.
    // Which ones are settled; the others go back to the queue.
    std::function<bool(uint64_t number)> settles;
  };
  Consumer(Options options, DoneFn done) : options_(std::move(options)), done_(std::move(done)) {}

  // Deletes itself when it is done.
  void Start(Session* session) {
    session_ = session;
    session_->AttachConsumer(ConsumerNumber(1),
                             {.prefetch = static_cast<uint32_t>(options_.expected)});
  }

  void OnPublished(std::span<const PublishOutcome>) override {}
  void OnDelivered(ConsumerNumber consumer, std::span<const DeliveredMessage> messages) override {
    for (const DeliveredMessage& message : messages) {
      const uint64_t number = base::Reader(message.content.view()).Fixed64().value_or(0);
      if (message.content.view() != ContentOf(number, options_.bytes)) ++result_.wrong;
      ++result_.times[number];
      if (options_.settles(number)) {
        session_->Settle(consumer, queue::Verdict::kSettle,
                         {.first = message.key, .last = message.key});
      }
    }
    if (result_.times.size() >= options_.expected) session_->Close();
  }
  void OnConsumer(ConsumerNumber, queue::ConsumerEventKind) override {}
  void OnLost(ConsumerNumber, queue::KeyRange keys) override {
    result_.lost += keys.last - keys.first + 1;
  }
  void OnGet(const GetOutcome&) override {}
  void OnRoom() override {}
  void OnEnded(const absl::Status&) override {
    done_(result_);
    delete this;
  }

 private:
  const Options options_;
  const DoneFn done_;
  Session* session_ = nullptr;
  Result result_;
};

// What the nodes log.
class Events final : public base::LogSink {
 public:
  void Write(const base::LogRecord& record) override {
    const absl::MutexLock lock(&mutex_);
    lines_.emplace_back(record.event, record.text);
  }
  uint64_t Count(std::string_view event) const {
    const absl::MutexLock lock(&mutex_);
    return static_cast<uint64_t>(std::count_if(
        lines_.begin(), lines_.end(), [event](const auto& line) { return line.first == event; }));
  }
  // Of a field that is a number, over all lines of the event.
  uint64_t Sum(std::string_view event, const std::string& field) const {
    const absl::MutexLock lock(&mutex_);
    uint64_t sum = 0;
    for (const auto& [name, text] : lines_) {
      const size_t at = text.find(" " + field + "=");
      uint64_t value = 0;
      if (name != event || at == std::string::npos) continue;
      const size_t begin = at + field.size() + 2;
      if (absl::SimpleAtoi(text.substr(begin, text.find(' ', begin) - begin), &value)) sum += value;
    }
    return sum;
  }
  std::string Text() const {
    const absl::MutexLock lock(&mutex_);
    std::string text;
    for (const auto& line : lines_) text += line.second + "\n";
    return text;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::pair<std::string, std::string>> lines_ ABSL_GUARDED_BY(mutex_);
};

// Small segments and snapshots, so that there is something everywhere.
void MakeSmall(NodeConfig& config) {
  config.log.segment_bytes = 512 << 10;
  config.log.segments_kept = 1;
  config.log.round_bytes_max = 64 << 10;
  config.log.reserve_bytes = 64 << 10;
  config.host.group.write_bytes_max = 64 << 10;
  config.host.group.snapshot_bytes = 256 << 10;
}

// What became of a node whose disk had been damaged.
struct Cure {
  bool reported = false;   // Somebody said that something is wrong.
  bool refused = false;    // It did not start; its directory was emptied.
  bool forgetful = false;  // Its groups may have forgotten something; the others told them.
  uint64_t fetched = 0;    // Entries that it had lost and the others have brought back.
};

// Three nodes; one of them is damaged while it is down, and needed afterwards.
class Trial {
 public:
  Trial(base::Rng rng, const Fill& fill) : rng_(rng), fill_(fill), victim_(rng_.Between(1, 3)) {}

  void Run(DamagedPart part, DamageKind kind) {
    ASSERT_NO_FATAL_FAILURE(FillQueues());
    ASSERT_NO_FATAL_FAILURE(AwaitAll());
    cluster_.Stop(victim_);
    const DamageDone done = DamageFile(cluster_.DirectoryOf(victim_), part, kind, rng_);
    ASSERT_NE(done.path, "") << "there is such a file";
    SCOPED_TRACE(done.what);
    ASSERT_NO_FATAL_FAILURE(Restart(done.path));
    AwaitCure();
    cluster_.Stop(victim_ % 3 + 1);
    for (const uint64_t group : {kSettled, kFull}) Drain(group);
    EXPECT_EQ(events_.Count("group.failed"), 0u);
    EXPECT_EQ(events_.Count("group.entries_lost"), 0u);
    if (::testing::Test::HasFailure()) ADD_FAILURE() << events_.Text();
  }

  Cure cure() const {
    Cure cure;
    cure.refused = refused_;
    cure.forgetful = events_.Count("log.amnesia") > 0;
    cure.fetched = events_.Sum("group.mended", "fetched");
    cure.reported = refused_;
    for (const char* event : {"log.damage", "log.amnesia", "log.torn_change_of_store",
                              "log.entry_lost", "group.mending", "group.damaged"}) {
      if (events_.Count(event) > 0) cure.reported = true;
    }
    return cure;
  }

 private:
  const Fill& FillOf(uint64_t group) const { return group == kSettled ? fill_ : kOfFull; }

  // Whole entries, and every other message of the rest.
  bool IsSettled(uint64_t group, uint64_t number) const {
    return group == kSettled && number <= fill_.messages / kTurns * kTurnsBeforeSettling &&
           (number <= fill_.messages / 8 || number % 2 == 0);
  }

  void FillQueues() {
    for (const uint64_t group : {kSettled, kFull}) ASSERT_THAT(cluster_.Declare(group), IsOk());
    for (uint64_t turn = 0; turn < kTurns; ++turn) {
      for (const uint64_t group : {kSettled, kFull}) {
        const Fill& fill = FillOf(group);
        LoadOptions load;
        load.group = GroupId(group);
        load.messages = fill.messages / kTurns;
        load.bytes = fill.bytes;
        load.window = fill.window;
        load.first_number = turn * load.messages + 1;
        ASSERT_EQ(cluster_.Publish(1, load).confirmed, load.messages);
      }
      if (turn + 1 != kTurnsBeforeSettling) continue;
      const uint64_t expected = fill_.messages / kTurns * kTurnsBeforeSettling;
      const Consumer::Result seen = Consume(
          1, kSettled, expected, [this](uint64_t number) { return IsSettled(kSettled, number); });
      ASSERT_EQ(seen.times.size(), expected);
    }
  }

  // Until everything is everywhere, and some of it in the store.
  void AwaitAll() {
    for (const uint64_t group : {kSettled, kFull}) {
      ASSERT_TRUE(cluster_.WaitUntilAlike(group)) << cluster_.Describe(group);
    }
    ASSERT_TRUE(TestCluster::Await(
        [this] { return cluster_[victim_].LogStatistics().store_bytes_moved > 0; }));
  }

  // As an operator would who reads why it does not start.
  void Restart(const std::string& damaged) {
    const absl::Status started = cluster_.TryStart(victim_);
    if (started.ok()) return;
    EXPECT_EQ(started.code(), absl::StatusCode::kDataLoss) << started;
    // A damaged manifest may show as a store that is empty, and CURRENT as another manifest.
    const std::string named = damaged.ends_with(".sst")
                                  ? std::filesystem::path(damaged).filename().string()
                                  : cluster_.DirectoryOf(victim_) + "/store";
    EXPECT_THAT(started.ToString(), HasSubstr(named));
    refused_ = true;
    cluster_.Wipe(victim_);
    ASSERT_THAT(cluster_.TryStart(victim_), IsOk());
  }

  void AwaitCure() {
    for (const uint64_t group : {kSettled, kFull}) {
      EXPECT_TRUE(TestCluster::Await([&] { return IsCured(group); })) << cluster_.Describe(group);
      EXPECT_TRUE(cluster_.WaitUntilAlike(group)) << cluster_.Describe(group);
    }
  }
  bool IsCured(uint64_t group) {
    for (const GroupView& view : cluster_[victim_].ListGroups()) {
      if (view.group != GroupId(group)) continue;
      return view.whole && view.fault.empty() && view.core.has_value() &&
             !view.core->hard_state.amnesiac;
    }
    return false;
  }

  Consumer::Result Consume(uint64_t node, uint64_t group, uint64_t expected,
                           std::function<bool(uint64_t)> settles) {
    absl::Notification done;
    Consumer::Result result;
    cluster_[node].Post(0, [&](Shard& shard) {
      auto* const consumer = new Consumer(
          {.expected = expected, .bytes = FillOf(group).bytes, .settles = std::move(settles)},
          [&](const Consumer::Result& all) {
            result = all;
            done.Notify();
          });
      consumer->Start(shard.OpenSession({}, GroupId(group), cluster_.All(), consumer));
    });
    WARREN_CHECK(done.WaitForNotificationWithTimeout(absl::Minutes(1)));
    return result;
  }

  // All that is to be had comes, through the node that was damaged.
  void Drain(uint64_t group) {
    EXPECT_TRUE(cluster_.MakeLeader(victim_, group)) << cluster_.Describe(group);
    std::vector<uint64_t> expected;
    for (uint64_t number = 1; number <= FillOf(group).messages; ++number) {
      if (!IsSettled(group, number)) expected.push_back(number);
    }
    EXPECT_THAT(cluster_.Ready(victim_, group), IsOkAndHolds(expected.size()));
    const Consumer::Result seen =
        Consume(victim_, group, expected.size(), [](uint64_t) { return true; });
    std::vector<uint64_t> came;
    uint64_t again = 0;
    for (const auto& [number, times] : seen.times) {
      came.push_back(number);
      again += times - 1;
    }
    EXPECT_EQ(came, expected) << "what was confirmed and not settled, and nothing else";
    EXPECT_EQ(seen.wrong, 0u);
    EXPECT_LE(again, seen.lost) << "twice came only what had been taken back";
    EXPECT_THAT(cluster_.Ready(victim_, group), IsOkAndHolds(0u));
  }

  base::Rng rng_;
  const Fill fill_;
  const uint64_t victim_;
  Events events_;
  TestCluster cluster_{3, {.configure = MakeSmall, .sink = &events_}};
  bool refused_ = false;
};

// What became of several draws of a kind of damage, and all of them passed.
struct Draws {
  uint64_t reported = 0;
  uint64_t refused = 0;
  uint64_t forgetful = 0;
  uint64_t fetched = 0;
};
Draws Draw(uint64_t draws, DamagedPart part, DamageKind kind, const Fill& fill = kFewLarge) {
  Draws all;
  for (uint64_t draw = 1; draw <= draws; ++draw) {
    const auto stream = 100 * static_cast<uint64_t>(part) + 10 * static_cast<uint64_t>(kind) + draw;
    Trial trial(base::Rng(2024, stream), fill);
    trial.Run(part, kind);
    const Cure cure = trial.cure();
    all.reported += cure.reported ? 1 : 0;
    all.refused += cure.refused ? 1 : 0;
    all.forgetful += cure.forgetful ? 1 : 0;
    all.fetched += cure.refused ? 0 : cure.fetched;
  }
  return all;
}

// ---- A test for each: that it was said, and that it mattered.

TEST(DamageTest, FlippedBitsOfSegmentsAreMended) {
  const Draws all = Draw(3, DamagedPart::kSegments, DamageKind::kFlips);
  EXPECT_GT(all.reported, 0u);
  EXPECT_GT(all.fetched, 0u);
}

TEST(DamageTest, ACutSegmentIsMended) {
  const Draws all = Draw(2, DamagedPart::kSegments, DamageKind::kCut);
  EXPECT_GT(all.reported, 0u);
  EXPECT_GT(all.fetched + all.forgetful, 0u);
}

TEST(DamageTest, WithoutAWatermarkTheOthersSayWhatMayBeForgotten) {
  const Draws flips = Draw(1, DamagedPart::kWatermark, DamageKind::kFlips);
  const Draws cuts = Draw(1, DamagedPart::kWatermark, DamageKind::kCut);
  EXPECT_EQ(flips.reported + cuts.reported, 2u);
  EXPECT_EQ(flips.forgetful + cuts.forgetful, 2u);
}

TEST(DamageTest, FlippedBitsOfTheStoreAreMendedWhenTheyAreRead) {
  const Draws all = Draw(3, DamagedPart::kStore, DamageKind::kFlips);
  EXPECT_GT(all.reported, 0u);
  EXPECT_GT(all.fetched, 0u);
}

TEST(DamageTest, ACutFileOfTheStoreIsRefused) {
  const Draws all = Draw(2, DamagedPart::kStore, DamageKind::kCut);
  EXPECT_EQ(all.reported, 2u);
  EXPECT_EQ(all.refused, 2u);
}

TEST(DamageTest, FlippedBitsOfTheManifestAreReported) {
  const Draws all = Draw(2, DamagedPart::kManifest, DamageKind::kFlips);
  EXPECT_EQ(all.reported, 2u);
  EXPECT_GT(all.refused, 0u);
}

TEST(DamageTest, ACutManifestIsReported) {
  const Draws all = Draw(3, DamagedPart::kManifest, DamageKind::kCut);
  EXPECT_EQ(all.reported, 3u);
  EXPECT_GT(all.refused + all.forgetful, 0u);
}

TEST(DamageTest, WithoutKnowingWhichManifestCountsItIsRefused) {
  const Draws flips = Draw(1, DamagedPart::kCurrent, DamageKind::kFlips);
  const Draws cuts = Draw(1, DamagedPart::kCurrent, DamageKind::kCut);
  EXPECT_EQ(flips.refused + cuts.refused, 2u);
}

TEST(DamageTest, ASnapshotBesideTheRecordOfTheLogIsRefused) {
  const Draws all = Draw(1, DamagedPart::kSnapshot, DamageKind::kFlips);
  EXPECT_EQ(all.refused, 1u);
}

TEST(DamageTest, ASnapshotOfTheStoreComesFromTheOthers) {
  const Draws all = Draw(2, DamagedPart::kSnapshot, DamageKind::kFlips, kManySmall);
  EXPECT_GT(all.forgetful, 0u);
}

}  // namespace
}  // namespace warren::replication
