// A queue machine with people around it, so that a test of its behaviour reads like a story:
//
//   MachineFixture queue;
//   queue.Publish({{.priority = 1}, {.priority = 9}});
//   queue.Attach(kAnna, {.prefetch = 10});
//   EXPECT_THAT(queue.Holds(kAnna), ElementsAre(2, 1));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "queue/machine.h"

namespace warren::queue::testing {

// Whoever publishes, and three consumers, each in a session of its own.
inline constexpr SessionId kPublisher{100};
inline constexpr ConsumerId kAnna{SessionId(1), ConsumerNumber(1)};
inline constexpr ConsumerId kBob{SessionId(2), ConsumerNumber(1)};
inline constexpr ConsumerId kCarl{SessionId(3), ConsumerNumber(1)};

// What a test says of a message; of what it does not say, the plainest.
struct Message {
  std::optional<Priority> priority = std::nullopt;
  std::optional<Span> ttl = std::nullopt;
  Span delay = 0;
  uint32_t size = 1;
  bool persistent = false;
  std::optional<ProducerStamp> producer = std::nullopt;
  std::string id = "";  // For deduplication.
};
// What `producer` says with its message of this sequence.
ProducerStamp From(std::string_view producer, uint64_t sequence, uint64_t epoch = 1,
                   uint64_t floor = 0);

bool AreSame(const Effects& a, const Effects& b);

struct ConsumerOptions {
  int32_t priority = 0;
  bool exclusive = false;
  bool auto_settle = false;
  uint32_t prefetch = 0;
  std::optional<Span> timeout = std::nullopt;
};

// Keys are plain numbers here. A message published without a delay gets the next one, from 1.
using Keys = std::vector<uint64_t>;

// Keeps the books that the machine's surroundings keep: the index of the log, log time, each
// session's epoch and number, what each consumer holds. After every Apply it stops the process if
// the machine breaks an invariant of its own, if its leases are not what these books say, or if a
// twin that was restored from a snapshot just before did anything else.
class MachineFixture {
 public:
  explicit MachineFixture(const QueueConfig& config = QueueConfig());

  // Any command, at the next index and the present time. What is answered here and below is good
  // until the next call.
  const Effects& Apply(const Command& command);
  const Effects& effects() const { return effects_; }
  // The session's next stamp; opens the session if it is not open.
  Stamp Next(SessionId session);

  // ---- Messages come, by kPublisher
  // ---------------------------------------------------------------

  const Effects& Publish(const std::vector<Message>& messages);
  const Effects& PublishMany(size_t count);  // Plain ones; in as many batches as that takes.

  // ---- Sessions
  // -----------------------------------------------------------------------------------

  const Effects& Open(SessionId session);
  // With the next epoch; by what it says it holds, or by all that our books say.
  const Effects& OpenAgain(SessionId session, const std::vector<HeldKeys>& held);
  const Effects& OpenAgain(SessionId session);
  const Effects& Detach(SessionId session);
  const Effects& Suspect(SessionId session);
  const Effects& Trust(SessionId session);

  // ---- Consumers
  // ----------------------------------------------------------------------------------

  const Effects& Attach(ConsumerId consumer, const ConsumerOptions& options);
  const Effects& Cancel(ConsumerId consumer);
  const Effects& Grant(ConsumerId consumer, uint32_t credit);
  const Effects& Drain(ConsumerId consumer, uint32_t credit);

  const Effects& Settle(ConsumerId consumer, const Keys& keys);
  const Effects& Return(ConsumerId consumer, const Keys& keys, Time not_before = Time());
  const Effects& Fail(ConsumerId consumer, const Keys& keys, Time not_before = Time());
  const Effects& Reject(ConsumerId consumer, const Keys& keys);  // So that they are dead letters.

  // The key of what it got.
  std::optional<uint64_t> Get(SessionId session, bool auto_settle = false);

  // ---- Dead letters
  // -------------------------------------------------------------------------------

  const Effects& ConfirmDeadLetters(const Keys& keys);
  const Effects& RefuseDeadLetters(const Keys& keys);

  // ---- Time, and the queue as a whole
  // -------------------------------------------------------------

  const Effects& Pass(Span span);  // So much time; then a Tick.
  void PassQuietly(Span span) { now_ = After(now_, span); }
  const Effects& Configure(const QueueConfig& config);
  // Takes a snapshot, and goes on with a machine restored from it.
  void Restore();

  // ---- What is seen
  // -------------------------------------------------------------------------------

  Machine& machine() { return machine_; }
  const Machine& machine() const { return machine_; }
  QueueConfig config() const { return machine_.config(); }
  Counts counts() const { return machine_.GetCounts(); }
  Time now() const { return now_; }
  EntryIndex last_index() const { return index_; }
  // Of a message that lay at this slot of the last entry.
  Position Here(uint32_t slot) const { return {.entry = index_, .slot = slot}; }

  Keys Holds(ConsumerId consumer) const;  // In the order of delivery.
  Keys Got(ConsumerId consumer) const;    // All that was ever sent, in that order.
  Keys In(MessageState state) const;      // Ascending.
  Keys Ready() const;                     // In the order in which they would go.
  std::optional<MessageView> Find(uint64_t key) const;
  bool IsActive(ConsumerId consumer) const;

  // Of the last Apply.
  Keys Sent(ConsumerId consumer) const;
  Keys DeadLetters() const;
  std::vector<Refusal> Refusals() const;
  bool Told(ConsumerEventKind kind, ConsumerId consumer) const;
  bool Told(SessionEventKind kind, SessionId session) const;

 private:
  struct Conversation {
    SessionEpoch epoch;
    SessionNumber last;
  };

  const Effects& SettleAs(ConsumerId consumer, Verdict verdict, const Keys& keys, Time not_before);
  Machine Restored() const;
  void TakeIn();
  void CheckBooks() const;
  void Drop(ConsumerId consumer, uint64_t key);

  Machine machine_;
  EntryIndex index_;
  Time now_{1'000'000 * kSecond};
  Effects effects_;
  std::map<SessionId, Conversation> sessions_;
  std::map<ConsumerId, Keys> held_;
  std::map<ConsumerId, Keys> got_;
  std::set<ConsumerId> auto_settling_;
};

}  // namespace warren::queue::testing
