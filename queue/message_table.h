#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "base/coding.h"
#include "base/interval_set.h"
#include "queue/accepted_times.h"
#include "queue/expiry_watch.h"
#include "queue/message_chunk.h"
#include "queue/moved_positions.h"
#include "queue/types.h"

namespace warren::queue {

// Messages with consecutive keys that lie one behind the other.
struct PositionRun {
  Position first;              // The others follow: in the next slots of its entry, or ...
  bool one_per_entry = false;  // ... each in the same slot of the next entry. Not if count is 1.
  uint64_t count = 0;
};

// What is known of every message of a queue, by order key; whether a message is ready or leased is
// not known here. It is made for backlogs of millions: memory goes to what is irregular.
//
//      keys      1 ........ 4096 | 4097 ..... 8192 | 8193 .... 12288 | 12289 ...
//      chunks    [ gone         ]  [ sealed, at 100 ]  [ sealed, at 4196 ]  [ open
//      fields                         \___ the same fields ___/
//
// A full chunk is sealed: its fields become relative to its lowest position and are never changed
// again. Copies of the table share them, and so do neighbouring chunks that go on in one pattern:
// such a chunk takes some 60 bytes. Released messages stay where they are until their whole chunk
// is released. Of the open chunk, what is below `open_skip_` was dropped when all of it had been
// released: a queue that is empty again and again stays small.
//
// Keys: unless it says otherwise, a function requires that the keys it is given were appended and
// have not been released. Expiry: see Expire().
// Equal operations give equal tables, and equal bytes; a table that was read is equal in all that
// can be seen, its bytes and what it does later included.
// Threads: a plain value; copies may be used by different threads.
class MessageTable {
 public:
  static constexpr uint64_t kChunkKeys = MessageChunk::kMessagesMax;

  // Keys are 1, 2, 3, ... Requires: `accepted` does not fall.
  OrderKey Append(const MessageRecord& record, Time accepted);
  OrderKey next() const { return next_; }  // The key that the next Append gives.

  MessageRecord Get(OrderKey key) const;
  Position PositionOf(OrderKey key) const;
  uint32_t SizeOf(OrderKey key) const;
  Priority LevelOf(OrderKey key) const;
  bool IsPersistent(OrderKey key) const;
  Time ExpiresOf(OrderKey key) const;

  // The message lies elsewhere now. Cheap if called for ascending keys.
  void SetPosition(OrderKey key, Position position);
  // They are gone for good. Each key only once.
  void Release(KeyRange keys);

  // O(chunks), and a loop over those at both ends if their sizes differ.
  uint64_t BytesIn(KeyRange keys) const;
  uint64_t PersistentIn(KeyRange keys) const;
  uint64_t PersistentBytesIn(KeyRange keys) const;

  // The same for a set of keys: O(chunks) where a chunk's messages are alike, however many gaps the
  // set has.
  struct Totals {
    uint64_t bytes = 0;
    uint64_t persistent = 0;
    uint64_t persistent_bytes = 0;
  };
  Totals TotalsOf(const base::IntervalSet& keys) const;
  void Release(const base::IntervalSet& keys);
  // The level that all of them have, if they never expire; nullopt: they differ, or some expire.
  std::optional<Priority> LevelOfLasting(const base::IntervalSet& keys) const;
  // Have all of them this level?
  bool AreOfLevel(const base::IntervalSet& keys, Priority level) const;

  // From `first` on, at most `count_max` keys: if the next key lies in the next slot of the same
  // entry, all that go on so; otherwise if it lies in the same slot of the next entry, all that go
  // on so; otherwise `first` alone. O(chunks) for regular positions. Ends before a chunk that is
  // gone. Requires: count_max > 0.
  PositionRun RunAt(OrderKey first, uint64_t count_max) const;
  // The entries that hold these messages. O(runs of positions).
  void AddEntries(KeyRange keys, base::IntervalSet& entries) const;

  // The keys of the messages that lie in this entry, ascending: those of all chunks that are there,
  // so some may have been released. O(chunks), and a look at the positions of chunks in question.
  std::vector<OrderKey> KeysOf(EntryIndex entry) const;
  uint64_t live() const;  // Messages that are not released. O(chunks).
  // Are these, and no others, the keys that were appended and not released, as far as the table can
  // tell: in each chunk as many as it counts, and none where there is no chunk?
  bool Holds(const base::IntervalSet& keys) const;

  // When the message was accepted, or a little earlier; see queue/accepted_times.h.
  Time AcceptedAtOrBefore(OrderKey key) const { return accepted_.AtOrBefore(key); }

  // Expiry. A message that expires is watched from Append on, until Expire() finds it due and not
  // ready. From then on its owner has to say when it is ready again:
  void WatchExpiry(OrderKey key);
  // Appends to `out` the ready messages that expire at or before `now`, in the order of their
  // keys, the first `messages_max` of them. It does not release them; they must not be ready any
  // more at the next call. Requires: `now` does not fall. `is_ready` does not change the table.
  // O(log chunks) for each chunk that has something due, and the chunk's messages are looked at:
  // only the due ones if they expire in the order of their keys, which one TTL for all brings.
  using IsReady = absl::FunctionRef<bool(OrderKey)>;
  void Expire(Time now, size_t messages_max, IsReady is_ready, std::vector<OrderKey>& out);
  // At or before the expiry of every watched message that is ready, and of no use before. It may
  // be too early: then Expire() finds nothing, and it moves on. nullopt: there is none.
  std::optional<Time> NextExpiry() const { return watch_.First(); }

  // docs/formats/queue_snapshot.md. There is no checksum in it. Read() leaves the reader behind
  // the table, and answers what AppendTo() cannot have written with DATA_LOSS; it takes at most
  // kDecodedBytesPerByte bytes of memory per byte.
  void AppendTo(std::string* out) const;
  static absl::StatusOr<MessageTable> Read(base::Reader& reader);
  static constexpr size_t kDecodedBytesPerByte = 192;

  // Shared parts count in full. O(chunks).
  size_t MemoryBytes() const;
  // Stops the process if a structural invariant does not hold. O(messages): for tests.
  void CheckInvariants() const;

 private:
  struct SealedChunk {
    std::shared_ptr<const MessageChunk> fields;
    uint64_t position_base = 0;
    uint64_t live = 0;  // Messages that are not released. > 0.
  };
  // A message's place: its number in `fields`.
  struct Place {
    const MessageChunk* fields = nullptr;  // Null if the chunk is gone.
    uint64_t position_base = 0;
    uint64_t number = 0;
  };

  static uint64_t ChunkOf(OrderKey key) { return (key.value() - 1) / kChunkKeys; }
  static uint64_t OffsetOf(OrderKey key) { return (key.value() - 1) % kChunkKeys; }
  static OrderKey KeyAt(uint64_t chunk, uint64_t offset) {
    return OrderKey(chunk * kChunkKeys + offset + 1);
  }
  // The open chunk is never full, but it may be empty.
  uint64_t OpenChunk() const { return ChunkOf(next_); }
  static Place PlaceIn(const SealedChunk& chunk, uint64_t offset);
  Place PlaceInOpen(uint64_t offset) const;
  Place TryFind(OrderKey key) const;
  Place Find(OrderKey key) const;
  // Calls visit(place, count) for each chunk's part of the keys.
  using Visit = absl::FunctionRef<void(const Place&, uint64_t)>;
  void ForEachPart(KeyRange keys, Visit visit) const;
  // The positions from `key` on as numbers, as long as they are linear, in one chunk at most.
  Column::Stretch PositionsAt(OrderKey key, const Place& place) const;

  void SealOpenChunk();
  // So many of the chunk's messages are gone. True if the chunk is, too.
  bool ReleaseIn(uint64_t chunk, uint64_t count);
  // Calls visit(place of the chunk's first message, its key, its size) for each chunk.
  using VisitChunk = absl::FunctionRef<void(const Place&, OrderKey, uint64_t)>;
  void ForEachChunk(VisitChunk visit) const;
  void DropAcceptedTimes();
  // The new bound of a chunk that is due, if it still has one.
  struct Expiring {
    Time now;
    size_t left = 0;
    IsReady is_ready;
    std::vector<OrderKey>& out;
  };
  std::optional<Time> ExpireAscending(uint64_t chunk, Place place, Time bound, Expiring& run) const;
  std::optional<Time> ExpireAny(uint64_t chunk, Place place, Time bound, Expiring& run) const;
  uint64_t SizeOfChunk(uint64_t chunk) const;  // 0 if there is none.
  void AppendSealedTo(std::string* out) const;
  absl::Status ReadSealed(base::Reader& reader);
  absl::Status ReadOpen(base::Reader& reader);
  absl::Status CheckRead() const;

  OrderKey next_ = OrderKey(1);
  absl::btree_map<uint64_t, SealedChunk> sealed_;  // All below OpenChunk().
  MessageChunk open_;  // Messages from offset open_skip_ of the open chunk on.
  uint64_t open_skip_ = 0;
  uint64_t open_live_ = 0;  // > 0 unless open_ is empty.
  MovedPositions moved_;    // By chunk and offset; of chunks that are there.
  AcceptedTimes accepted_;
  ExpiryWatch watch_;  // Of chunks that are there.
};

}  // namespace warren::queue
