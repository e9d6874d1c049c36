// How much room the disk has, and what is kept back for when it has none.
#pragma once

#include <cstdint>
#include <string>

#include "base/logging.h"
#include "replication/log/config.h"
#include "replication/log/disk/file_system.h"

namespace warren::log {

// A log on a full disk must still be able to do what frees space: settle messages, take snapshots,
// retire segments. So publishers are stopped while there is still room (disk_free_min), and a file
// holds back a reserve which is given up when the room is needed after all. It is made again when
// there is room.
//
// Threads: one at a time.
class SpaceWatch {
 public:
  SpaceWatch(FileSystem* files, const LogConfig& config, base::Logger logger);

  // Looks. Makes the reserve if it is missing and there is room for it beside what must be free.
  void Look();
  bool short_of_space() const { return short_of_space_; }
  // Something could not be written for want of space: gives the reserve up. False: it was gone
  // already.
  bool GiveUpReserve();
  uint64_t reserved() const { return reserved_; }

 private:
  void MakeReserve(uint64_t free);

  FileSystem* const files_;
  const std::string directory_;
  const std::string path_;
  const uint64_t reserve_bytes_;
  const uint64_t free_min_;
  const base::Logger logger_;
  uint64_t reserved_ = 0;
  bool short_of_space_ = false;
};

}  // namespace warren::log
