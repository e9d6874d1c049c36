// What lies in one entry of a queue's log: a command, and the contents that came with it.
//
// docs/formats/queue_entry.md describes the bytes. A content is what a publisher's node made of a
// message, header and body; nobody looks into it here. It is copied once, when the entry is packed;
// the log, the followers and the consumers then hold slices of that one block.
//
// Decoding takes any bytes whatever: INVALID_ARGUMENT, or UNIMPLEMENTED for what a later version
// wrote. There is no checksum within, since the payload has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "queue/command.h"
#include "replication/host/types.h"

namespace warren::replication {

inline constexpr uint8_t kQueueEntryVersion = 1;

// Requires of each: what queue::EncodeCommand does.
// Requires: neither Publish nor MoveSurvivors.
SealedPayload PackCommand(const queue::Command& command);
// Of a session that has said something already. If the queue has forgotten it, it must not be
// opened anew: what the session says again would be carried out twice.
SealedPayload PackTakeUp(const queue::AttachSession& attach);
// Requires: a Publish or MoveSurvivors, and one content for each of its slots, none of 4 GiB.
SealedPayload PackContents(const queue::Command& command,
                           std::span<const base::BytesChain> contents);
// The same command and contents under another stamp. Requires: a payload that was packed by these
// functions, of a command that has a stamp.
SealedPayload Restamp(const base::Bytes& payload, const queue::Stamp& stamp);

// The stamp of a command that has one; nullptr otherwise.
const queue::Stamp* StampOf(const queue::Command& command);

// Reads an entry. May be opened again and again, and soon allocates no more.
class QueueEntry {
 public:
  // After an error it is empty.
  absl::Status Open(const base::Bytes& payload);

  const base::Bytes& command() const { return command_; }  // For queue::DecodeCommandInto.
  // The command is an AttachSession that has no effect on a session that is not known.
  bool only_takes_up() const { return only_takes_up_; }
  size_t slots() const { return slots_; }
  size_t bytes() const { return payload_.size(); }
  // Shares the payload's memory. Requires: slot < slots().
  base::Bytes Content(uint32_t slot) const;
  base::Bytes AllContents() const;

  // All that applying needs.
  struct Head {
    base::Bytes command;
    bool only_takes_up = false;
  };
  static absl::StatusOr<Head> OpenHead(const base::Bytes& payload);

 private:
  struct Run {           // Contents of equal size.
    uint32_t first = 0;  // Slot.
    uint32_t size = 0;
    size_t offset = 0;
  };

  base::Bytes payload_;
  base::Bytes command_;
  size_t contents_ = 0;  // Where they begin.
  size_t slots_ = 0;
  bool only_takes_up_ = false;
  std::vector<Run> runs_;
};

}  // namespace warren::replication
