#include "replication/log/store/record_loader.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"

#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/store/rocksdb_options.h"
#include "replication/log/store/store_key.h"

namespace warren::log {
namespace {

// How much is asked for at once: RocksDB then reads each block once for all keys in it.
constexpr size_t kBatchKeys = 128;
constexpr uint64_t kBatchBytes = uint64_t{32} * 1024 * 1024;

using OnValue =
    absl::FunctionRef<void(GroupNo, const rocksdb::Status&, const rocksdb::PinnableSlice&)>;

void MultiGet(rocksdb::DB* db, KeyKind kind, const std::vector<GroupNo>& groups, OnValue on_value) {
  std::vector<std::string> keys(groups.size());
  std::vector<rocksdb::Slice> slices(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    keys[i] = EncodeKey({.group = groups[i], .kind = kind});
    slices[i] = ToSlice(keys[i]);
  }
  std::vector<rocksdb::PinnableSlice> values(groups.size());
  std::vector<rocksdb::Status> statuses(groups.size());
  db->MultiGet(rocksdb::ReadOptions(), db->DefaultColumnFamily(), groups.size(), slices.data(),
               values.data(), statuses.data(), /*sorted_input=*/true);
  for (size_t i = 0; i < groups.size(); ++i) on_value(groups[i], statuses[i], values[i]);
}

// The groups in order, each with the bytes that are expected of it at most.
void MultiGetInBatches(rocksdb::DB* db, KeyKind kind, const std::map<GroupNo, uint64_t>& groups,
                       OnValue on_value) {
  std::vector<GroupNo> batch;
  uint64_t bytes = 0;
  for (const auto& [group, group_bytes] : groups) {
    batch.push_back(group);
    bytes += group_bytes;
    if (batch.size() < kBatchKeys && bytes < kBatchBytes) continue;
    MultiGet(db, kind, batch, on_value);
    batch.clear();
    bytes = 0;
  }
  if (!batch.empty()) MultiGet(db, kind, batch, on_value);
}

class Loader {
 public:
  Loader(rocksdb::DB* db, const PresentGroups& present) : db_(db), present_(present) {}

  LoadedRecords Load() {
    LoadLogRecord();
    std::map<GroupNo, uint64_t> records;
    for (const auto& [group, snapshot_bytes] : present_) {
      if (!group.IsNone()) records[group] = 0;  // Small.
    }
    MultiGetInBatches(
        db_, KeyKind::kRecord, records,
        [this](GroupNo group, const rocksdb::Status& status, const rocksdb::PinnableSlice& value) {
          TakeRecord(group, status, ToView(value));
        });
    std::map<GroupNo, uint64_t> snapshots;
    for (const auto& [group, decoded] : decoded_) {
      if (decoded.snapshot.index != raft::Index()) snapshots[group] = present_.at(group);
    }
    MultiGetInBatches(
        db_, KeyKind::kSnapshot, snapshots,
        [this](GroupNo group, const rocksdb::Status& status, const rocksdb::PinnableSlice& value) {
          TakeSnapshot(group, status, ToView(value));
        });
    for (auto& [group, decoded] : decoded_)
      loaded_.contents.groups.push_back(std::move(decoded.record));
    std::sort(loaded_.contents.unreadable.begin(), loaded_.contents.unreadable.end(),
              [](const auto& a, const auto& b) { return a.group < b.group; });
    return std::move(loaded_);
  }

 private:
  void LoadLogRecord() {
    if (present_.empty()) return;  // Nothing was ever moved here.
    MultiGet(
        db_, KeyKind::kRecord, {GroupNo()},
        [this](GroupNo group, const rocksdb::Status& status, const rocksdb::PinnableSlice& value) {
          if (!status.ok()) return Lose(group, ToStatus(status, "the log's record"));
          absl::StatusOr<LogRecord> record = DecodeLogRecord(ToView(value));
          if (!record.ok()) return Lose(group, record.status());
          loaded_.contents.log = *record;
        });
  }

  void TakeRecord(GroupNo group, const rocksdb::Status& status, std::string_view value) {
    if (status.IsNotFound()) {
      loaded_.destroyed.push_back(group);
      return;
    }
    const StoreKey key{.group = group, .kind = KeyKind::kRecord};
    if (!status.ok()) return Lose(group, ToStatus(status, Describe(key)));
    absl::StatusOr<DecodedGroupRecord> decoded = DecodeGroupRecord(group, value);
    if (!decoded.ok()) return Lose(group, decoded.status());
    decoded_.emplace(group, *std::move(decoded));
  }

  void TakeSnapshot(GroupNo group, const rocksdb::Status& status, std::string_view value) {
    const auto found = decoded_.find(group);
    absl::Status why = ToStatus(status, Describe({.group = group, .kind = KeyKind::kSnapshot}));
    if (why.ok()) {
      DecodedGroupRecord& decoded = found->second;
      absl::StatusOr<raft::Snapshot> snapshot =
          raft::DecodeSnapshot(decoded.record.id, decoded.snapshot.index, base::Bytes::Copy(value));
      if (snapshot.ok() && snapshot->last.id == decoded.snapshot) {
        decoded.record.snapshot = std::make_shared<raft::Snapshot>(*std::move(snapshot));
        return;
      }
      why = snapshot.ok() ? absl::DataLossError("another term than its record says")
                          : snapshot.status();
      why = base::Annotate(why, Describe({.group = group, .kind = KeyKind::kSnapshot}));
    }
    Lose(group, std::move(why));
    decoded_.erase(found);
  }

  void Lose(GroupNo group, absl::Status why) {
    if (why.code() == absl::StatusCode::kInternal ||
        why.code() == absl::StatusCode::kInvalidArgument)
      why = absl::DataLossError(why.message());
    loaded_.contents.unreadable.push_back({.group = group, .why = std::move(why)});
  }

  rocksdb::DB* const db_;
  const PresentGroups& present_;
  std::map<GroupNo, DecodedGroupRecord> decoded_;
  LoadedRecords loaded_;
};

}  // namespace

LoadedRecords LoadRecords(rocksdb::DB* db, const PresentGroups& present) {
  return Loader(db, present).Load();
}

}  // namespace warren::log
