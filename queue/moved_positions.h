#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"

#include "base/coding.h"
#include "queue/column.h"

namespace warren::queue {

// Messages that lie elsewhere than where they were published, as exceptions to what their chunk
// says. Few survive in an entry that is worth rewriting, and survivors that were moved together lie
// side by side: so this takes a byte or two for each, where positions that were regular and are so
// no more would take several for every message of the chunk.
//
// Copies share all chunks but the one that was changed last. Threads: a plain value; copies may be
// used by different threads.
class MovedPositions {
 public:
  bool empty() const { return frozen_.empty() && editing_.offsets.empty(); }
  // `offset` is the message's place in its chunk, below 65,536.
  void Set(uint64_t chunk, uint64_t offset, uint64_t position);
  void Forget(uint64_t chunk);

  std::optional<uint64_t> Find(uint64_t chunk, uint64_t offset) const;
  // What becomes of the stretch of positions that the chunk has from `offset` on.
  Column::Stretch Over(uint64_t chunk, uint64_t offset, const Column::Stretch& below) const;

  void AppendTo(std::string* out) const;
  // DATA_LOSS also for an offset that is not below `offsets_max`. Memory as Column::Read, and about
  // 200 bytes for each chunk.
  static absl::StatusOr<MovedPositions> Read(base::Reader& reader, uint64_t offsets_max);
  size_t HeapBytes() const;
  std::vector<uint64_t> Chunks() const;  // That have any, ascending.

 private:
  struct Moved {     // Compact.
    Column offsets;  // Ascending.
    Column positions;
  };
  struct Editable {
    std::vector<uint16_t> offsets;
    std::vector<uint64_t> positions;
    Moved Compact() const;
  };
  bool IsEditing(uint64_t chunk) const {
    return editing_chunk_ == chunk && !editing_.offsets.empty();
  }
  const Moved* FrozenOf(uint64_t chunk) const;
  void Edit(uint64_t chunk);  // Makes this chunk the one in `editing_`.
  Column::Stretch StretchOfEditing(size_t place) const;

  // One chunk after the other is changed, if survivors are moved in order: so what is changed is
  // taken out of the shared ones once, and not for each message.
  absl::btree_map<uint64_t, std::shared_ptr<const Moved>> frozen_;
  uint64_t editing_chunk_ = 0;
  Editable editing_;  // Of editing_chunk_, which is not in frozen_; or empty.
};

}  // namespace warren::queue
