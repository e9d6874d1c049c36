// A queue as docs/queue-machine.md says that it behaves, as plainly as that can be written.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "chaos/queue_model/consumers.h"
#include "chaos/queue_model/dead_letters.h"
#include "chaos/queue_model/deliveries.h"
#include "chaos/queue_model/messages.h"
#include "chaos/queue_model/producers.h"
#include "chaos/queue_model/sessions.h"
#include "chaos/queue_model/types.h"

namespace warren::queue_model {

// The judge of queue/machine.h: the same commands must have the same effects. It shares nothing
// with the machine but the words in which commands and effects are told, and is made of maps and
// lists that are searched from one end to the other.
//
// Each step of the document is one function here, and they are in its order: model.cc is "One
// Apply", model_commands.cc is what each command says, model_inspection.cc looks.
// Threads: a plain value.
class Model {
 public:
  explicit Model(const QueueConfig& config) : config_(config) {}

  // As queue::Machine::Apply, but that effects.freed stays empty: see freed().
  void Apply(EntryIndex index, Time time, const queue::Command& command, Effects& effects);
  // The places of messages that the last Apply freed, one by one.
  const std::set<Position>& freed() const { return messages_.freed(); }

  std::optional<Time> NextDeadline() const;  // Exactly.
  std::set<EntryIndex> LiveEntries() const;
  std::vector<Position> LivePositionsIn(EntryIndex entry) const;

  Time now() const { return now_; }
  EntryIndex applied() const { return index_; }
  const QueueConfig& config() const { return config_; }
  const Sessions& sessions() const { return sessions_; }
  const Consumers& consumers() const { return consumers_; }
  const Messages& messages() const { return messages_; }
  const DeadLetters& dead_letters() const { return dead_letters_; }
  bool removed() const { return removed_; }

  queue::Counts GetCounts() const;
  std::vector<queue::ConsumerView> ListConsumers() const;
  std::vector<queue::SessionView> ListSessions() const;
  std::vector<queue::MessageView> ListMessages(const queue::ListRequest& request) const;
  std::optional<queue::MessageView> Peek(uint64_t place) const;
  std::vector<queue::DelayedView> ListDelayed(DelayKey from, size_t messages_max) const;

 private:
  enum class Back { kReturned, kFailed };

  // ---- One Apply ----
  void DoDueWork();
  void EndSuspectedSessions();
  void TimeConsumersOut();
  void ExpireReady();
  void ExpireQueue();
  void Serve();
  void VoidDrained();
  void DropHeads();
  void HandOutDeadLetters();
  void AnswerForRemoved(const queue::Command& command);

  // ---- What several steps need ----
  void NoteUse() { last_use_ = now_; }
  bool IsUnused() const { return consumers_.CountLive() == 0; }
  void ChooseActive() { consumers_.ChooseActive(config_, sessions_, effects_->consumers); }
  std::optional<OrderKey> TakeNext();  // The next ready message; expired ones go on the way.
  void HandTo(Consumer& consumer, OrderKey key, bool auto_settle);
  void Return(OrderKey key, Back back, Time not_before);
  uint64_t ReturnAll(Consumer& consumer, Back back);
  void Die(OrderKey key, DeathReason reason);
  void Tell(const Letter& letter, bool confirm);
  void Cancel(Consumer& consumer, queue::ConsumerEventKind kind);
  uint64_t EndSession(SessionId id, Back back, queue::SessionEventKind kind);
  bool IsWithinLimits(uint64_t more_messages, uint64_t more_bytes) const;
  std::optional<Time> QueueExpiresAt() const;

  // ---- Commands ----
  void Do(const queue::Publish& command);
  void Do(const queue::AttachSession& command);
  void Do(const queue::DetachSession& command);
  void Do(const queue::SuspectSession& command);
  void Do(const queue::TrustSession& command);
  void Do(const queue::AttachConsumer& command);
  void Do(const queue::CancelConsumer& command);
  void Do(const queue::GrantCredit& command);
  void Do(const queue::Get& command);
  void Do(const queue::Settle& command);
  void Do(const queue::ConfirmDeadLetters& command);
  void Do(const queue::ResendDeadLetters& command);
  void Do(const queue::Configure& command);
  void Do(const queue::Purge& command);
  void Do(const queue::CancelDelayed& command);
  void Do(const queue::Remove& command);
  void Do(const queue::Touch& command);
  void Do(const queue::Tick&) {}
  void Do(const queue::MoveSurvivors& command);
  void Do(const queue::Upgrade&) {}  // There is no later version yet.

  struct Reception {
    queue::Refusal refusal = queue::Refusal::kNone;
    bool duplicate = false;
  };
  Reception Receive(const queue::NewMessage& message, Position position);
  bool RefuseForLength(const queue::NewMessage& message, Position position);
  void Store(const queue::NewMessage& message, Position position);
  void Pronounce(const queue::Settlement& settlement, OrderKey key);
  void Compare(ConsumerId id, const std::vector<KeyRange>& held);
  bool MayGet() const;

  QueueConfig config_;
  bool begun_ = false;
  bool removed_ = false;
  Time now_;
  EntryIndex index_;
  Time last_use_;
  std::optional<Time> last_expiry_;  // When it was last said that the queue expired.

  Messages messages_;
  Consumers consumers_;
  Sessions sessions_;
  Producers producers_;
  Deduplication deduplication_;
  DeadLetters dead_letters_;

  // Of the present Apply.
  Effects* effects_ = nullptr;
  Deliveries deliveries_;
  uint64_t expired_ = 0;
};

}  // namespace warren::queue_model
