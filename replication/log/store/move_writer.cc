#include "replication/log/store/move_writer.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/store/rocksdb_options.h"
#include "replication/log/store/store_key.h"
#include "rocksdb/sst_file_writer.h"

namespace warren::log {
namespace {

class Writer {
 public:
  explicit Writer(const rocksdb::Options& options)
      : writer_(rocksdb::EnvOptions(options), options) {}

  absl::Status Open(const std::string& path) {
    return ToStatus(writer_.Open(path), "making " + path);
  }
  absl::Status Put(const StoreKey& key, std::string_view value) {
    return ToStatus(writer_.Put(ToSlice(EncodeKey(key)), ToSlice(value)),
                    "moving " + Describe(key));
  }
  absl::Status Delete(const StoreKey& key) {
    return ToStatus(writer_.Delete(ToSlice(EncodeKey(key))), "deleting " + Describe(key));
  }
  absl::Status DeleteGroup(KeyKind kind, GroupNo group) {
    // Entries begin at index 1, so that the first key names an entry. See SummaryCollector.
    const raft::Index first(kind == KeyKind::kEntry ? 1 : 0);
    const StoreKey begin{.group = group, .kind = kind, .index = first};
    const std::string end = EncodeKeyAfterGroup(kind, group);
    return ToStatus(writer_.DeleteRange(ToSlice(EncodeKey(begin)), ToSlice(end)),
                    "deleting all from " + Describe(begin));
  }
  absl::StatusOr<uint64_t> Finish() {
    rocksdb::ExternalSstFileInfo info;
    WARREN_RETURN_IF_ERROR(ToStatus(writer_.Finish(&info), "finishing a move"));
    return info.file_size;
  }

 private:
  rocksdb::SstFileWriter writer_;
};

std::vector<const GroupRecord*> ByNumber(const Move& move) {
  std::vector<const GroupRecord*> groups;
  for (const GroupRecord& group : move.groups) groups.push_back(&group);
  std::sort(groups.begin(), groups.end(),
            [](const GroupRecord* a, const GroupRecord* b) { return a->no < b->no; });
  return groups;
}

absl::Status WriteRecords(const Move& move, Writer* writer) {
  const std::vector<const GroupRecord*> groups = ByNumber(move);
  WARREN_RETURN_IF_ERROR(
      writer->Put({.group = GroupNo(), .kind = KeyKind::kRecord}, EncodeLogRecord(move.log)));
  for (const GroupRecord* group : groups) {
    const StoreKey key{.group = group->no, .kind = KeyKind::kRecord};
    WARREN_RETURN_IF_ERROR(writer->Put(key, EncodeGroupRecord(*group)));
  }
  for (const GroupRecord* group : groups) {
    if (group->snapshot == nullptr || !group->snapshot_is_new) continue;
    const StoreKey key{.group = group->no, .kind = KeyKind::kSnapshot};
    const base::Bytes bytes = raft::EncodeSnapshot(group->id, *group->snapshot).Flatten();
    WARREN_RETURN_IF_ERROR(writer->Put(key, bytes.view()));
  }
  return absl::OkStatus();
}

// Walks through the indexes of all tombstones, in order.
class Tombstones {
 public:
  explicit Tombstones(const Move& move) : ranges_(move.tombstones) {
    std::sort(ranges_.begin(), ranges_.end(), [](const Move::Range& a, const Move::Range& b) {
      return a.group != b.group ? a.group < b.group : a.first < b.first;
    });
    if (!AtEnd()) index_ = ranges_[0].first;
  }

  bool AtEnd() const { return at_ == ranges_.size(); }
  GroupNo group() const { return ranges_[at_].group; }
  raft::Index index() const { return index_; }
  void Next() {
    if (index_ < ranges_[at_].last) {
      index_ = index_ + 1;
    } else if (++at_ < ranges_.size()) {
      index_ = ranges_[at_].first;
    }
  }
  bool IsBefore(const Move::Entry& entry) const {
    return group() != entry.group ? group() < entry.group : index_ < entry.index;
  }

 private:
  std::vector<Move::Range> ranges_;
  size_t at_ = 0;
  raft::Index index_;
};

absl::Status WriteEntries(const Move& move, Writer* writer) {
  Tombstones tombstones(move);
  const auto bury = [&]() -> absl::Status {
    const StoreKey key{
        .group = tombstones.group(), .kind = KeyKind::kEntry, .index = tombstones.index()};
    tombstones.Next();
    return writer->Delete(key);
  };
  for (const Move::Entry& entry : move.entries) {
    while (!tombstones.AtEnd() && tombstones.IsBefore(entry)) WARREN_RETURN_IF_ERROR(bury());
    const StoreKey key{.group = entry.group, .kind = KeyKind::kEntry, .index = entry.index};
    WARREN_RETURN_IF_ERROR(writer->Put(key, entry.encoded.view()));
  }
  while (!tombstones.AtEnd()) WARREN_RETURN_IF_ERROR(bury());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> WriteMove(const Move& move, const rocksdb::Options& options,
                                   const std::function<bool(GroupNo)>& has_keys,
                                   const std::string& path) {
  Writer writer(options);
  WARREN_RETURN_IF_ERROR(writer.Open(path));
  for (const GroupNo group : move.destroyed) {
    if (!has_keys(group)) continue;
    for (const KeyKind kind : {KeyKind::kRecord, KeyKind::kSnapshot, KeyKind::kEntry})
      WARREN_RETURN_IF_ERROR(writer.DeleteGroup(kind, group));
  }
  WARREN_RETURN_IF_ERROR(WriteRecords(move, &writer));
  WARREN_RETURN_IF_ERROR(WriteEntries(move, &writer));
  return writer.Finish();
}

}  // namespace warren::log
