#include "replication/log/space_watch.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace warren::log {

SpaceWatch::SpaceWatch(FileSystem* files, const LogConfig& config, base::Logger logger)
    : files_(files),
      directory_(config.directory),
      path_(config.directory + "/reserve"),
      reserve_bytes_(config.reserve_bytes),
      free_min_(config.disk_free_min),
      logger_(std::move(logger)) {
  // One that an earlier process left behind may be of any size; it is made anew.
  (void)files_->Remove(path_);
}

void SpaceWatch::Look() {
  const absl::StatusOr<uint64_t> free = files_->FreeBytes(directory_);
  if (!free.ok()) return;
  if (reserved_ == 0 && reserve_bytes_ > 0) MakeReserve(*free);
  // With the reserve given up, publishers wait until it is back.
  const bool reserve_missing = reserve_bytes_ > 0 && reserved_ == 0;
  const bool now_short = *free < free_min_ || (short_of_space_ && reserve_missing);
  if (now_short == short_of_space_) return;
  short_of_space_ = now_short;
  if (now_short) {
    logger_.Warning("log.short_of_space",
                    {{"directory", directory_}, {"free_bytes", *free}, {"free_min", free_min_}});
  } else {
    logger_.Info("log.space_again", {{"directory", directory_}, {"free_bytes", *free}});
  }
}

void SpaceWatch::MakeReserve(uint64_t free) {
  if (free < free_min_ + reserve_bytes_) return;
  absl::StatusOr<std::unique_ptr<File>> file =
      files_->Open(path_, OpenMode::kCreate, Caching::kBuffered);
  absl::Status status = file.status();
  if (status.ok()) status = (*file)->Allocate(reserve_bytes_);
  if (status.ok()) {
    reserved_ = reserve_bytes_;
    return;
  }
  (void)files_->Remove(path_);
  logger_.Warning("log.no_reserve", {{"path", path_}, {"error", status.ToString()}});
}

bool SpaceWatch::GiveUpReserve() {
  short_of_space_ = true;
  if (reserved_ == 0) return false;
  reserved_ = 0;
  const absl::Status removed = files_->Remove(path_);
  logger_.Warning("log.reserve_given_up", {{"path", path_}, {"error", removed.ToString()}});
  return removed.ok();
}

}  // namespace warren::log
