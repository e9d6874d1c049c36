#include "replication/log/memory_log.h"

#include <algorithm>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "replication/log/testing/log_fixture.h"
#include "tests/support/status_matchers.h"

namespace warren::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using warren::testing::IsOk;
using warren::testing::StatusIs;

constexpr raft::GroupId kGroup(7);

raft::WriteTicket TicketOf(uint64_t number) {
  raft::WriteTicket ticket;
  ticket.epoch = raft::WriteEpoch(number);
  return ticket;
}

class MemoryLogTest : public ::testing::Test {
 protected:
  Write MakeWrite(raft::GroupId group = kGroup) {
    Write write;
    write.group = group;
    write.ticket = TicketOf(++tickets_);
    return write;
  }
  absl::Status Create(raft::GroupId group = kGroup) {
    raft::Recovered first;
    first.hard_state.term = raft::Term(1);
    return log_.Create(group, first, MakeWrite().ticket);
  }
  absl::Status Append(std::vector<raft::Entry> entries) {
    Write write = MakeWrite();
    write.entries = std::move(entries);
    return log_.Submit(std::move(write));
  }
  absl::Status Snapshot(raft::SnapshotRef snapshot) {
    Write write = MakeWrite();
    write.snapshot = std::move(snapshot);
    return log_.Submit(std::move(write));
  }
  std::string ReadOne(uint64_t index) {
    const auto entries = log_.ReadSparse(kGroup, std::vector<raft::Index>{raft::Index(index)});
    if (!entries.ok()) return absl::StatusCodeToString(entries.status().code());
    const raft::Entry& entry = entries->front();
    const std::string_view payload = entry.payload.view();
    return absl::StrCat(entry.id.index.value(), "@", entry.id.term.value(), ":",
                        absl::string_view(payload.data(), payload.size()));
  }
  uint64_t Bytes() { return log_.GetStats().memory_bytes; }

  RecordingListener listener_;
  MemoryLog log_{&listener_};
  uint64_t tickets_ = 0;
};

TEST_F(MemoryLogTest, AWriteIsDoneWhenSubmitReturns) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 3, 1)), IsOk());
  ASSERT_THAT(log_.Destroy(kGroup, MakeWrite().ticket), IsOk());
  std::vector<uint64_t> tickets;
  for (const Completion& each : listener_.completions) {
    EXPECT_EQ(each.group, kGroup);
    tickets.push_back(each.ticket.epoch.value());
  }
  EXPECT_THAT(tickets, ElementsAre(1, 2, 3));
}

TEST_F(MemoryLogTest, WhatIsSubmittedIsDescribed) {
  ASSERT_THAT(Create(), IsOk());
  Write write = MakeWrite();
  write.hard_state = raft::HardState{
      .term = raft::Term(5), .vote = raft::NodeId(3), .commit = raft::Index(2), .amnesiac = false};
  write.entries = MakeEntries(1, 4, 5);
  ASSERT_THAT(log_.Submit(Write(write)), IsOk());
  ASSERT_THAT(Snapshot(MakeSnapshot(3, 5, {1})), IsOk());
  const auto found = log_.Describe(kGroup);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->hard_state, *write.hard_state);
  EXPECT_EQ(found->snapshot->state, "state at 3");
  EXPECT_EQ(found->base.id.index, raft::Index(3));
  EXPECT_EQ(found->last, (raft::EntryId{raft::Index(4), raft::Term(5)}));
  EXPECT_TRUE(found->live.Contains(1));
  EXPECT_TRUE(found->missing.empty());
}

TEST_F(MemoryLogTest, ARangeEndsAtItsBytesButHasOneEntryAtLeast) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 10, 1, 100)), IsOk());
  const size_t each = 100 + raft::kEntryOverheadBytes;
  EXPECT_THAT(*log_.Read(kGroup, raft::Index(2), raft::Index(9), 3 * each), SizeIs(3));
  EXPECT_THAT(*log_.Read(kGroup, raft::Index(2), raft::Index(9), 1), SizeIs(1));
  EXPECT_THAT(*log_.Read(kGroup, raft::Index(2), raft::Index(9), SIZE_MAX), SizeIs(8));
  EXPECT_THAT(*log_.Read(kGroup, raft::Index(2), raft::Index(99), SIZE_MAX), SizeIs(9));
  EXPECT_THAT(log_.Read(kGroup, raft::Index(11), raft::Index(99), SIZE_MAX),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(MemoryLogTest, ANewSuffixReplacesTheOldOne) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 5, 1)), IsOk());
  ASSERT_THAT(Append(MakeEntries(3, 4, 2)), IsOk());
  EXPECT_THAT(ReadOne(2), HasSubstr("2@1:"));
  EXPECT_THAT(ReadOne(3), HasSubstr("3@2:"));
  EXPECT_EQ(ReadOne(5), "NOT_FOUND");
  Write cut = MakeWrite();
  cut.truncate_from = raft::Index(4);
  ASSERT_THAT(log_.Submit(std::move(cut)), IsOk());
  EXPECT_EQ(ReadOne(4), "NOT_FOUND");
  EXPECT_EQ(log_.Describe(kGroup)->last.index, raft::Index(3));
}

TEST_F(MemoryLogTest, SingleEntriesBelowASnapshotAreReadInTheOrderAsked) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 9, 1)), IsOk());
  ASSERT_THAT(Snapshot(MakeSnapshot(8, 1, {2, 5, 6})), IsOk());
  const std::vector<raft::Index> wanted = {raft::Index(9), raft::Index(5), raft::Index(6),
                                           raft::Index(2)};
  const auto entries = log_.ReadSparse(kGroup, wanted);
  ASSERT_THAT(entries, IsOk());
  ASSERT_THAT(*entries, SizeIs(4));
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ((*entries)[i].id.index, wanted[i]);
  EXPECT_EQ(ReadOne(3), "NOT_FOUND");
}

TEST_F(MemoryLogTest, WhatASnapshotLetsDieTakesNoMemory) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 100, 1, 1000)), IsOk());
  const size_t each = 1000 + raft::kEntryOverheadBytes;
  EXPECT_EQ(Bytes(), 100 * each);
  ASSERT_THAT(Snapshot(MakeSnapshot(90, 1, {10, 20})), IsOk());
  EXPECT_EQ(Bytes(), 12 * each + std::string("state at 90").size());
  ASSERT_THAT(Snapshot(MakeSnapshot(100, 1, {20, 95})), IsOk());
  EXPECT_EQ(Bytes(), 2 * each + std::string("state at 100").size());
  ASSERT_THAT(log_.Destroy(kGroup, {}), IsOk());
  EXPECT_EQ(Bytes(), 0u);
  EXPECT_EQ(log_.GetStats().memory_groups, 0u);
}

TEST_F(MemoryLogTest, AnInstalledSnapshotComesWithItsEntries) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Append(MakeEntries(1, 5, 1)), IsOk());
  Write write = MakeWrite();
  write.install = MakeSnapshot(20, 1, {2, 11, 13});
  write.bodies = {MakeEntry(11, 1, "eleven"), MakeEntry(12, 1, "dead")};
  ASSERT_THAT(log_.Submit(std::move(write)), IsOk());
  EXPECT_EQ(ReadOne(11), "11@1:eleven");
  EXPECT_THAT(ReadOne(2), HasSubstr("2@1:"));
  EXPECT_EQ(ReadOne(3), "NOT_FOUND");
  EXPECT_EQ(ReadOne(12), "NOT_FOUND");
  EXPECT_EQ(ReadOne(13), "DATA_LOSS") << "nobody has brought it";
  Write repair = MakeWrite();
  repair.bodies = {MakeEntry(13, 1, "thirteen")};
  ASSERT_THAT(log_.Submit(std::move(repair)), IsOk());
  EXPECT_EQ(ReadOne(13), "13@1:thirteen");
  EXPECT_TRUE(log_.Describe(kGroup)->missing.empty());
}

TEST_F(MemoryLogTest, WhatMakesNoSenseIsRefusedAndChangesNothing) {
  EXPECT_THAT(Create(raft::GroupId()), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(Create(), IsOk());
  EXPECT_THAT(Create(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(log_.Submit(MakeWrite(raft::GroupId(8))), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log_.Destroy(raft::GroupId(8), {}), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Append(MakeEntries(1, 5, 3)), IsOk());
  const uint64_t bytes = Bytes();
  listener_.completions.clear();
  EXPECT_THAT(Append(MakeEntries(7, 7, 3)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Append(MakeEntries(6, 6, 2)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Snapshot(MakeSnapshot(6, 3)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(listener_.completions, IsEmpty());
  EXPECT_EQ(Bytes(), bytes);
  EXPECT_EQ(log_.Describe(kGroup)->last, (raft::EntryId{raft::Index(5), raft::Term(3)}));
}

// Submits again from within what it hears.
class EagerListener final : public LogListener {
 public:
  void OnCompleted(std::span<const Completion> some) override {
    EXPECT_FALSE(std::exchange(told_, true)) << "one call after the other";
    for (const Completion& each : some) {
      tickets.push_back(each.ticket.epoch.value());
      const uint64_t next = each.ticket.epoch.value() + 1;
      if (next > 50) continue;
      Write write;
      write.group = each.group;
      write.ticket = TicketOf(next);
      EXPECT_THAT(log->Submit(std::move(write)), IsOk());
    }
    told_ = false;
  }
  void OnRetirementNear(std::span<const raft::GroupId>) override {}
  void OnFailed(const absl::Status&) override {}
  void OnSpace(bool) override {}

  MemoryLog* log = nullptr;
  std::vector<uint64_t> tickets;

 private:
  bool told_ = false;
};

TEST(MemoryLogListenerTest, MaySubmitFromWithinWhatItIsTold) {
  EagerListener listener;
  MemoryLog log(&listener);
  listener.log = &log;
  ASSERT_THAT(log.Create(kGroup, {}, TicketOf(1)), IsOk());
  ASSERT_THAT(listener.tickets, SizeIs(50));
  EXPECT_TRUE(std::is_sorted(listener.tickets.begin(), listener.tickets.end()));
}

// Hears from many threads, of each group from one at a time.
class OrderListener final : public LogListener {
 public:
  void OnCompleted(std::span<const Completion> some) override {
    for (const Completion& each : some) {
      const absl::MutexLock lock(&mutex_);
      uint64_t& last = last_[each.group];
      if (each.ticket.epoch.value() <= last) ++disorders;
      last = each.ticket.epoch.value();
      ++heard;
    }
  }
  void OnRetirementNear(std::span<const raft::GroupId>) override {}
  void OnFailed(const absl::Status&) override {}
  void OnSpace(bool) override {}

  uint64_t heard = 0;
  uint64_t disorders = 0;

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<raft::GroupId, uint64_t> last_;
};

// Groups 1 and 17 share a lock; each is one thread's.
TEST(MemoryLogThreadsTest, EachGroupHearsInTheOrderOfSubmission) {
  constexpr uint64_t kWrites = 5000;
  constexpr uint64_t kThreads = 4;
  OrderListener listener;
  MemoryLog log(&listener);
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&log, thread] {
      const raft::GroupId group(1 + thread * 16);
      ASSERT_THAT(log.Create(group, {}, TicketOf(1)), IsOk());
      for (uint64_t i = 1; i < kWrites; ++i) {
        Write write;
        write.group = group;
        write.ticket = TicketOf(i + 1);
        write.entries = MakeEntries(i, i, 1);
        ASSERT_THAT(log.Submit(std::move(write)), IsOk());
        EXPECT_THAT(log.Read(group, raft::Index(i), raft::Index(i), SIZE_MAX), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(listener.heard, kThreads * kWrites);
  EXPECT_EQ(listener.disorders, 0u);
}

}  // namespace
}  // namespace warren::log
