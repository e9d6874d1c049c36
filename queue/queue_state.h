// The machine's inside: everything that a queue is, and the rules that change it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/interval_set.h"
#include "queue/command.h"
#include "queue/config.h"
#include "queue/consumers.h"
#include "queue/dead_letter_queue.h"
#include "queue/deduplication_cache.h"
#include "queue/effect.h"
#include "queue/inspection.h"
#include "queue/message_table.h"
#include "queue/on_demand.h"
#include "queue/outbox.h"
#include "queue/planted_bug.h"
#include "queue/producer_table.h"
#include "queue/queue_image.h"
#include "queue/ready_set.h"
#include "queue/retry_schedule.h"
#include "queue/sessions.h"
#include "queue/tally.h"
#include "queue/try_counts.h"
#include "queue/types.h"

namespace warren::queue {

// Owns the parts and moves messages between them; each part keeps its own invariants. The rules are
// docs/queue-machine.md, and the files are cut as that is:
//   queue_state.cc     one Apply; what messages go through
//   due_work.cc        what time brings about (step 3)
//   publishing.cc      messages come in
//   session_commands.cc  sessions and consumers come and go
//   serving.cc         who gets what (step 5), Get, limits, dead letters
//   settling.cc        messages come back, or go for good
//   whole_queue.cc     configure, purge, remove, move
//   inspecting.cc      looking without touching
//   state_image.cc     what a snapshot takes, and gives back
//
// Invariant: each key between the first and messages_.next() that was not released is in exactly
// one of: ready_, one consumer's leases, retrying_, dead_letters_. The tallies count them.
class QueueState {
 public:
  QueueState(const QueueConfig& config, PlantedBug planted_bug);
  QueueState(QueueImage image, PlantedBug planted_bug);

  void Apply(EntryIndex index, Time time, const Command& command, Effects& effects);
  std::optional<Time> NextDeadline() const;

  QueueImage TakeImage() const;
  base::IntervalSet LiveEntries() const;
  std::vector<Position> LivePositionsIn(EntryIndex entry) const;

  EntryIndex applied() const { return applied_; }
  Time now() const { return now_; }
  const QueueConfig& config() const { return config_; }
  uint32_t version() const { return version_; }

  // inspecting.cc
  Counts GetCounts() const;
  std::vector<ConsumerView> ListConsumers() const;
  std::vector<SessionView> ListSessions() const;
  std::vector<MessageView> ListMessages(const ListRequest& request) const;
  std::optional<MessageView> Peek(uint64_t place) const;
  std::vector<DelayedView> ListDelayed(DelayKey from, size_t messages_max) const;
  size_t MemoryBytes() const;
  void CheckInvariants() const;

 private:
  static constexpr size_t kWorkMax = 1024;         // Messages per kind of due work and Apply.
  static constexpr size_t kFreedRangesMax = 4096;  // Then Effects::freed_more.
  static constexpr Span kExpiryRepeat = 10 * kSecond;

  enum class ReturnKind : uint8_t { kReturned, kFailed };

  void On(const Publish& command);
  void On(const AttachSession& command);
  void On(const DetachSession& command);
  void On(const SuspectSession& command);
  void On(const TrustSession& command);
  void On(const AttachConsumer& command);
  void On(const CancelConsumer& command);
  void On(const GrantCredit& command);
  void On(const Get& command);
  void On(const Settle& command);
  void On(const ConfirmDeadLetters& command);
  void On(const ResendDeadLetters& command);
  void On(const Configure& command);
  void On(const Purge& command);
  void On(const CancelDelayed& command);
  void On(const Remove& command);
  void On(const Touch& command);
  void On(const Tick& command);
  void On(const MoveSurvivors& command);
  void On(const Upgrade& command);
  void AnswerRemoved(const Command& command);

  // queue_state.cc
  bool Planted(PlantedBug bug) const { return planted_bug_ == bug; }
  Tally Count(KeyRange keys) const { return {keys.size(), messages_.BytesIn(keys)}; }
  void MakeReady(KeyRange keys);  // Out of no state.
  void TakeFromReady(Priority level, KeyRange keys);
  void Die(OrderKey key, DeathReason reason);  // Out of no state.
  void Bury(OrderKey key, DeathReason reason, DeadLetterStrategy strategy);
  void Free(KeyRange keys);  // Out of no state, for good.
  void NameFreed(KeyRange keys);
  DeadLetter MakeDeadLetter(OrderKey key, DeathReason reason, bool confirm) const;
  DeadLetterStrategy Strategy() const;

  // due_work.cc
  void DoDueWork();
  void EndSuspectedSessions();
  void TimeConsumersOut();
  void MakeDelayedAvailable();
  void ExpireReady();
  void ExpireQueue();
  Time QueueExpiresAt() const;

  // publishing.cc
  bool MustRefuseForLength(uint32_t size) const;
  Refusal Accept(const NewMessage& message, uint32_t slot, PublishResult& result);
  void Store(const NewMessage& message, Position position);
  MessageRecord RecordOf(const NewMessage& message, Position position) const;
  void AnswerAgain(const Session& session, const Stamp& stamp);

  // session_commands.cc
  // The session, if the command is to be carried out; its number is then taken.
  Session* Admit(const Stamp& stamp, bool* repeated = nullptr);
  void Tell(SessionEventKind kind, SessionId session, SessionEpoch epoch, SessionNumber number);
  void Tell(ConsumerEventKind kind, ConsumerId consumer);
  // How many messages it held.
  uint64_t EndSession(SessionId id, SessionEventKind kind, ReturnKind how);
  void UpdateActive();
  void SendAgain(Consumer& consumer, const base::IntervalSet& held);

  // serving.cc
  bool HasExpired(OrderKey key) const;
  std::optional<ReadySet::Run> NextToServe();
  void Serve();
  void HandOver(Consumer& consumer, const ReadySet::Run& run);
  void Send(KeyRange keys, uint32_t delivery);
  bool IsOverLimits() const;
  void EnforceLimits();
  void HandOutDeadLetters();
  void VoidDrainedCredit();

  // settling.cc
  void Settled(const Settlement& settlement, Consumer& consumer);
  void Return(KeyRange keys, ReturnKind how, Time not_before);
  void ReturnPiece(KeyRange keys, const Tries& tries, ReturnKind how, Time not_before);
  void ReturnAll(Consumer& consumer, ReturnKind how);
  bool ReturnTogether(const base::IntervalSet& keys, const Tally& tally, ReturnKind how);
  void ForgetIfDone(Consumer& consumer);
  Span RetryDelay(const Tries& tries, ReturnKind how) const;

  // inspecting.cc
  base::IntervalSet KeysIn(std::optional<MessageState> state) const;
  MessageView View(OrderKey key) const;
  bool IsLive(OrderKey key) const;

  // whole_queue.cc, state_image.cc
  void FreeDelayed(OrderKey key);
  void Become(QueueImage image);
  void CountAll();

  const PlantedBug planted_bug_;
  QueueConfig config_;
  uint32_t version_ = 1;
  EntryIndex applied_;
  Time now_;
  Time previous_now_;  // Before the present Apply.
  bool removed_ = false;
  Time last_used_;     // 0: nothing was applied yet.
  Time told_expired_;  // When Effects::queue_expired was given last; 0: never.

  MessageTable messages_;
  ReadySet ready_;
  TryCounts tries_;
  Consumers consumers_;
  Sessions sessions_;
  RetrySchedule retrying_;
  DeadLetterQueue dead_letters_;
  OnDemand<MessageTable> delayed_messages_;  // Keys are delay keys.
  RetrySchedule delayed_;                    // The same keys.
  ProducerTable producers_;
  DeduplicationCache deduplication_;

  Tally ready_tally_;
  Tally leased_tally_;
  Tally retrying_tally_;
  Tally dead_tally_;
  Tally delayed_tally_;
  Tally persistent_tally_;

  // Of the present Apply.
  Effects* effects_ = nullptr;
  Outbox outbox_;
  size_t expired_now_ = 0;  // Of kWorkMax.
  std::vector<ConsumerId> drained_;
  std::vector<KeyRange> scratch_ranges_;
  std::vector<OrderKey> scratch_keys_;
};

}  // namespace warren::queue
