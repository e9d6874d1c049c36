#include "replication/log/store/database.h"

#include <utility>

#include "base/status_macros.h"
#include "replication/log/store/rocksdb_options.h"
#include "rocksdb/convenience.h"

namespace warren::log {

absl::StatusOr<std::unique_ptr<Database>> Database::Open(rocksdb::Options options,
                                                         std::string directory, bool read_only) {
  std::unique_ptr<Database> database(new Database(std::move(options), std::move(directory)));
  WARREN_RETURN_IF_ERROR(
      ToStatus(database->OpenAgain(read_only), "opening " + database->directory_));
  return database;
}

Database::Database(rocksdb::Options options, std::string directory)
    : files_(std::make_shared<GuardedFileSystem>(options.env->GetFileSystem())),
      env_(rocksdb::NewCompositeEnv(files_)),
      options_(std::move(options)),
      directory_(std::move(directory)) {
  options_.env = env_.get();
}

Database::~Database() {
  if (db_ != nullptr) db_->Close().PermitUncheckedError();
}

rocksdb::Status Database::OpenAgain(bool read_only) {
  db_.reset();  // It holds the lock file.
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = read_only ? rocksdb::DB::OpenForReadOnly(options_, directory_, &db)
                                           : rocksdb::DB::Open(options_, directory_, &db);
  db_.reset(db);
  return status;
}

absl::StatusOr<Database::Lease> Database::Borrow() const {
  std::shared_lock lock(mutex_);
  if (db_ == nullptr) return absl::InternalError(directory_ + " could not be opened again");
  rocksdb::DB* const db = db_.get();
  return Lease(std::move(lock), db);
}

absl::Status Database::Heal() {
  if (!ill_) return absl::OkStatus();
  const std::unique_lock lock(mutex_);
  // DB::Resume() would be quicker, but takes not every error back, and after a full disk it forgets
  // that the manifest has to be written anew.
  rocksdb::Status status = OpenAgain(/*read_only=*/false);
  if (status.ok()) {
    ill_ = false;
    files_->Forgive();
  } else {
    OpenAgain(/*read_only=*/true).PermitUncheckedError();  // So that reads go on.
  }
  return ToStatus(status, "opening " + directory_ + " again");
}

void Database::Cancel() {
  const std::shared_lock lock(mutex_);
  if (db_ != nullptr) rocksdb::CancelAllBackgroundWork(db_.get(), /*wait=*/false);
}

}  // namespace warren::log
