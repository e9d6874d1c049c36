#include "queue/producer_table.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "tests/support/status_matchers.h"

namespace warren::queue {
namespace {

using warren::testing::StatusIs;

constexpr ProducerLimits kLimits = {
    .window = 64, .producers_max = 3, .expires = 10 * kSecond, .forgotten = 30 * kSecond};
constexpr ProducerVerdict kAccepted = {};
constexpr ProducerVerdict kDuplicate = {.duplicate = true};
constexpr ProducerVerdict Refused(Refusal reason) { return {.refusal = reason}; }

Time Second(uint64_t seconds) { return Time(seconds * kSecond); }

ProducerStamp Stamp(const std::string& producer, uint64_t epoch, uint64_t sequence,
                    uint64_t floor = 0) {
  return {.producer = base::Bytes::Copy(producer),
          .epoch = epoch,
          .sequence = sequence,
          .floor = floor};
}

// Judges, and stores what is accepted.
ProducerVerdict Publish(ProducerTable& table, const ProducerStamp& stamp, Time now = Second(1),
                        const ProducerLimits& limits = kLimits) {
  const ProducerVerdict verdict = table.Judge(stamp, now, limits);
  if (verdict == kAccepted) table.Store(stamp, limits);
  table.CheckInvariants();
  return verdict;
}

std::string Serialized(const ProducerTable& table) {
  std::string bytes;
  table.AppendTo(&bytes);
  return bytes;
}

absl::StatusOr<ProducerTable> ReadAll(const std::string& bytes) {
  base::Reader reader(bytes);
  absl::StatusOr<ProducerTable> table = ProducerTable::Read(reader);
  if (table.ok() && !reader.AtEnd()) return absl::DataLossError("not all was read");
  return table;
}

TEST(ProducerTableTest, StoredSequenceIsADuplicate) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 5)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 5)), kDuplicate);
  EXPECT_EQ(Publish(table, Stamp("b", 1, 5)), kAccepted);
}

TEST(ProducerTableTest, WhatWasJudgedAndNotStoredMayBeSentAgain) {
  ProducerTable table;
  EXPECT_EQ(table.Judge(Stamp("a", 1, 5), Second(1), kLimits), kAccepted);
  EXPECT_EQ(table.Judge(Stamp("a", 1, 5), Second(1), kLimits), kAccepted);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ProducerTableTest, LateSequenceIsAcceptedOnce) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 7)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 5)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 5)), kDuplicate);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 6)), kAccepted);
}

TEST(ProducerTableTest, SequenceAtTheEndOfTheWindowIsTooOld) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 36)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 37)), kAccepted);
}

TEST(ProducerTableTest, RefusedSequenceDoesNotMoveTheWindow) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100)), kAccepted);
  EXPECT_EQ(table.Judge(Stamp("a", 1, 1000), Second(1), kLimits), kAccepted);  // And not stored.
  EXPECT_EQ(Publish(table, Stamp("a", 1, 99)), kAccepted);
}

TEST(ProducerTableTest, FloorMakesTooOldWhatLiesBelow) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 10)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 12, 11)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 10)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 11)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 5, 20)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 12)), Refused(Refusal::kSequenceTooOld));
}

TEST(ProducerTableTest, OlderEpochIsFencedAndALaterOneBeginsAnew) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 2, 100, 50)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 101)), Refused(Refusal::kProducerFenced));
  EXPECT_EQ(Publish(table, Stamp("a", 3, 1)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 2, 102)), Refused(Refusal::kProducerFenced));
  EXPECT_EQ(Publish(table, Stamp("a", 3, 100)), kAccepted);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ProducerTableTest, FullTableRefusesNewProducersAndServesOldOnes) {
  ProducerTable table;
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(Publish(table, Stamp(id, 1, 1)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("d", 1, 1)), Refused(Refusal::kTooManyProducers));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 2)), kAccepted);
  // Expired ones take their place too.
  table.ExpireDue(Second(11), kLimits, 100);
  EXPECT_EQ(table.CountLive(Second(11), kLimits), 0u);
  EXPECT_EQ(Publish(table, Stamp("d", 1, 1), Second(11)), Refused(Refusal::kTooManyProducers));
  table.ExpireDue(Second(31), kLimits, 100);
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(Publish(table, Stamp("d", 1, 1), Second(31)), kAccepted);
}

TEST(ProducerTableTest, ExpiredProducerMustBeginANewEpoch) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(1)), kAccepted);
  table.ExpireDue(Second(11), kLimits, 100);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 2), Second(11)), Refused(Refusal::kProducerExpired));
  EXPECT_EQ(Publish(table, Stamp("a", 0, 2), Second(11)), Refused(Refusal::kProducerFenced));
  EXPECT_EQ(table.CountLive(Second(11), kLimits), 0u);
  EXPECT_EQ(Publish(table, Stamp("a", 2, 1), Second(11)), kAccepted);
  EXPECT_EQ(table.CountLive(Second(11), kLimits), 1u);
  EXPECT_EQ(Publish(table, Stamp("a", 2, 1), Second(11)), kDuplicate);
}

TEST(ProducerTableTest, ExpiresByTheMicrosecondWithoutATimer) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 5, 1), Second(1)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 5, 1), Time(11 * kSecond - 1)), kDuplicate);
  EXPECT_EQ(table.CountLive(Time(21 * kSecond - 2), kLimits), 1u);
  EXPECT_EQ(table.CountLive(Time(21 * kSecond - 1), kLimits), 0u);
  EXPECT_EQ(Publish(table, Stamp("a", 5, 2), Time(21 * kSecond - 1)),
            Refused(Refusal::kProducerExpired));
}

TEST(ProducerTableTest, EveryOutcomeButFencedAndExpiredRenews) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100), Second(0)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100), Second(9)), kDuplicate);
  EXPECT_EQ(table.NextDeadline(kLimits), Second(39));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(18)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(table.NextDeadline(kLimits), Second(48));
  EXPECT_EQ(Publish(table, Stamp("a", 0, 1), Second(20)), Refused(Refusal::kProducerFenced));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(28)), Refused(Refusal::kProducerExpired));
  EXPECT_EQ(table.NextDeadline(kLimits), Second(48));
}

TEST(ProducerTableTest, NextDeadlineIsWhenTheOldestIsForgotten) {
  ProducerTable table;
  EXPECT_EQ(table.NextDeadline(kLimits), std::nullopt);
  Publish(table, Stamp("a", 1, 1), Second(1));
  Publish(table, Stamp("b", 1, 1), Second(5));
  Publish(table, Stamp("a", 1, 2), Second(9));
  EXPECT_EQ(table.NextDeadline(kLimits), Second(35));
  table.ExpireDue(Second(34), kLimits, 100);
  EXPECT_EQ(table.size(), 2u);
  table.ExpireDue(Second(35), kLimits, 100);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.NextDeadline(kLimits), Second(39));
}

TEST(ProducerTableTest, ForgettingIsBoundedAndOldestFirst) {
  ProducerTable table;
  ProducerLimits limits = kLimits;
  limits.producers_max = 100;
  for (uint64_t i = 0; i < 10; ++i)
    Publish(table, Stamp(std::to_string(i), 1, 1), Second(i), limits);
  table.ExpireDue(Second(50), limits, 4);
  EXPECT_EQ(table.size(), 6u);
  EXPECT_EQ(table.NextDeadline(limits), Second(34));
  EXPECT_EQ(Publish(table, Stamp("4", 1, 2), Second(50), limits),
            Refused(Refusal::kProducerExpired));
  EXPECT_EQ(Publish(table, Stamp("3", 1, 2), Second(50), limits), kAccepted);
  table.ExpireDue(Second(50), limits, 100);
  EXPECT_EQ(table.size(), 1u);
}

TEST(ProducerTableTest, LongerLimitsMakeExpiredProducersLiveAgain) {
  ProducerTable table;
  ProducerLimits longer = kLimits;
  longer.expires = 20 * kSecond;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(1)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(15)), Refused(Refusal::kProducerExpired));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1), Second(15), longer), kDuplicate);
}

TEST(ProducerTableTest, SpansBeyondAllTimesNeverEnd) {
  ProducerTable table;
  const ProducerLimits limits = {.expires = UINT64_MAX, .forgotten = UINT64_MAX};
  Publish(table, Stamp("a", 1, 1), Second(1), limits);
  table.ExpireDue(Second(1'000'000), limits, 100);
  EXPECT_EQ(table.CountLive(Second(1'000'000), limits), 1u);
  EXPECT_EQ(table.NextDeadline(limits), Time(UINT64_MAX));
}

TEST(ProducerTableTest, WindowThatGrowsDoesNotRememberWhatItForgot) {
  ProducerTable table;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 200)), kAccepted);
  ProducerLimits larger = kLimits;
  larger.window = 1000;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100), Second(1), larger),
            Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1100), Second(1), larger), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 137), Second(1), larger), kAccepted);
}

TEST(ProducerTableTest, WindowThatShrinksForgetsAtTheNextJudgement) {
  ProducerTable table;
  ProducerLimits larger = kLimits;
  larger.window = 1000;
  EXPECT_EQ(Publish(table, Stamp("a", 1, 500), Second(1), larger), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 400)), Refused(Refusal::kSequenceTooOld));
  EXPECT_EQ(Publish(table, Stamp("a", 1, 400), Second(1), larger),
            Refused(Refusal::kSequenceTooOld));
}

TEST(ProducerTableTest, PlantedBugConfirmsTheUnseen) {
  ProducerTable table(PlantedBug::kUnseenConfirmed);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 100)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 1)), kDuplicate);
}

TEST(ProducerTableTest, IdsAreCopied) {
  ProducerTable table;
  const base::Bytes block = base::Bytes::Copy(std::string(100'000, 'x'));
  ProducerStamp stamp = Stamp("", 1, 1);
  stamp.producer = block.Slice(0, 10);
  EXPECT_EQ(Publish(table, stamp), kAccepted);
  EXPECT_LT(table.MemoryBytes(), 1000u);
}

TEST(ProducerTableTest, CopyIsItsOwn) {
  ProducerTable table;
  Publish(table, Stamp("a", 1, 1));
  ProducerTable copy = table;
  EXPECT_EQ(Publish(copy, Stamp("a", 1, 2)), kAccepted);
  EXPECT_EQ(Publish(table, Stamp("a", 1, 2)), kAccepted);
  EXPECT_EQ(Serialized(table), Serialized(copy));
}

// ---- Memory -------------------------------------------------------------------------------------

TEST(ProducerTableTest, IdleProducersCostLittle) {
  ProducerTable table;
  const ProducerLimits limits;
  for (uint64_t i = 0; i < 10'000; ++i) {
    const std::string id = "application-" + std::to_string(100'000 + i);
    for (uint64_t sequence = i; sequence < i + 5; ++sequence) {
      table.Store((table.Judge(Stamp(id, 1, sequence), Second(1), limits), Stamp(id, 1, sequence)),
                  limits);
    }
  }
  EXPECT_LT(table.MemoryBytes() / 10'000, 260u);  // Half of it room to grow.
}

TEST(ProducerTableTest, GapsCostABitForEachSequenceOfTheWindow) {
  ProducerTable table;
  const ProducerLimits limits;
  for (uint64_t sequence = 1; sequence < 100'000; sequence += 3) {
    ASSERT_EQ(Publish(table, Stamp("a", 1, sequence), Second(1), limits), kAccepted);
  }
  EXPECT_LT(table.MemoryBytes(), 1024u + 512u);
}

// ---- Bytes --------------------------------------------------------------------------------------

ProducerTable Varied() {
  ProducerTable table;
  ProducerLimits limits = kLimits;
  limits.producers_max = 10;
  Publish(table, Stamp("expired", 7, 3), Second(1), limits);
  Publish(table, Stamp("gaps", 1, 1000, 900), Second(9), limits);
  for (const uint64_t sequence : {uint64_t{990}, uint64_t{950}, uint64_t{989}, uint64_t{991}}) {
    Publish(table, Stamp("gaps", 1, sequence), Second(9), limits);
  }
  Publish(table, Stamp("late", 1, 1), Second(10), limits);
  Publish(table, Stamp("unstored", 1, 1, 5), Second(10), limits);
  return table;
}

TEST(ProducerTableTest, ReadsWhatItWrote) {
  const std::string bytes = Serialized(Varied());
  absl::StatusOr<ProducerTable> table = ReadAll(bytes);
  ASSERT_TRUE(table.ok()) << table.status();
  table->CheckInvariants();
  EXPECT_EQ(table->size(), 4u);
  EXPECT_EQ(Serialized(*table), bytes);
  EXPECT_EQ(Publish(*table, Stamp("gaps", 1, 950), Second(12)), kDuplicate);
  EXPECT_EQ(Publish(*table, Stamp("gaps", 1, 951), Second(12)), kAccepted);
  EXPECT_EQ(Publish(*table, Stamp("unstored", 1, 4), Second(12)),
            Refused(Refusal::kSequenceTooOld));
}

TEST(ProducerTableTest, DamageIsFoundOrIsAnotherTable) {
  const std::string bytes = Serialized(Varied());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ReadAll(bytes.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss));
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(value);
      const absl::StatusOr<ProducerTable> table = ReadAll(damaged);
      if (table.ok()) {
        table->CheckInvariants();
        ASSERT_EQ(Serialized(*table), damaged) << "byte " << at << " as " << value;
      } else {
        ASSERT_EQ(table.status().code(), absl::StatusCode::kDataLoss);
      }
    }
  }
}

TEST(ProducerTableTest, PublishInTheFutureIsDamage) {
  const std::string bytes = Serialized(Varied());  // The last publish was at second 10.
  base::Reader in_time(bytes);
  EXPECT_TRUE(ProducerTable::Read(in_time, Second(10)).ok());
  base::Reader early(bytes);
  EXPECT_THAT(ProducerTable::Read(early, Time(10 * kSecond - 1)),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ProducerTableTest, HostileCountsTakeNoMemory) {
  std::string bytes;
  base::PutVarint64(&bytes, UINT64_MAX);
  EXPECT_THAT(ReadAll(bytes + "abc"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ProducerTableTest, ReadingTakesBoundedMemory) {
  std::string bytes;
  constexpr uint64_t kCount = 50'000;
  base::PutVarint64(&bytes, kCount);
  for (uint64_t i = 0; i < kCount; ++i) {
    base::PutVarint64(&bytes, 0);
    base::PutVarint64(&bytes, 2);
    base::PutFixed16(&bytes, static_cast<uint16_t>(i));
    base::PutVarint64(&bytes, 0);
    SequenceWindow().AppendTo(&bytes);
  }
  const absl::StatusOr<ProducerTable> table = ReadAll(bytes);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_LE(table->MemoryBytes(), bytes.size() * ProducerTable::kDecodedBytesPerByte);
}

// ---- Against a naive model ----------------------------------------------------------------------

struct ModelProducer {
  explicit ModelProducer(uint64_t e) : epoch(e) {}
  uint64_t epoch = 0;
  uint64_t floor = 0;
  uint64_t highest = 0;
  std::set<uint64_t> seen;
  std::set<uint64_t> ever_stored;  // In this epoch.
  Time last;
};

// Everything in the plainest words.
class Model {
 public:
  ProducerVerdict Publish(const std::string& id, const ProducerStamp& stamp, Time now,
                          const ProducerLimits& limits, bool store) {
    std::erase_if(producers_,
                  [&](const auto& entry) { return now - entry.second.last >= limits.forgotten; });
    auto found = producers_.find(id);
    if (found == producers_.end()) {
      if (producers_.size() >= limits.producers_max) return Refused(Refusal::kTooManyProducers);
      found = producers_.emplace(id, ModelProducer(stamp.epoch)).first;
    } else if (stamp.epoch < found->second.epoch) {
      return Refused(Refusal::kProducerFenced);
    } else if (stamp.epoch > found->second.epoch) {
      found->second = ModelProducer(stamp.epoch);
    } else if (now - found->second.last >= limits.expires) {
      return Refused(Refusal::kProducerExpired);
    }
    ModelProducer& producer = found->second;
    producer.last = now;
    producer.floor = std::max(producer.floor, stamp.floor);
    Limit(producer, limits);
    if (stamp.sequence < producer.floor) return Refused(Refusal::kSequenceTooOld);
    if (producer.seen.contains(stamp.sequence)) {
      EXPECT_TRUE(producer.ever_stored.contains(stamp.sequence));
      return kDuplicate;
    }
    EXPECT_FALSE(producer.ever_stored.contains(stamp.sequence)) << "accepted twice";
    if (!store) return kAccepted;
    producer.seen.insert(stamp.sequence);
    producer.ever_stored.insert(stamp.sequence);
    producer.highest = std::max(producer.highest, stamp.sequence);
    Limit(producer, limits);
    return kAccepted;
  }

  size_t size() const { return producers_.size(); }

 private:
  static void Limit(ModelProducer& producer, const ProducerLimits& limits) {
    if (producer.highest >= limits.window) {
      producer.floor = std::max(producer.floor, producer.highest - limits.window + 1);
    }
    producer.seen.erase(producer.seen.begin(), producer.seen.lower_bound(producer.floor));
  }

  std::map<std::string, ModelProducer> producers_;
};

class RandomHistory {
 public:
  explicit RandomHistory(uint64_t seed) : rng_(seed) {
    limits_.producers_max = static_cast<uint32_t>(rng_.Between(2, 6));
    base_sequence_ = rng_.OneIn(4) ? UINT64_MAX - rng_.Below(5000) : rng_.Below(5000);
  }

  void Step() {
    if (rng_.OneIn(8)) now_ = now_ + rng_.Below(rng_.OneIn(10) ? 20 * kSecond : kSecond);
    if (rng_.OneIn(200)) limits_.window = static_cast<uint32_t>(rng_.Between(64, 300));
    table_.ExpireDue(now_, limits_, 1000);
    const std::string id(1, static_cast<char>('a' + rng_.Below(6)));
    ProducerStamp stamp = Stamp(id, 1 + rng_.Below(20) / 19 + epochs_, Sequence(), 0);
    if (rng_.OneIn(500)) ++epochs_;
    if (rng_.OneIn(20)) stamp.floor = stamp.sequence - std::min(stamp.sequence, rng_.Below(400));
    if (rng_.OneIn(300)) stamp.floor = stamp.sequence + rng_.Below(UINT64_MAX - stamp.sequence + 1);
    const bool store = !rng_.OneIn(10);
    const ProducerVerdict verdict = table_.Judge(stamp, now_, limits_);
    ASSERT_EQ(verdict, model_.Publish(id, stamp, now_, limits_, store));
    if (verdict == kAccepted && store) table_.Store(stamp, limits_);
    if (rng_.OneIn(50)) Restore();
  }

 private:
  uint64_t Sequence() {
    uint64_t step = 1;
    if (rng_.OneIn(3)) step = rng_.Below(6);
    if (rng_.OneIn(40)) step = rng_.Below(400);
    base_sequence_ += std::min(step, UINT64_MAX - base_sequence_);
    if (!rng_.OneIn(3)) return base_sequence_;
    return base_sequence_ - std::min(base_sequence_, rng_.Below(rng_.OneIn(5) ? 500 : 80));
  }

  void Restore() {
    table_.CheckInvariants();
    const std::string bytes = Serialized(table_);
    absl::StatusOr<ProducerTable> restored = ReadAll(bytes);
    ASSERT_TRUE(restored.ok()) << restored.status();
    ASSERT_EQ(Serialized(*restored), bytes);
    table_ = *std::move(restored);
    table_.CheckInvariants();
  }

  base::Rng rng_;
  ProducerLimits limits_ = kLimits;
  Time now_{1};
  uint64_t base_sequence_ = 0;
  uint64_t epochs_ = 0;
  ProducerTable table_;
  Model model_;
};

TEST(ProducerTableTest, RandomHistoriesAgreeWithANaiveModel) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomHistory history(seed);
    for (int step = 0; step < 3000 && !::testing::Test::HasFatalFailure(); ++step) history.Step();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace warren::queue
