#include "replication/log/store/store.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "replication/log/store/background.h"
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
                    .garbage_bytes_min = config.garbage_bytes_min,
                    .merge_bytes_max = config.merge_bytes_max}) {}

  ~Impl();

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
  bool IsPresent(GroupNo group) const;
  // Tells the dead map, and `present_`, of a move that is durable.
  void TakeNote(const Move& move);
  // Forgets the destroyed groups of which no file has anything any more.
  void ForgetDestroyed();

  const StoreConfig config_;
  DeadMap* const dead_;
  const std::shared_ptr<DeadFilterFactory> filters_;
  std::mutex compacting_;  // Guards compactor_ and filters_.
  Compactor compactor_;
  std::unique_ptr<Database> database_;
  mutable std::mutex present_mutex_;  // Guards the next two.
  PresentGroups present_;
  std::vector<GroupNo> destroyed_;  // And still present.
  std::atomic<uint64_t> bytes_moved_{0};
  std::atomic<uint64_t> compactions_failed_{0};
  std::atomic<bool> closing_{false};
  std::unique_ptr<Background> background_;  // Null: Compact() is called from outside alone.
};

Store::Impl::~Impl() {
  closing_ = true;
  if (background_ != nullptr && database_ != nullptr) database_->Cancel();
  background_.reset();
}

absl::Status Store::Impl::Open() {
  WARREN_ASSIGN_OR_RETURN(database_, Database::Open(MakeOptions(config_, filters_),
                                                    config_.directory, config_.read_only));
  if (!config_.read_only) RemoveMove();  // Of a move that was cut short.
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
  WARREN_ASSIGN_OR_RETURN(const std::vector<StoredFile> files, ListFiles(db.get()));
  for (const StoredFile& file : files) {
    for (size_t i = 0; i < file.summary.groups_count(); ++i) {
      const GroupSummary row = file.summary.groups(i);
      uint64_t& bytes = present_[row.group];
      bytes = std::max<uint64_t>(bytes, row.snapshot_bytes);
    }
    for (size_t i = 0; i < file.summary.entries_count(); ++i)
      present_.try_emplace(file.summary.entries(i).group, 0);
  }
  if (config_.compacts_by_itself && !config_.read_only) {
    // After a failure it waits for the next move.
    background_ = std::make_unique<Background>([this] {
      while (!closing_ && Compact(/*all=*/false).value_or(false)) {
      }
    });
  }
  return absl::OkStatus();
}

absl::StatusOr<Store::Contents> Store::Impl::Load() {
  WARREN_ASSIGN_OR_RETURN(const Database::Lease db, database_->Borrow());
  LoadedRecords loaded = LoadRecords(db.get(), present_);
  for (const GroupRecord& group : loaded.contents.groups)
    dead_->SetSnapshot(group.no, group.snapshot);
  const std::lock_guard lock(present_mutex_);
  for (const GroupNo group : loaded.destroyed) dead_->SetDestroyed(group);
  destroyed_ = std::move(loaded.destroyed);
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
      move, database_->options(), [this](GroupNo group) { return IsPresent(group); }, MovePath());
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

  TakeNote(move);
  if (background_ != nullptr) background_->Poke();
  return absl::OkStatus();
}

bool Store::Impl::IsPresent(GroupNo group) const {
  const std::lock_guard lock(present_mutex_);
  return present_.contains(group);
}

void Store::Impl::TakeNote(const Move& move) {
  const std::lock_guard lock(present_mutex_);
  for (const GroupRecord& group : move.groups) {
    present_.try_emplace(group.no, 0);
    dead_->SetSnapshot(group.no, group.snapshot);
  }
  for (const GroupNo group : move.destroyed) {
    if (!present_.contains(group)) continue;
    dead_->SetDestroyed(group);
    destroyed_.push_back(group);
  }
}

void Store::Impl::ForgetDestroyed() {
  const std::lock_guard lock(present_mutex_);
  if (destroyed_.empty()) return;
  const absl::StatusOr<Database::Lease> db = database_->Borrow();
  if (!db.ok()) return;
  const absl::StatusOr<std::vector<StoredFile>> files = ListFiles(db->get());
  if (!files.ok()) return;
  absl::flat_hash_set<GroupNo> named;
  for (const StoredFile& file : *files) {
    for (size_t i = 0; i < file.summary.groups_count(); ++i)
      named.insert(file.summary.groups(i).group);
    for (size_t i = 0; i < file.summary.entries_count(); ++i)
      named.insert(file.summary.entries(i).group);
  }
  const auto gone = [&](GroupNo group) {
    if (named.contains(group)) return false;
    dead_->Forget(group);
    present_.erase(group);
    return true;
  };
  destroyed_.erase(std::remove_if(destroyed_.begin(), destroyed_.end(), gone), destroyed_.end());
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
  const std::lock_guard lock(compacting_);
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
  if (closing_) return absl::AbortedError("the store is being closed");
  if (!result.ok()) {
    ++compactions_failed_;
    database_->NoteFailure();
  } else if (all || !*result) {
    ForgetDestroyed();
  }
  return result;
}

Store::Stats Store::Impl::GetStats() const {
  Stats stats{.bytes_moved = bytes_moved_, .bytes_compacted = compactor_.bytes_written()};
  stats.compactions_failed = compactions_failed_;
  stats.torn_manifest_bytes = database_->torn_manifest_bytes();
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

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreConfig& config) {
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
