// A frame while it is being filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes_chain.h"
#include "raft/types.h"
#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/wal/frame.h"
#include "replication/log/wal/item.h"

namespace warren::log {

// Payloads are copied once, to where the disk will take them from. The frame does not know yet
// which segment it will lie in; Close() is told.
//
// Threads: a plain value.
class FrameBuilder {
 public:
  FrameBuilder();

  // Entries of any terms, contiguous, as one item for each term. `kind` is kEntries or kBodies.
  // Appends to `offsets` where each begins, in content bytes from the start of the frame.
  // Requires: not empty.
  void AddEntries(ItemKind kind, GroupNo no, raft::GroupId group,
                  std::span<const raft::Entry> entries, std::vector<uint32_t>* offsets);
  // `kind` is kSnapshot or kInstall; `encoded` by raft::EncodeSnapshot. Returns where it begins.
  uint32_t AddSnapshot(ItemKind kind, GroupNo no, raft::EntryId last,
                       const base::BytesChain& encoded);
  // Requires: !item.HasBody().
  void Add(const Item& item);

  bool empty() const { return directory_.empty(); }  // A frame closed like this is a seal.
  size_t body_bytes() const { return body_bytes_; }
  // Blocks that the frame takes if closed now, with a table of so many bytes.
  size_t Blocks(size_t table_bytes) const;
  const std::string& directory() const { return directory_; }

  // Fills in what is missing and gives the bytes to write; they live until the next Clear(), and
  // are aligned for direct I/O. Of `header` the caller sets segment, number, synced and what
  // concerns the predecessor; the rest is filled in. `table` is the predecessor's directory.
  std::string_view Close(FrameHeader* header, const SegmentHeader& life, std::string_view table);
  // Ready for the next frame. Keeps the memory, unless one large frame has made it larger than
  // `keep_bytes`.
  void Clear(size_t keep_bytes);

 private:
  void Reserve(size_t content_bytes);
  void AppendBody(std::string_view bytes);

  AlignedBuffer raw_;
  size_t body_bytes_ = 0;
  std::string directory_;
};

}  // namespace warren::log
