#include "replication/log/store/compactor.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "replication/log/store/rocksdb_options.h"
#include "rocksdb/listener.h"
#include "rocksdb/metadata.h"

namespace warren::log {
namespace {

std::string_view LastPart(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

FileUse UseOf(const FileSummary& summary, const Superseded& superseded, const DeadMap& dead) {
  FileUse use;
  for (size_t i = 0; i < summary.groups_count(); ++i) {
    const GroupSummary row = summary.groups(i);
    (superseded.records.contains(row.group) ? use.dead_bytes : use.alive_bytes) += row.record_bytes;
    (superseded.snapshots.contains(row.group) ? use.dead_bytes : use.alive_bytes) +=
        row.snapshot_bytes;
  }
  for (size_t i = 0; i < summary.entries_count(); ++i) {
    const EntriesSummary row = summary.entries(i);
    if (row.count == 0) continue;
    const uint64_t alive = dead.AliveAtMost(row.group, row.first, row.last, row.count);
    const uint64_t alive_bytes = row.bytes / row.count * alive;
    use.alive_bytes += alive_bytes;
    if (alive < row.count) use.dead_bytes += row.bytes - alive_bytes;
  }
  return use;
}

// Adds what this file has to what older files need not keep.
void Supersede(const FileSummary& summary, Superseded* superseded) {
  for (size_t i = 0; i < summary.groups_count(); ++i) {
    const GroupSummary row = summary.groups(i);
    if (row.record_bytes > 0) superseded->records.insert(row.group);
    if (row.snapshot_bytes > 0) superseded->snapshots.insert(row.group);
  }
}

}  // namespace

absl::StatusOr<std::vector<StoredFile>> ListFiles(rocksdb::DB* db) {
  rocksdb::TablePropertiesCollection properties;
  WARREN_RETURN_IF_ERROR(
      ToStatus(db->GetPropertiesOfAllTables(&properties), "reading what the files hold"));
  std::map<std::string_view, std::shared_ptr<const rocksdb::TableProperties>> by_name;
  for (const auto& [path, of_file] : properties) by_name[LastPart(path)] = of_file;

  rocksdb::ColumnFamilyMetaData meta;
  db->GetColumnFamilyMetaData(&meta);
  std::vector<StoredFile> files;
  for (const rocksdb::LevelMetaData& level : meta.levels) {
    for (const rocksdb::SstFileMetaData& file : level.files) {
      const auto found = by_name.find(LastPart(file.name));
      if (found == by_name.end()) continue;  // Came in between the two questions.
      std::optional<FileSummary> summary = FileSummary::Of(found->second);
      if (!summary)
        return absl::DataLossError(absl::StrCat(file.name, ": its properties cannot be read"));
      files.push_back({.name = file.name, .summary = *std::move(summary)});
    }
  }
  return std::vector<StoredFile>(std::make_move_iterator(files.rbegin()),
                                 std::make_move_iterator(files.rend()));
}

absl::StatusOr<bool> Compactor::Step(rocksdb::DB* db) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, ListFiles(db));
  std::vector<FileUse> uses(files.size());
  Superseded newer;
  for (size_t i = files.size(); i-- > 0;) {
    uses[i] = UseOf(files[i].summary, newer, *dead_);
    uses[i].is_damaged = damaged_.contains(files[i].name);
    Supersede(files[i].summary, &newer);
  }
  const std::optional<CompactionWindow> window = PickCompaction(uses, limits_);
  if (!window) return false;
  WARREN_RETURN_IF_ERROR(Rewrite(db, files, *window));
  return true;
}

absl::Status Compactor::All(rocksdb::DB* db) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, ListFiles(db));
  if (files.empty()) return absl::OkStatus();
  return Rewrite(db, files, {.first = 0, .count = files.size()});
}

absl::Status Compactor::Rewrite(rocksdb::DB* db, const std::vector<StoredFile>& files,
                                CompactionWindow window) {
  Superseded newer;
  for (size_t i = window.first + window.count; i < files.size(); ++i)
    Supersede(files[i].summary, &newer);
  filters_->SetSuperseded(std::move(newer));

  std::vector<std::string> names;
  for (size_t i = window.first; i < window.first + window.count; ++i)
    names.push_back(files[i].name);
  rocksdb::CompactionOptions options;
  // What has lived until its file is rewritten is likely to stay: worth the time to compress it.
  options.compression = rocksdb::kLZ4Compression;
  rocksdb::CompactionJobInfo info;
  const rocksdb::Status status = db->CompactFiles(options, names, /*output_level=*/0,
                                                  /*output_path_id=*/-1, nullptr, &info);
  bytes_written_ += info.stats.total_output_bytes;
  if (status.IsCorruption()) damaged_.insert(names.begin(), names.end());
  return ToStatus(status, absl::StrCat("compacting ", names.size(), " files from ", names[0]));
}

}  // namespace warren::log
