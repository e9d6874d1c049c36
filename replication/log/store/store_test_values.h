// Groups, entries and moves for the tests of the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/check.h"
#include "base/crc32c.h"
#include "raft/codec.h"
#include "replication/log/store/store.h"

namespace warren::log::testing {

inline raft::Snapshot SnapshotAt(uint64_t last, std::initializer_list<uint64_t> live = {},
                                 size_t state_bytes = 20) {
  raft::Snapshot snapshot;
  snapshot.last = {.id = {.index = raft::Index(last), .term = raft::Term(1)},
                   .time = raft::LogTime(last)};
  snapshot.membership.voters.Insert(raft::NodeId(1));
  for (const uint64_t index : live) snapshot.live.Insert(index);
  snapshot.terms = *raft::TermRuns::FromRuns({{.first = raft::Index(1), .term = raft::Term(1)}},
                                             raft::Index(last));
  snapshot.state = base::Bytes::Adopt(std::string(state_bytes, 's'));
  return snapshot;
}

inline GroupRecord RecordOf(uint64_t no, uint64_t last) {
  GroupRecord record;
  record.no = GroupNo(no);
  record.id = raft::GroupId(1000 + no);
  record.as_of = FrameNo(last + 1);
  record.hard_state = {.term = raft::Term(1), .vote = raft::NodeId(1), .commit = raft::Index(last)};
  record.last = raft::Index(last);
  record.stored_last = raft::Index(last);
  if (last > 0)
    record.terms = *raft::TermRuns::FromRuns({{.first = raft::Index(1), .term = raft::Term(1)}},
                                             raft::Index(last));
  return record;
}

inline Move::Entry EntryOf(uint64_t group, uint64_t index, const std::string& payload) {
  const raft::Entry entry{.id = {.index = raft::Index(index), .term = raft::Term(1)},
                          .time = raft::LogTime(index),
                          .payload = base::Bytes::Copy(payload)};
  return {
      .group = GroupNo(group),
      .index = raft::Index(index),
      .encoded =
          raft::EncodeEntry(raft::GroupId(1000 + group), entry, base::Crc32c(payload)).Flatten()};
}

// A payload that does not compress, the same for the same arguments.
inline std::string Noise(uint64_t group, uint64_t index, size_t bytes) {
  uint64_t state = group * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 1;
  std::string out(bytes, '\0');
  for (char& byte : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<char>(state >> 32);
  }
  return out;
}

// Entries first to last of one group, and its record.
inline void AddEntries(Move* move, uint64_t group, uint64_t first, uint64_t last,
                       size_t payload_bytes = 100) {
  for (uint64_t index = first; index <= last; ++index)
    move->entries.push_back(EntryOf(group, index, Noise(group, index, payload_bytes)));
  move->groups.push_back(RecordOf(group, last));
  if (move->log.groups_last.value() < group) move->log.groups_last = GroupNo(group);
}

// A store in a directory of its own, which goes with it.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    config_.directory =
        ::testing::TempDir() + "/warren_store_" + info->test_suite_name() + "_" + info->name();
    std::filesystem::remove_all(config_.directory);
    config_.compacts_by_itself = false;
    config_.garbage_bytes_min = 0;
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(config_.directory);
  }

  void Open() {
    store_.reset();
    auto store = Store::Open(config_);
    WARREN_CHECK_MSG(store.ok(), store.status().ToString().c_str());
    store_ = *std::move(store);
    auto contents = store_->Load();
    WARREN_CHECK_MSG(contents.ok(), contents.status().ToString().c_str());
    contents_ = *std::move(contents);
    store_->dead_map().Load();
  }
  absl::Status Apply(Move move) {
    move.log.log_id = 77;
    move.log.retired = SegmentNo(++moves_);
    return store_->Apply(move, {});
  }
  // Compacts until there is nothing to do; how often it did something.
  int Settle() {
    int steps = 0;
    for (;;) {
      const absl::StatusOr<bool> did = store_->Compact(/*all=*/false);
      WARREN_CHECK_MSG(did.ok(), did.status().ToString().c_str());
      if (!*did) return steps;
      ++steps;
      WARREN_CHECK_MSG(steps < 1000, "compaction settles");
    }
  }
  std::map<uint64_t, std::string> Read(uint64_t group, uint64_t first = 1,
                                       uint64_t last = UINT64_MAX) {
    std::map<uint64_t, std::string> found;
    read_status_ = store_->Read(GroupNo(group), raft::Index(first), raft::Index(last),
                                [&](raft::Index index, const base::Bytes& bytes) {
                                  found[index.value()] = std::string(bytes.view());
                                  return true;
                                });
    return found;
  }
  std::vector<uint64_t> IndexesOf(uint64_t group) {
    std::vector<uint64_t> indexes;
    for (const auto& [index, value] : Read(group)) indexes.push_back(index);
    return indexes;
  }

  StoreConfig config_;
  std::unique_ptr<Store> store_;
  Store::Contents contents_;
  absl::Status read_status_;
  uint64_t moves_ = 0;
};

}  // namespace warren::log::testing
