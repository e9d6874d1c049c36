#include "replication/log/store/file_summary.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/coding.h"
#include "replication/log/store/store_key.h"

namespace warren::log {
namespace {

// The version is part of the name: an old program takes a later form for none at all.
constexpr char kEntriesName[] = "warren.entries.1";
constexpr char kGroupsName[] = "warren.groups.1";
constexpr size_t kEntriesRowBytes = 32;
constexpr size_t kGroupsRowBytes = 12;

void Append(const EntriesSummary& row, std::string* out) {
  base::PutFixed32(out, static_cast<uint32_t>(row.group.value()));
  base::PutFixed32(out, row.count);
  base::PutFixed64(out, row.first.value());
  base::PutFixed64(out, row.last.value());
  base::PutFixed64(out, row.bytes);
}

EntriesSummary EntriesRow(std::string_view rows, size_t number) {
  base::Reader reader(rows.substr(number * kEntriesRowBytes, kEntriesRowBytes));
  EntriesSummary row;
  row.group = GroupNo(*reader.Fixed32());
  row.count = *reader.Fixed32();
  row.first = raft::Index(*reader.Fixed64());
  row.last = raft::Index(*reader.Fixed64());
  row.bytes = *reader.Fixed64();
  return row;
}

GroupSummary GroupsRow(std::string_view rows, size_t number) {
  base::Reader reader(rows.substr(number * kGroupsRowBytes, kGroupsRowBytes));
  GroupSummary row;
  row.group = GroupNo(*reader.Fixed32());
  row.record_bytes = *reader.Fixed32();
  row.snapshot_bytes = *reader.Fixed32();
  return row;
}

std::optional<std::string_view> Find(const rocksdb::TableProperties& properties, const char* name,
                                     size_t row_bytes) {
  const auto found = properties.user_collected_properties.find(name);
  if (found == properties.user_collected_properties.end()) return std::nullopt;
  if (found->second.size() % row_bytes != 0) return std::nullopt;
  return found->second;
}

// A collector sees the keys of a file in order, but range deletions at any time.
class SummaryCollector final : public rocksdb::TablePropertiesCollector {
 public:
  rocksdb::Status AddUserKey(const rocksdb::Slice& key_bytes, const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber /*number*/,
                             uint64_t /*file_size*/) override {
    const std::optional<StoreKey> key = DecodeKey({key_bytes.data(), key_bytes.size()});
    if (!key) return rocksdb::Status::OK();  // The end of a range deletion that was cut in two.
    const bool is_value = type == rocksdb::kEntryPut;
    if (key->kind == KeyKind::kEntry) {
      AddEntry(*key, is_value ? key_bytes.size() + value.size() : 0);
      if (type == rocksdb::kEntryRangeDeletion) entries_[key->group].last = raft::Index(UINT64_MAX);
    } else if (is_value) {
      GroupSummary& row = groups_[key->group];
      uint32_t& bytes = key->kind == KeyKind::kRecord ? row.record_bytes : row.snapshot_bytes;
      bytes = static_cast<uint32_t>(key_bytes.size() + value.size());
    }
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
    std::string entries;
    for (const auto& [group, row] : entries_) Append(row, &entries);
    std::string groups;
    for (const auto& [group, row] : groups_) {
      base::PutFixed32(&groups, static_cast<uint32_t>(group.value()));
      base::PutFixed32(&groups, row.record_bytes);
      base::PutFixed32(&groups, row.snapshot_bytes);
    }
    (*properties)[kEntriesName] = std::move(entries);
    (*properties)[kGroupsName] = std::move(groups);
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override { return {}; }
  const char* Name() const override { return "warren.summary"; }

 private:
  void AddEntry(const StoreKey& key, uint64_t bytes) {
    auto last = entries_.end();
    if (entries_.empty() || (--last)->first != key.group) {
      last = entries_.try_emplace(key.group).first;
    }
    EntriesSummary& row = last->second;
    if (row.group.IsNone()) row = {.group = key.group, .first = key.index, .last = key.index};
    row.first = std::min(row.first, key.index);
    row.last = std::max(row.last, key.index);
    if (bytes > 0) ++row.count;
    row.bytes += bytes;
  }

  std::map<GroupNo, EntriesSummary> entries_;
  std::map<GroupNo, GroupSummary> groups_;
};

class SummaryCollectorFactory final : public rocksdb::TablePropertiesCollectorFactory {
 public:
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(Context /*context*/) override {
    return new SummaryCollector();  // RocksDB owns it.
  }
  const char* Name() const override { return "warren.summary"; }
};

}  // namespace

std::optional<FileSummary> FileSummary::Of(
    std::shared_ptr<const rocksdb::TableProperties> properties) {
  if (properties == nullptr) return std::nullopt;
  const auto entries = Find(*properties, kEntriesName, kEntriesRowBytes);
  const auto groups = Find(*properties, kGroupsName, kGroupsRowBytes);
  if (!entries || !groups) return std::nullopt;
  FileSummary summary;
  summary.properties_ = std::move(properties);
  summary.entries_ = *entries;
  summary.groups_ = *groups;
  return summary;
}

size_t FileSummary::entries_count() const { return entries_.size() / kEntriesRowBytes; }
EntriesSummary FileSummary::entries(size_t row) const { return EntriesRow(entries_, row); }
size_t FileSummary::groups_count() const { return groups_.size() / kGroupsRowBytes; }
GroupSummary FileSummary::groups(size_t row) const { return GroupsRow(groups_, row); }

bool MayHave(const rocksdb::TableProperties& properties, GroupNo group, raft::Index first,
             raft::Index last) {
  const auto rows = Find(properties, kEntriesName, kEntriesRowBytes);
  if (!rows) return true;
  size_t low = 0;
  size_t high = rows->size() / kEntriesRowBytes;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const EntriesSummary row = EntriesRow(*rows, middle);
    if (row.group == group) return row.first <= last && first <= row.last;
    if (row.group < group) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewSummaryCollectorFactory() {
  return std::make_shared<SummaryCollectorFactory>();
}

}  // namespace warren::log
