// The message table against a plain map, over random operations.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/coding.h"
#include "base/interval_set.h"
#include "base/rng.h"
#include "queue/message_table.h"

namespace warren::queue {
namespace {

std::string BytesOf(const MessageTable& table) {
  std::string bytes;
  table.AppendTo(&bytes);
  return bytes;
}

// What one round is like: drawn once for each, so that some rounds have nothing but, say, full
// batches of one size, and others a bit of everything.
struct Swarm {
  explicit Swarm(base::Rng& rng)
      : batch_max(Pick(rng, {1, 2, 64, 100, 256})),
        entry_gap_max(Pick(rng, {1, 1, 3, 1000})),
        size_max(Pick(rng, {1, 1, 20, 16'384, UINT32_MAX})),
        level_max(Pick(rng, {0, 0, 3, 255})),
        persistent_in_8(Pick(rng, {0, 8, 4})),
        ttl(Pick(rng, {0, 1, 1, 2})),
        expiring_in_8(Pick(rng, {8, 8, 3})),
        span_max(Pick(rng, {1, 10'000, 100'000})),
        depth_max(Pick(rng, {5, 300, 12'000, 30'000})),
        release_first_in_8(Pick(rng, {0, 4, 8})),
        release_max(Pick(rng, {1, 50, 3000})),
        moves(rng.OneIn(3)) {}

  static uint64_t Pick(base::Rng& rng, const std::vector<uint64_t>& choices) {
    return choices[rng.Below(choices.size())];
  }

  uint64_t batch_max;
  uint64_t entry_gap_max;
  uint64_t size_max;
  uint64_t level_max;
  uint64_t persistent_in_8;
  uint64_t ttl;  // 0: none; 1: one for all; 2: any.
  uint64_t expiring_in_8;
  uint64_t span_max;   // Between two batches.
  uint64_t depth_max;  // Messages, about.
  uint64_t release_first_in_8;
  uint64_t release_max;  // At a time.
  bool moves;
};

struct Message {
  MessageRecord record;
  Time accepted;
  bool ready = true;
};

class Round {
 public:
  explicit Round(uint64_t seed) : rng_(seed), swarm_(rng_) {}

  void Play(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
      Publish();
      if (rng_.OneIn(2)) Release();
      while (model_.size() > swarm_.depth_max) Release();
      if (rng_.OneIn(2)) TakeOrReturn();
      if (rng_.OneIn(3)) Expire();
      if (swarm_.moves && rng_.OneIn(10)) Move();
      Look();
      if (rng_.OneIn(30)) LookAtAll();
      if (rng_.OneIn(40)) Restore();
      if (rng_.OneIn(60)) Copy();
    }
    LookAtAll();
    EXPECT_EQ(BytesOf(table_), BytesOf(never_restored_));
    for (const auto& [copy, bytes] : copies_) EXPECT_EQ(BytesOf(copy), bytes);
  }

 private:
  using Place = std::map<uint64_t, Message>::iterator;

  // Both tables do the same.
  template <typename Change>
  void Both(Change change) {
    change(table_);
    change(never_restored_);
  }

  void Publish() {
    now_ = now_ + rng_.Below(swarm_.span_max);
    entry_ += rng_.Between(1, swarm_.entry_gap_max);
    const uint64_t messages = rng_.Between(1, swarm_.batch_max);
    for (uint64_t slot = 0; slot < messages; ++slot) {
      MessageRecord record;
      record.position = {.entry = EntryIndex(entry_), .slot = static_cast<uint32_t>(slot)};
      record.size = static_cast<uint32_t>(rng_.Between(1, swarm_.size_max));
      record.level = static_cast<Priority>(rng_.Below(swarm_.level_max + 1));
      record.persistent = rng_.Chance(swarm_.persistent_in_8, 8);
      const bool expires = swarm_.ttl != 0 && rng_.Chance(swarm_.expiring_in_8, 8);
      if (expires) record.expires = now_ + (swarm_.ttl == 1 ? 500'000 : rng_.Below(1'000'000));
      Both([&](MessageTable& table) {
        EXPECT_EQ(table.next(), OrderKey(next_));
        EXPECT_EQ(table.Append(record, now_), OrderKey(next_));
      });
      model_.emplace_hint(model_.end(), next_++,
                          Message{.record = record, .accepted = now_, .ready = true});
    }
  }

  // A message by chance; the first one more often.
  Place Any() {
    if (rng_.Chance(swarm_.release_first_in_8, 8)) return model_.begin();
    const uint64_t span = model_.rbegin()->first - model_.begin()->first + 1;
    return model_.lower_bound(model_.begin()->first + rng_.Below(span));
  }
  // As many messages with consecutive keys as there are, but at most so many.
  KeyRange From(Place place, uint64_t count_max) const {
    const uint64_t first = place->first;
    uint64_t last = first;
    while (last - first + 1 < count_max && ++place != model_.end() && place->first == last + 1) {
      ++last;
    }
    return {.first = OrderKey(first), .last = OrderKey(last)};
  }

  void Release() {
    if (model_.empty()) return;
    const KeyRange keys = From(Any(), rng_.Between(1, swarm_.release_max));
    Both([&](MessageTable& table) { table.Release(keys); });
    model_.erase(model_.find(keys.first.value()), model_.upper_bound(keys.last.value()));
  }

  void TakeOrReturn() {
    if (model_.empty()) return;
    const KeyRange keys = From(Any(), rng_.Between(1, 100));
    for (uint64_t key = keys.first.value(); key <= keys.last.value(); ++key) {
      Message& message = model_.at(key);
      message.ready = !message.ready;
      if (message.ready) Both([&](MessageTable& table) { table.WatchExpiry(OrderKey(key)); });
    }
  }

  void Expire() {
    const size_t messages_max = rng_.OneIn(3) ? rng_.Below(20) : 1024;
    std::vector<OrderKey> expected;
    for (const auto& [key, message] : model_) {
      if (expected.size() == messages_max) break;
      const bool due = message.record.expires.value() != 0 && message.record.expires <= now_;
      if (due && message.ready) expected.emplace_back(key);
    }
    Both([&](MessageTable& table) {
      std::vector<OrderKey> expired;
      table.Expire(
          now_, messages_max, [this](OrderKey key) { return IsReady(key); }, expired);
      ASSERT_EQ(expired, expected);
      const std::optional<Time> next = table.NextExpiry();
      if (expired.size() < messages_max && next) {
        EXPECT_GT(*next, now_);
      }
    });
    for (const OrderKey key : expected) model_.at(key.value()).ready = false;
  }
  bool IsReady(OrderKey key) const {
    const auto at = model_.find(key.value());
    return at != model_.end() && at->second.ready;
  }

  void Move() {
    if (model_.empty()) return;
    ++entry_;
    uint32_t slot = 0;
    Place place = Any();
    for (; place != model_.end() && slot < kSlotsMax; ++place) {
      if (rng_.OneIn(2)) continue;
      const Position position = {.entry = EntryIndex(entry_), .slot = slot++};
      place->second.record.position = position;
      Both([&](MessageTable& table) { table.SetPosition(OrderKey(place->first), position); });
    }
  }

  void Restore() {
    const std::string bytes = BytesOf(table_);
    base::Reader reader(bytes);
    absl::StatusOr<MessageTable> read = MessageTable::Read(reader);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_TRUE(reader.AtEnd());
    table_ = *std::move(read);
    EXPECT_EQ(BytesOf(table_), bytes);
    EXPECT_EQ(BytesOf(never_restored_), bytes);
    EXPECT_EQ(table_.NextExpiry(), never_restored_.NextExpiry());
  }

  void Copy() {
    if (copies_.size() < 4) {
      copies_.emplace_back(table_, BytesOf(table_));
    } else if (rng_.OneIn(2)) {
      EXPECT_EQ(BytesOf(copies_.front().first), copies_.front().second);
      copies_.erase(copies_.begin());
    } else {
      copies_.erase(copies_.begin() + 1);
    }
  }

  void Look() {
    if (model_.empty()) return;
    const Place place = Any();
    ExpectHas(place->first, place->second);
    const KeyRange keys = From(place, rng_.OneIn(2) ? rng_.Between(1, 300) : rng_.Between(1, 9999));
    uint64_t bytes = 0;
    uint64_t persistent = 0;
    uint64_t persistent_bytes = 0;
    std::set<uint64_t> entries;
    for (uint64_t key = keys.first.value(); key <= keys.last.value(); ++key) {
      const MessageRecord& record = model_.at(key).record;
      bytes += record.size;
      persistent += record.persistent ? 1 : 0;
      persistent_bytes += record.persistent ? record.size : 0;
      entries.insert(record.position.entry.value());
    }
    ASSERT_EQ(table_.BytesIn(keys), bytes);
    ASSERT_EQ(table_.PersistentIn(keys), persistent);
    ASSERT_EQ(table_.PersistentBytesIn(keys), persistent_bytes);
    base::IntervalSet set;
    table_.AddEntries(keys, set);
    ASSERT_EQ(set.size(), entries.size());
    for (const uint64_t entry : entries) ASSERT_TRUE(set.Contains(entry));
    LookAtRuns(keys);
    LookAtEntry(place->second.record.position.entry);
  }

  // The keys of an entry, as far as they are live.
  void LookAtEntry(EntryIndex entry) {
    if (!rng_.OneIn(8)) return;
    std::vector<OrderKey> expected;
    base::IntervalSet live;
    for (const auto& [key, message] : model_) {
      live.Insert(key);
      if (message.record.position.entry == entry) expected.emplace_back(key);
    }
    std::vector<OrderKey> found = table_.KeysOf(entry);
    std::erase_if(found, [this](OrderKey key) { return !model_.contains(key.value()); });
    ASSERT_EQ(found, expected);
    ASSERT_EQ(table_.live(), model_.size());
    ASSERT_TRUE(table_.Holds(live));
    live.Erase(rng_.OneIn(2) ? *live.First() : *live.Last());
    ASSERT_FALSE(table_.Holds(live));
  }

  bool Follows(OrderKey key, uint64_t entries, uint32_t slots) const {
    const Position before = model_.at(key.value() - 1).record.position;
    const Position position = model_.at(key.value()).record.position;
    return position.entry == before.entry + entries && position.slot == before.slot + slots;
  }
  void LookAtRuns(KeyRange keys) {
    for (int runs = 0; keys.first <= keys.last && runs < 20; ++runs) {
      const PositionRun run = table_.RunAt(keys.first, keys.size());
      ASSERT_EQ(run.first, model_.at(keys.first.value()).record.position);
      uint64_t slots = 1;
      while (slots < keys.size() && Follows(keys.first + slots, 0, 1)) ++slots;
      uint64_t entries = 1;
      while (entries < keys.size() && Follows(keys.first + entries, 1, 0)) ++entries;
      ASSERT_EQ(run.count, slots > 1 ? slots : entries);
      ASSERT_EQ(run.one_per_entry, slots == 1 && entries > 1);
      keys.first = keys.first + run.count;
    }
  }

  void ExpectHas(uint64_t key, const Message& message) const {
    ASSERT_EQ(table_.Get(OrderKey(key)), message.record) << key;
    const Time accepted = table_.AcceptedAtOrBefore(OrderKey(key));
    ASSERT_LE(accepted, message.accepted);
    ASSERT_LT(message.accepted - accepted, kSecond);
  }

  void LookAtAll() {
    table_.CheckInvariants();
    std::optional<Time> first_expiry;
    for (const auto& [key, message] : model_) {
      ExpectHas(key, message);
      const Time expires = message.record.expires;
      if (message.ready && expires.value() != 0 && (!first_expiry || expires < *first_expiry)) {
        first_expiry = expires;
      }
    }
    if (first_expiry) {
      ASSERT_TRUE(table_.NextExpiry().has_value());
      EXPECT_LE(*table_.NextExpiry(), *first_expiry);
    }
    if (model_.empty()) {
      EXPECT_EQ(table_.NextExpiry(), std::nullopt);
    }
  }

  base::Rng rng_;
  const Swarm swarm_;
  MessageTable table_;
  MessageTable never_restored_;
  std::map<uint64_t, Message> model_;  // Live messages, by key.
  uint64_t next_ = 1;
  uint64_t entry_ = 0;
  Time now_ = Time(1'700'000'000'000'000);
  std::vector<std::pair<MessageTable, std::string>> copies_;
};

TEST(MessageTableModelTest, DoesWhatAPlainMapDoes) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Round(seed).Play(300);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace warren::queue
