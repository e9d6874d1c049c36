// How an image is read: from bytes that may be damaged, or made up.
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "queue/command.h"
#include "queue/command_codec.h"
#include "queue/queue_image.h"

namespace warren::queue {
namespace {

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("queue snapshot: ", std::string(what)));
}

// A count of things that take at least `bytes_min` each: so that it cannot ask for more memory than
// the bytes are worth.
absl::StatusOr<uint64_t> Count(base::Reader& reader, size_t bytes_min, std::string_view what) {
  const uint64_t count = reader.Varint64().value_or(UINT64_MAX);
  if (count > reader.remaining() / bytes_min) return Damaged(what);
  return count;
}

bool ReadBool(base::Reader& reader, bool& value) {
  const uint8_t byte = reader.Fixed8().value_or(UINT8_MAX);
  value = byte == 1;
  return byte <= 1;
}

// Keys below `end`, and from which of them on which value holds; read_value(reader) answers false
// to one that cannot be.
template <typename Book, typename ReadValue>
absl::Status ReadPieces(base::Reader& reader, OrderKey end, Book& book, ReadValue read_value) {
  const auto bytes = reader.LengthPrefixed();
  if (!bytes) return Damaged("keys are cut short");
  WARREN_ASSIGN_OR_RETURN(base::IntervalSet keys, base::IntervalSet::Deserialize(*bytes));
  if (!keys.empty() && (*keys.First() == 0 || *keys.Last() >= end.value())) {
    return Damaged("keys are out of bounds");
  }
  WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 2, "the values of keys"));
  typename Book::Changes changes;
  OrderKey first;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = reader.Varint64().value_or(0);
    if (distance >= end - first) return Damaged("the values of keys are out of bounds");
    first = first + distance;
    auto& change = changes.emplace_back();
    change.first = first;
    if (!read_value(change.second)) return Damaged("a key has a value that cannot be");
  }
  if (!book.Restore(std::move(keys), changes)) {
    return Damaged("keys and their values do not agree");
  }
  return absl::OkStatus();
}

absl::Status ReadReady(base::Reader& reader, QueueImage& image) {
  WARREN_ASSIGN_OR_RETURN(const uint64_t levels, Count(reader, 2, "the ready levels"));
  int previous = UINT8_MAX + 1;
  for (uint64_t i = 0; i < levels; ++i) {
    const Priority level = reader.Fixed8().value_or(0);
    const auto bytes = reader.LengthPrefixed();
    if (!bytes || level >= previous) return Damaged("the ready levels are out of order");
    previous = level;
    WARREN_ASSIGN_OR_RETURN(const base::IntervalSet keys, base::IntervalSet::Deserialize(*bytes));
    if (keys.empty() || *keys.First() == 0 || *keys.Last() >= image.messages.next().value()) {
      return Damaged("ready keys are out of bounds");
    }
    image.ready.Insert(level, keys);
  }
  return absl::OkStatus();
}

absl::Status ReadTries(base::Reader& reader, QueueImage& image) {
  return ReadPieces(reader, image.messages.next(), image.tries, [&](Tries& tries) {
    const uint64_t acquired = reader.Varint64().value_or(0);
    const uint64_t failed = reader.Varint64().value_or(0);
    tries = {static_cast<uint32_t>(acquired), static_cast<uint32_t>(failed)};
    return acquired > 0 && acquired <= UINT32_MAX && failed <= acquired;
  });
}

absl::Status ReadLeases(base::Reader& reader, OrderKey end, LeaseBook& leases) {
  return ReadPieces(reader, end, leases, [&](Time& time) {
    const auto value = reader.Varint64();
    time = Time(value.value_or(0));
    return value.has_value();
  });
}

absl::StatusOr<Consumer> ReadConsumer(base::Reader& reader, OrderKey end) {
  Consumer consumer;
  consumer.id.session = SessionId(reader.Varint64().value_or(0));
  consumer.id.number = ConsumerNumber(reader.Varint64().value_or(0));
  consumer.order = reader.Varint64().value_or(0);
  consumer.priority = static_cast<int32_t>(reader.Fixed32().value_or(0));
  const uint8_t flags = reader.Fixed8().value_or(UINT8_MAX);
  if (flags > image_flags::kAll) return Damaged("a consumer has unknown flags");
  consumer.exclusive = (flags & image_flags::kExclusive) != 0;
  consumer.auto_settle = (flags & image_flags::kAutoSettle) != 0;
  consumer.cancelled = (flags & image_flags::kCancelled) != 0;
  const uint64_t prefetch = reader.Varint64().value_or(UINT64_MAX);
  if (prefetch > UINT32_MAX) return Damaged("a consumer's prefetch is out of bounds");
  consumer.prefetch = static_cast<uint32_t>(prefetch);
  consumer.granted = reader.Varint64().value_or(0);
  if ((flags & image_flags::kHasTimeout) != 0) consumer.timeout = reader.Varint64().value_or(0);
  WARREN_RETURN_IF_ERROR(ReadLeases(reader, end, consumer.leases));
  if (consumer.cancelled && consumer.leases.empty()) return Damaged("a consumer is over");
  if (consumer.IsForGet() && !consumer.cancelled) return Damaged("a consumer has no number");
  return consumer;
}

absl::Status ReadConsumers(base::Reader& reader, QueueImage& image) {
  WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 10, "the consumers"));
  std::map<uint64_t, ConsumerId> orders;
  for (uint64_t i = 0; i < count; ++i) {
    WARREN_ASSIGN_OR_RETURN(Consumer consumer, ReadConsumer(reader, image.messages.next()));
    const ConsumerId id = consumer.id;
    if (!image.consumers.empty() && id <= image.consumers.rbegin()->first) {
      return Damaged("consumers are out of order");
    }
    if (consumer.IsForGet() ? consumer.order != 0
                            : consumer.order == 0 || !orders.emplace(consumer.order, id).second) {
      return Damaged("consumers share their place in the order");
    }
    image.consumers.emplace_hint(image.consumers.end(), id, std::move(consumer));
  }
  bool has_active = false;
  if (!ReadBool(reader, has_active)) return Damaged("the active consumer");
  if (has_active) {
    const SessionId session(reader.Varint64().value_or(0));
    const ConsumerId id{session, ConsumerNumber(reader.Varint64().value_or(0))};
    const auto at = image.consumers.find(id);
    if (at == image.consumers.end() || at->second.cancelled) {
      return Damaged("the active consumer is not there");
    }
    image.active = id;
  }
  if (has_active && !image.config.single_active_consumer) return Damaged("an active consumer");
  WARREN_ASSIGN_OR_RETURN(const uint64_t turns, Count(reader, 5, "the turns"));
  for (uint64_t i = 0; i < turns; ++i) {
    const auto priority = static_cast<int32_t>(reader.Fixed32().value_or(0));
    const uint64_t order = reader.Varint64().value_or(0);
    if (i > 0 && priority <= image.turns.back().first) return Damaged("turns are out of order");
    image.turns.emplace_back(priority, order);
  }
  image.next_order = reader.Varint64().value_or(0);
  if (!orders.empty() && orders.rbegin()->first >= image.next_order) {
    return Damaged("a consumer's place in the order is not given out yet");
  }
  return absl::OkStatus();
}

absl::Status ReadRefusals(base::Reader& reader, Session& session) {
  WARREN_ASSIGN_OR_RETURN(const uint64_t publishes, Count(reader, 4, "the refusals"));
  SessionNumber previous;
  for (uint64_t i = 0; i < publishes; ++i) {
    const SessionNumber number(reader.Varint64().value_or(0));
    if (number <= previous || number > session.last) return Damaged("refusals are out of order");
    previous = number;
    WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 2, "the refusals of a publish"));
    if (count == 0) return Damaged("a publish without refusals");
    std::vector<RefusedMessage>& refused = session.refusals[number];
    for (uint64_t j = 0; j < count; ++j) {
      const uint32_t slot = reader.Fixed8().value_or(0);
      const uint8_t reason = reader.Fixed8().value_or(0);
      if (reason == 0 || reason > static_cast<uint8_t>(Refusal::kRemoved) ||
          (j > 0 && slot <= refused.back().slot)) {
        return Damaged("a refusal is not possible");
      }
      refused.push_back({slot, static_cast<Refusal>(reason)});
    }
  }
  return absl::OkStatus();
}

absl::Status ReadSessions(base::Reader& reader, QueueImage& image) {
  WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 5, "the sessions"));
  for (uint64_t i = 0; i < count; ++i) {
    const SessionId id(reader.Varint64().value_or(0));
    if (!image.sessions.empty() && id <= image.sessions.rbegin()->first) {
      return Damaged("sessions are out of order");
    }
    Session& session = image.sessions[id];
    session.epoch = SessionEpoch(reader.Varint64().value_or(0));
    session.last = SessionNumber(reader.Varint64().value_or(0));
    session.suspected_since = Time(reader.Varint64().value_or(0));
    WARREN_RETURN_IF_ERROR(ReadRefusals(reader, session));
  }
  for (const auto& [id, consumer] : image.consumers) {
    if (!image.sessions.contains(id.session)) return Damaged("a consumer without its session");
  }
  return absl::OkStatus();
}

absl::Status ReadSchedule(base::Reader& reader, OrderKey end, RetrySchedule& schedule) {
  WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 2, "the waiting messages"));
  OrderKey key;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = reader.Varint64().value_or(0);
    if (distance == 0 || distance >= end - key) return Damaged("waiting messages are out of order");
    key = key + distance;
    schedule.Add(key, Time(reader.Varint64().value_or(0)));
  }
  return absl::OkStatus();
}

absl::Status ReadDeadLetters(base::Reader& reader, QueueImage& image) {
  const uint64_t next_number = reader.Varint64().value_or(0);
  WARREN_ASSIGN_OR_RETURN(const uint64_t count, Count(reader, 6, "the dead letters"));
  absl::btree_map<uint64_t, DeadLetterQueue::Letter> letters;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t number = reader.Varint64().value_or(0);
    DeadLetterQueue::Letter letter;
    letter.key = OrderKey(reader.Varint64().value_or(0));
    const uint8_t reason = reader.Fixed8().value_or(UINT8_MAX);
    const uint64_t refusals = reader.Varint64().value_or(UINT64_MAX);
    const bool sane = ReadBool(reader, letter.out);
    letter.due = Time(reader.Varint64().value_or(0));
    if (!sane || reason > static_cast<uint8_t>(DeathReason::kDeliveryLimit) ||
        refusals > UINT32_MAX || letter.key == OrderKey() || letter.key >= image.messages.next() ||
        (!letters.empty() && number <= letters.rbegin()->first)) {
      return Damaged("a dead letter is not possible");
    }
    letter.reason = static_cast<DeathReason>(reason);
    letter.refusals = static_cast<uint32_t>(refusals);
    letters.emplace_hint(letters.end(), number, letter);
  }
  WARREN_ASSIGN_OR_RETURN(const uint64_t in_line, Count(reader, 1, "the line of dead letters"));
  base::Ring<uint64_t> line;
  for (uint64_t i = 0; i < in_line; ++i) line.PushBack(reader.Varint64().value_or(0));
  if (!reader.ok() ||
      !image.dead_letters.Restore(std::move(letters), std::move(line), next_number)) {
    return Damaged("the dead letters contradict each other");
  }
  return absl::OkStatus();
}

absl::Status ReadHead(base::Reader& reader, QueueImage& image) {
  const auto config = reader.LengthPrefixed();
  if (!config) return Damaged("the configuration is cut short");
  WARREN_ASSIGN_OR_RETURN(const Command command, DecodeCommand(*config));
  const auto* configure = std::get_if<Configure>(&command);
  if (configure == nullptr) return Damaged("there is another command for the configuration");
  WARREN_RETURN_IF_ERROR(configure->config.Validate());
  image.config = configure->config;
  const uint64_t version = reader.Varint64().value_or(0);
  if (version == 0 || version > UINT32_MAX) return Damaged("the machine's version");
  image.version = static_cast<uint32_t>(version);
  image.applied = EntryIndex(reader.Varint64().value_or(0));
  image.now = Time(reader.Varint64().value_or(0));
  if (!ReadBool(reader, image.removed)) return Damaged("whether the queue was removed");
  image.last_used = Time(reader.Varint64().value_or(0));
  image.told_expired = Time(reader.Varint64().value_or(0));
  return absl::OkStatus();
}

// Each message is in one state, and of the level at which it is ready; what is in no state is gone.
absl::Status CheckStates(const QueueImage& image) {
  base::IntervalSet keys;
  const auto claim = [&](const base::IntervalSet& some) {
    const uint64_t before = keys.size();
    keys.UnionWith(some);
    return keys.size() == before + some.size();
  };
  for (const ReadySet::Level& level : image.ready.levels()) {
    if (!claim(level.keys)) return Damaged("a message is ready twice");
  }
  for (const auto& [id, consumer] : image.consumers) {
    if (!claim(consumer.leases.keys())) return Damaged("a leased message is in two states");
  }
  for (const auto& [key, due] : image.retrying.by_key()) {
    if (keys.Insert(key.value()) == 0) return Damaged("a retrying message is in two states");
  }
  for (const auto& [number, letter] : image.dead_letters.letters()) {
    if (keys.Insert(letter.key.value()) == 0) return Damaged("a dead letter is in two states");
  }
  if (!image.messages.Holds(keys)) return Damaged("messages and their states do not agree");
  base::IntervalSet delayed;
  for (const auto& [key, due] : image.delayed.by_key()) delayed.Insert(key.value());
  if (!image.delayed_messages->Holds(delayed)) return Damaged("delayed messages do not agree");
  for (const ReadySet::Level& level : image.ready.levels()) {
    if (!image.messages.AreOfLevel(level.keys, level.level)) {
      return Damaged("a message is ready at another level than its own");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<QueueImage> ReadImage(base::Reader& reader, PlantedBug planted_bug) {
  QueueImage image;
  WARREN_RETURN_IF_ERROR(ReadHead(reader, image));
  WARREN_ASSIGN_OR_RETURN(image.messages, MessageTable::Read(reader));
  WARREN_RETURN_IF_ERROR(ReadReady(reader, image));
  WARREN_RETURN_IF_ERROR(ReadTries(reader, image));
  WARREN_RETURN_IF_ERROR(ReadConsumers(reader, image));
  WARREN_RETURN_IF_ERROR(ReadSessions(reader, image));
  WARREN_RETURN_IF_ERROR(ReadSchedule(reader, image.messages.next(), image.retrying));
  WARREN_RETURN_IF_ERROR(ReadDeadLetters(reader, image));
  WARREN_ASSIGN_OR_RETURN(MessageTable delayed, MessageTable::Read(reader));
  if (delayed.next() != MessageTable().next()) image.delayed_messages.Make() = std::move(delayed);
  WARREN_RETURN_IF_ERROR(ReadSchedule(reader, image.delayed_messages->next(), image.delayed));
  WARREN_ASSIGN_OR_RETURN(image.producers, ProducerTable::Read(reader, image.now, planted_bug));
  WARREN_ASSIGN_OR_RETURN(image.deduplication, DeduplicationCache::Read(reader, image.now));
  if (!reader.AtEnd()) return Damaged("cut short, or followed by other bytes");
  WARREN_RETURN_IF_ERROR(CheckStates(image));
  return image;
}

}  // namespace

absl::StatusOr<QueueImage> DecodeQueueImage(std::string_view bytes, PlantedBug planted_bug) {
  constexpr size_t kCrcBytes = 4;
  if (bytes.size() < 1 + kCrcBytes) return Damaged("cut short");
  const auto version = static_cast<uint8_t>(bytes[0]);
  if (version > kQueueImageVersion) {
    return absl::UnimplementedError(absl::StrCat("queue snapshot: version ", version,
                                                 "; this program reads ", kQueueImageVersion));
  }
  const std::string_view covered = bytes.substr(0, bytes.size() - kCrcBytes);
  const uint32_t crc = base::Reader(bytes.substr(covered.size())).Fixed32().value_or(0);
  if (base::Crc32c(covered) != crc) return Damaged("the CRC does not match");
  if (version != kQueueImageVersion) return Damaged(absl::StrCat("version ", version));
  base::Reader reader(covered.substr(1));
  return ReadImage(reader, planted_bug);
}

}  // namespace warren::queue
