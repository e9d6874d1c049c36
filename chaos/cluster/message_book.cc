#include "chaos/cluster/message_book.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "fmt/format.h"

namespace warren::cluster_sim {
namespace {

// checksum(4) group(8) producer(8) sequence(8) filler
constexpr size_t kHead = 28;

uint64_t GetNumber(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

void PutNumber(uint64_t value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

std::string Describe(MessageName name) {
  return fmt::format("message {} of producer {}", name.sequence, name.producer);
}

void MessageBook::Violated(std::string rule, MessageName name, const std::string& what) {
  timeline_->Violated(std::move(rule),
                      fmt::format("group {}: {} {}", group_.value(), Describe(name), what));
}

base::BytesChain MessageBook::MakeContent(MessageName name, size_t filler) const {
  std::string rest;
  rest.reserve(kHead + filler);
  PutNumber(group_.value(), &rest);
  PutNumber(name.producer, &rest);
  PutNumber(name.sequence, &rest);
  for (size_t i = 0; i < filler; ++i) {
    rest.push_back(static_cast<char>('a' + (name.sequence * 7 + i * name.producer) % 26));
  }
  const uint32_t crc = base::Crc32c(rest);
  std::string content(reinterpret_cast<const char*>(&crc), sizeof(crc));
  content += rest;
  return base::BytesChain(base::Bytes::Adopt(std::move(content)));
}

// ---- Users

void MessageBook::OnOutcome(MessageName name, Kind kind) {
  Message& message = messages_[name];
  if (message.outcome.has_value()) {
    return Violated("OneOutcome", name, "has been told two outcomes");
  }
  message.outcome = kind;
  Stats& stats = timeline_->stats();
  if (kind == Kind::kConfirmed) ++confirmed_, ++stats.confirmed;
  if (kind == Kind::kUnknown) ++stats.unknown;
  if (kind == Kind::kRefused && message.key != OrderKey()) {
    Violated("RefusedIsNowhere", name, "was delivered, and is refused");
  }
}

std::optional<MessageName> MessageBook::OnDelivered(
    ConsumerId consumer, const replication::DeliveredMessage& delivered) {
  const std::string_view content = delivered.content.view();
  uint32_t crc = 0;
  if (content.size() >= kHead) std::memcpy(&crc, content.data(), sizeof(crc));
  const bool whole = content.size() >= kHead && base::Crc32c(content.substr(sizeof(crc))) == crc &&
                     GetNumber(content, 4) == group_.value();
  if (!whole) {
    timeline_->Violated("ContentsAreWhatWasPublished",
                        fmt::format("group {}: key {} of {} bytes", group_.value(),
                                    delivered.key.value(), content.size()));
    return std::nullopt;
  }
  const MessageName name{.producer = GetNumber(content, 12), .sequence = GetNumber(content, 20)};
  const auto found = messages_.find(name);
  if (found == messages_.end()) {
    Violated("ContentsAreWhatWasPublished", name, "was never published");
    return std::nullopt;
  }
  ++timeline_->stats().delivered;
  if (delivered.acquired > 0) ++timeline_->stats().redelivered;
  if (found->second.outcome == Kind::kRefused) {
    Violated("RefusedIsNowhere", name, "was refused, and is delivered");
  }
  CheckKey(name, found->second, delivered.key);
  CheckLease(consumer, delivered);
  const auto settled = settled_.find(delivered.key);
  if (settled != settled_.end() && settled->second.told &&
      !handed_out_.contains({consumer.session, delivered.key})) {
    Violated("SettledIsGone", name,
             fmt::format("(key {}) is delivered to session {:x}, after the settle of {:x} was said "
                         "to be carried out",
                         delivered.key.value(), consumer.session.value(),
                         settled->second.by.session.value()));
  }
  return name;
}

// A message has one place in the queue, and a place has one message.
void MessageBook::CheckKey(MessageName name, Message& message, OrderKey key) {
  if (message.key == OrderKey()) {
    message.key = key;
    CheckOrder(name, key);
  }
  if (message.key != key) {
    Violated("PublishedOnce", name,
             fmt::format("has the keys {} and {}", message.key.value(), key.value()));
  }
  const auto [at, is_new] = by_key_.emplace(key, name);
  if (!is_new && at->second != name) {
    Violated("KeyNamesOneMessage", name,
             fmt::format("has the key {} of {}", key.value(), Describe(at->second)));
  }
}

// A producer's messages stand in the queue as they were published.
void MessageBook::CheckOrder(MessageName name, OrderKey key) {
  std::map<uint64_t, OrderKey>& keys = keys_[name.producer];
  const auto at = keys.emplace(name.sequence, key).first;
  const bool after = at == keys.begin() || std::prev(at)->second < key;
  const bool before = std::next(at) == keys.end() || key < std::next(at)->second;
  if (!after || !before) Violated("Order", name, fmt::format("has the key {}", key.value()));
}

// How often a message was handed out before names the lease.
void MessageBook::CheckLease(ConsumerId consumer, const replication::DeliveredMessage& delivered) {
  const auto [at, is_new] = leases_.emplace(std::pair(delivered.key, delivered.acquired), consumer);
  if (is_new || at->second == consumer) return;
  timeline_->Violated(
      "OneHolder", fmt::format("group {}: key {} is handed out for the {}th time to {:x}/{} and to "
                               "{:x}/{}",
                               group_.value(), delivered.key.value(), delivered.acquired + 1,
                               at->second.session.value(), at->second.number.value(),
                               consumer.session.value(), consumer.number.value()));
}

// ---- Observers

void MessageBook::OnSettled(ConsumerId consumer, SessionNumber number, OrderKey key) {
  if (!asked_.contains({consumer.session, key})) {
    timeline_->Violated("SettledIfAsked",
                        fmt::format("group {}: key {}, which session {:x} has never settled",
                                    group_.value(), key.value(), consumer.session.value()));
  }
  if (settled_.emplace(key, Settled{.by = consumer}).second) ++timeline_->stats().settled;
  untold_[consumer.session].emplace(number, key);
}

void MessageBook::OnToldApplied(SessionId session, SessionNumber number) {
  const auto found = untold_.find(session);
  if (found == untold_.end()) return;
  auto& waiting = found->second;
  while (!waiting.empty() && waiting.begin()->first <= number) {
    const OrderKey key = waiting.begin()->second;
    settled_.at(key).told = true;
    handed_out_.erase({session, key});
    waiting.erase(waiting.begin());
  }
}

void MessageBook::OnHandedOut(SessionId session, OrderKey key) {
  const auto settled = settled_.find(key);
  if (settled != settled_.end() && settled->second.told) return;
  handed_out_.insert({session, key});
}

// ---- The end

uint64_t MessageBook::open() const {
  return published() - std::min<uint64_t>(settled(), published());
}

void MessageBook::CheckNothingLost() {
  if (!is_strict_ || may_be_gone_) return;
  for (const auto& [name, message] : messages_) {
    if (message.outcome != Kind::kConfirmed) continue;
    if (message.key == OrderKey()) return Violated("NothingLost", name, "was never delivered");
    if (!settled_.contains(message.key)) {
      return Violated(
          "NothingLost", name,
          fmt::format("(key {}) is gone, and nobody has settled it", message.key.value()));
    }
  }
}

}  // namespace warren::cluster_sim
