// A group of one member that does what a test says.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "replication/session/queue_entry.h"
#include "replication/session/queue_replica.h"

namespace warren::replication {

class FakeGroup final : public GroupHandle {
 public:
  struct Sent {
    NodeId to;
    ShardNo shard = 0;
    SessionMessage message;
  };

  GroupId group() const override { return GroupId(7); }
  NodeId self() const override { return NodeId(1); }
  raft::LogTime Clock() const override { return now; }
  raft::StepResult Propose(std::span<const SealedPayload> payloads) override {
    if (answer != raft::Outcome::kDone) return {.outcome = answer, .first = {}};
    const raft::EntryId first{.index = raft::Index(log.size() + 1), .term = raft::Term(1)};
    for (const SealedPayload& payload : payloads) {
      log.push_back({.id = {.index = raft::Index(log.size() + 1), .term = raft::Term(1)},
                     .time = now,
                     .type = raft::EntryType::kNormal,
                     .payload = payload.bytes});
    }
    return {.outcome = raft::Outcome::kDone, .first = first};
  }
  void Read(uint64_t tag, std::vector<raft::Index> indexes) override {
    reads.emplace_back(tag, std::move(indexes));
  }
  void Send(NodeId to, ShardNo shard, SessionMessage message) override {
    sent.push_back({.to = to, .shard = shard, .message = std::move(message)});
  }
  void Removed() override { ++removed; }

  // ---- What a test does

  // Applies what was proposed, and ends the pass.
  void Commit(QueueReplica& replica) {
    replica.Flush();
    for (; applied < log.size(); ++applied) replica.Apply(log[applied]);
    replica.Flush();
  }
  void AnswerRead(QueueReplica& replica) {
    const auto [tag, indexes] = reads.at(0);
    reads.erase(reads.begin());
    std::vector<raft::Entry> entries;
    for (const raft::Index index : indexes) entries.push_back(log.at(index.value() - 1));
    replica.OnRead(tag, std::move(entries));
    replica.Flush();
  }
  // What was sent of one kind, since it was last asked.
  template <typename Message>
  std::vector<Message> Take() {
    std::vector<Message> taken;
    for (Sent& each : sent) {
      if (auto* message = std::get_if<Message>(&each.message)) taken.push_back(*message);
    }
    std::erase_if(sent,
                  [](const Sent& each) { return std::holds_alternative<Message>(each.message); });
    return taken;
  }

  raft::LogTime now{1'000'000};
  raft::Outcome answer = raft::Outcome::kDone;
  std::vector<raft::Entry> log;
  size_t applied = 0;
  std::vector<std::pair<uint64_t, std::vector<raft::Index>>> reads;
  std::vector<Sent> sent;
  int removed = 0;
};

// ---- What a session would send ------------------------------------------------------------------

inline queue::Stamp StampFor(SessionId session, uint64_t epoch, uint64_t number) {
  return {.session = session,
          .epoch = SessionEpoch(epoch),
          .number = SessionNumber(number),
          .answered = SessionNumber(0)};
}
inline SessionCommand CommandOf(const queue::Stamp& stamp, SealedPayload payload) {
  return {.session = stamp.session,
          .epoch = stamp.epoch,
          .number = stamp.number,
          .again = false,
          .shard = 3,
          .payload = std::move(payload)};
}
inline SessionCommand AttachOf(SessionId session, uint64_t epoch,
                               std::vector<queue::HeldKeys> held = {}) {
  return CommandOf(StampFor(session, epoch, 0),
                   PackCommand(queue::AttachSession{
                       .session = session, .epoch = SessionEpoch(epoch), .held = std::move(held)}));
}
inline SessionCommand PublishOf(const queue::Stamp& stamp, const std::vector<std::string>& bodies) {
  queue::Publish publish{.stamp = stamp, .messages = {}};
  std::vector<base::BytesChain> contents;
  for (const std::string& body : bodies) {
    publish.messages.emplace_back().size = static_cast<uint32_t>(body.size());
    contents.emplace_back(base::Bytes::Copy(body));
  }
  return CommandOf(stamp, PackContents(publish, contents));
}
inline SessionCommand ConsumerOf(const queue::Stamp& stamp, uint64_t consumer, uint32_t prefetch) {
  return CommandOf(stamp, PackCommand(queue::AttachConsumer{.stamp = stamp,
                                                            .consumer = ConsumerNumber(consumer),
                                                            .priority = 0,
                                                            .exclusive = false,
                                                            .auto_settle = false,
                                                            .prefetch = prefetch,
                                                            .timeout = {}}));
}

}  // namespace warren::replication
