#include "chaos/sim/machine.h"

#include <memory>

#include "base/check.h"
#include "base/coding.h"
#include "chaos/sim/trace_hash.h"

namespace warren::sim {

using raft::Index;

base::Bytes Command::Encode() const {
  base::BytesBuilder out(24 + padding);
  base::PutFixed64(&out, id);
  base::PutFixed64(&out, settles);
  base::PutFixed64(&out, pick);
  char* pad = out.Extend(padding);
  for (size_t i = 0; i < padding; ++i) pad[i] = static_cast<char>(id + i);
  return out.Freeze();
}

std::optional<Command> Command::Decode(std::string_view payload) {
  base::Reader reader(payload);
  Command command;
  command.id = reader.Fixed64().value_or(0);
  command.settles = reader.Fixed64().value_or(0);
  command.pick = reader.Fixed64().value_or(0);
  command.padding = reader.remaining();
  if (!reader.ok()) return std::nullopt;
  return command;
}

uint64_t Fingerprint(const raft::Entry& entry) {
  TraceHash hash;
  hash.Mix(entry.id.index.value());
  hash.Mix(entry.id.term.value());
  hash.Mix(entry.time.value());
  hash.Mix(static_cast<uint64_t>(entry.type));
  hash.Mix(entry.payload.size());
  base::Reader reader(entry.payload.view());
  while (reader.remaining() >= 8) hash.Mix(*reader.Fixed64());
  while (reader.remaining() > 0) hash.Mix(*reader.Fixed8());
  return hash.value();
}

Machine::Machine(const raft::Snapshot& snapshot)
    : last_(snapshot.last), live_(snapshot.live), terms_(snapshot.terms) {
  base::Reader reader(snapshot.state.view());
  chain_ = reader.Fixed64().value_or(0);
  WARREN_CHECK_MSG(reader.AtEnd(), "a snapshot's state is the chain and nothing else");
  WARREN_CHECK_MSG(terms_.TermAt(last_.id.index) == last_.id.term,
                   "a snapshot's terms reach to its last entry");
}

void Machine::Apply(const raft::Entry& entry) {
  WARREN_CHECK(entry.id.index == last_.id.index + 1);
  last_ = entry.Head();
  terms_.Append(entry.id.term);
  TraceHash chain;
  chain.Mix(chain_);
  chain.Mix(Fingerprint(entry));
  chain_ = chain.value();

  if (entry.type == raft::EntryType::kNormal) {
    if (const auto command = Command::Decode(entry.payload.view())) {
      for (uint64_t i = 0; i < command->settles; ++i) Settle(command->pick + i);
      if (live_.size() > kLiveMax) Settle(command->pick);
      live_.Insert(entry.id.index.value());
    }
  }
  terms_.DropBefore(live_.empty() ? last_.id.index : Index(*live_.First()));
}

// Any message may be settled, not just the oldest: that is what makes the log sparse.
void Machine::Settle(uint64_t pick) {
  if (live_.empty()) return;
  live_.Erase(*live_.Select(pick % live_.size()));
}

raft::SnapshotRef Machine::TakeSnapshot(const raft::Membership& membership) const {
  auto snapshot = std::make_shared<raft::Snapshot>();
  snapshot->last = last_;
  snapshot->membership = membership;
  snapshot->terms = terms_;
  snapshot->live = live_;
  base::BytesBuilder state(8);
  base::PutFixed64(&state, chain_);
  snapshot->state = state.Freeze();
  return snapshot;
}

}  // namespace warren::sim
