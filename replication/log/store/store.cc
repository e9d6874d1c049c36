#include "replication/log/store/store.h"

#include <atomic>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "replication/log/store/compactor.h"
#include "replication/log/store/database.h"
#include "replication/log/store/entry_reader.h"
#include "replication/log/store/move_writer.h"
#include "replication/log/store/record_loader.h"
#include "replication/log/store/rocksdb_options.h"
#include "replication/log/store/store_key.h"
#include "rocksdb/db.h"

namespace warren::log {

class Store::Impl {
 public:
  Impl(const StoreConfig& config, DeadMap* dead)
      : config_(config),
        dead_(dead),
        filters_(std::make_shared<DeadFilterFactory>(dead)),
        compactor_(dead, filters_.get(),
                   {.garbage_percent_max = config.garbage_percent_max,
                    .garbage_bytes_min = config.garbage_bytes_min}) {}

  absl::Status Open();
  absl::StatusOr<Contents> Load();
  absl::Status Apply(const Move& move, const std::function<void(StorePoint)>& at);
  absl::StatusOr<bool> Compact(bool all);
  Stats GetStats() const;
  const Database& database() const { return *database_; }

 private:
  // A move is written here first; RocksDB takes no notice of such a name.
  std::string MovePath() const { return config_.directory + "/move.tmp"; }
  absl::Status Ingest();
  void RemoveMove();

  const StoreConfig config_;
  DeadMap* const dead_;
  const std::shared_ptr<DeadFilterFactory> filters_;
  Compactor compactor_;
  std::unique_ptr<Database> database_;
  // Groups that some file may have something of.
  absl::flat_hash_set<GroupNo> present_;
  std::atomic<uint64_t> bytes_moved_{0};
  std::atomic<uint64_t> compactions_failed_{0};
};

absl::Status Store::Impl::Open() {
  WARREN_ASSIGN_OR_RETURN(database_, Database::Open(MakeOptions(config_, filters_),
                                                    config_.directory, config_.read_only));
  if (!config_.read_only) RemoveMove();  // Of a move that was cut short.
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
  WARREN_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, ListFiles(db.get()));
  for (const StoredFile& file : files) {
    for (const GroupSummary& row : file.summary.groups) present_.insert(row.group);
    for (const EntriesSummary& row : file.summary.entries) present_.insert(row.group);
  }
  return absl::OkStatus();
}

absl::StatusOr<Store::Contents> Store::Impl::Load() {
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
  WARREN_ASSIGN_OR_RETURN(LoadedRecords loaded, LoadRecords(db.get()));
  for (const GroupRecord& group : loaded.contents.groups)
    dead_->SetSnapshot(group.no, group.snapshot);
  for (const GroupNo group : loaded.destroyed) dead_->SetDestroyed(group);
  return std::move(loaded.contents);
}

absl::Status Store::Impl::Apply(const Move& move, const std::function<void(StorePoint)>& at) {
  WARREN_CHECK_MSG(!config_.read_only, "a store that is only read is not changed");
  const auto pass = [&at](StorePoint point) {
    if (at) at(point);
  };
  WARREN_RETURN_IF_ERROR(database_->Heal());
  pass(StorePoint::kBeforeFlush);
  const absl::StatusOr<uint64_t> bytes = WriteMove(
      move, database_->options(), [this](GroupNo group) { return present_.contains(group); },
      MovePath());
  if (!bytes.ok()) {
    RemoveMove();
    return bytes.status();
  }
  pass(StorePoint::kAfterFlush);
  pass(StorePoint::kBeforeIngest);
  if (absl::Status status = Ingest(); !status.ok()) {
    RemoveMove();
    return status;
  }
  bytes_moved_ += *bytes;
  pass(StorePoint::kAfterIngest);

  for (const GroupRecord& group : move.groups) {
    present_.insert(group.no);
    dead_->SetSnapshot(group.no, group.snapshot);
  }
  for (const GroupNo group : move.destroyed) dead_->SetDestroyed(group);
  return absl::OkStatus();
}

absl::Status Store::Impl::Ingest() {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;  // The file stays as it was synced.
  rocksdb::Status status;
  {
    WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
    status = db->IngestExternalFile({MovePath()}, options);
  }
  if (!status.ok()) database_->NoteFailure();
  return ToStatus(status, "taking a move into the store");
}

void Store::Impl::RemoveMove() {
  database_->options().env->DeleteFile(MovePath()).PermitUncheckedError();
}

absl::StatusOr<bool> Store::Impl::Compact(bool all) {
  WARREN_CHECK_MSG(!config_.read_only, "a store that is only read is not changed");
  WARREN_RETURN_IF_ERROR(database_->Heal());
  absl::StatusOr<bool> result = true;
  {
    WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
    if (all) {
      const absl::Status status = compactor_.All(db.get());
      if (!status.ok()) result = status;
    } else {
      result = compactor_.Step(db.get());
    }
  }
  if (!result.ok()) {
    ++compactions_failed_;
    database_->NoteFailure();
  }
  return result;
}

Store::Stats Store::Impl::GetStats() const {
  Stats stats{.bytes_moved = bytes_moved_, .bytes_compacted = compactor_.bytes_written()};
  stats.compactions_failed = compactions_failed_;
  const absl::StatusOr<Database::Lease> db = database_->Borrow();
  if (!db.ok()) return stats;
  (*db)->GetIntProperty("rocksdb.total-sst-files-size", &stats.bytes_on_disk);
  std::string files;
  (*db)->GetProperty("rocksdb.num-files-at-level0", &files);
  stats.files = std::strtoull(files.c_str(), nullptr, 10);
  return stats;
}

// ---- Store ------------------------------------------------------------------------------------

Store::Store(std::unique_ptr<DeadMap> dead, std::unique_ptr<Impl> impl)
    : dead_(std::move(dead)), impl_(std::move(impl)) {}

Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::Open(StoreConfig config) {
  auto dead = std::make_unique<DeadMap>();
  auto impl = std::make_unique<Impl>(config, dead.get());
  WARREN_RETURN_IF_ERROR(impl->Open());
  return std::unique_ptr<Store>(new Store(std::move(dead), std::move(impl)));
}

absl::StatusOr<Store::Contents> Store::Load() { return impl_->Load(); }

absl::Status Store::Apply(const Move& move, const std::function<void(StorePoint)>& at) {
  return impl_->Apply(move, at);
}

absl::Status Store::Read(GroupNo group, raft::Index first, raft::Index last,
                         const std::function<bool(raft::Index, base::Bytes)>& visit) const {
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, impl_->database().Borrow());
  return ReadEntries(db.get(), {.group = group, .first = first, .last = last}, visit);
}

absl::StatusOr<bool> Store::Compact(bool all) { return impl_->Compact(all); }

Store::Stats Store::GetStats() const { return impl_->GetStats(); }

absl::Status Store::ForEach(
    const std::function<void(std::string_view key, std::string_view value)>& visit) const {
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, impl_->database().Borrow());
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(options));
  for (at->SeekToFirst(); at->Valid(); at->Next()) visit(ToView(at->key()), ToView(at->value()));
  return ToStatus(at->status(), "reading all of the store");
}

}  // namespace warren::log
