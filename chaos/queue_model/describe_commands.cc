// Commands in words.
#include <array>
#include <string_view>
#include <variant>

#include "chaos/queue_model/describe.h"
#include "fmt/format.h"

namespace warren::queue_model {
namespace {

constexpr std::array<std::string_view, 4> kVerdicts = {"settle", "return", "fail", "dead-letter"};

std::string Say(const queue::Stamp& stamp) {
  return fmt::format("s{} epoch {} #{} answered #{}", stamp.session.value(), stamp.epoch.value(),
                     stamp.number.value(), stamp.answered.value());
}

std::string Say(const std::vector<KeyRange>& ranges) {
  std::string text;
  for (const KeyRange& range : ranges) text += fmt::format(" {}", Describe(range));
  return text.empty() ? " nothing" : text;
}

std::string Say(const queue::NewMessage& message) {
  std::string text = fmt::format("{}B", message.size);
  if (message.persistent) text += " persistent";
  if (message.priority.has_value()) text += fmt::format(" priority {}", *message.priority);
  if (message.ttl.has_value()) text += fmt::format(" ttl {}us", *message.ttl);
  if (message.delay > 0) text += fmt::format(" delay {}us", message.delay);
  if (message.producer.has_value()) {
    text +=
        fmt::format(" producer {} epoch {} sequence {} floor {}", message.producer->producer.view(),
                    message.producer->epoch, message.producer->sequence, message.producer->floor);
  }
  if (!message.deduplication_id.empty()) {
    text += fmt::format(" id {}", message.deduplication_id.view());
  }
  return text;
}

std::string Say(const queue::Publish& command) {
  std::string text = fmt::format("Publish {}", Say(command.stamp));
  for (const queue::NewMessage& message : command.messages)
    text += fmt::format("; {}", Say(message));
  return text;
}
std::string Say(const queue::AttachSession& command) {
  std::string text =
      fmt::format("AttachSession s{} epoch {}", command.session.value(), command.epoch.value());
  for (const queue::HeldKeys& held : command.held) {
    text += fmt::format("; c{} holds{}", held.consumer.value(), Say(held.keys));
  }
  return text;
}
std::string Say(const queue::DetachSession& command) {
  return fmt::format("DetachSession s{} epoch {}", command.session.value(), command.epoch.value());
}
std::string Say(const queue::SuspectSession& command) {
  return fmt::format("SuspectSession s{}", command.session.value());
}
std::string Say(const queue::TrustSession& command) {
  return fmt::format("TrustSession s{}", command.session.value());
}
std::string Say(const queue::AttachConsumer& command) {
  std::string text =
      fmt::format("AttachConsumer {} c{} priority {} prefetch {}", Say(command.stamp),
                  command.consumer.value(), command.priority, command.prefetch);
  if (command.exclusive) text += " exclusive";
  if (command.auto_settle) text += " auto-settle";
  if (command.timeout.has_value()) text += fmt::format(" timeout {}us", *command.timeout);
  return text;
}
std::string Say(const queue::CancelConsumer& command) {
  return fmt::format("CancelConsumer {} c{}", Say(command.stamp), command.consumer.value());
}
std::string Say(const queue::GrantCredit& command) {
  return fmt::format("GrantCredit {} c{} {}{}", Say(command.stamp), command.consumer.value(),
                     command.credit, command.drain ? " drain" : "");
}
std::string Say(const queue::Get& command) {
  return fmt::format("Get {}{}", Say(command.stamp), command.auto_settle ? " auto-settle" : "");
}
std::string Say(const queue::Settle& command) {
  std::string text = fmt::format("Settle {}", Say(command.stamp));
  for (const queue::Settlement& one : command.settlements) {
    text += fmt::format("; c{} {} {}", one.consumer.value(),
                        kVerdicts[static_cast<size_t>(one.verdict)], Describe(one.keys));
    if (one.not_before > Time(0)) text += fmt::format(" not before {}", Describe(one.not_before));
  }
  return text;
}
std::string Say(const queue::ConfirmDeadLetters& command) {
  return fmt::format("ConfirmDeadLetters{}; refused{}", Say(command.confirmed),
                     Say(command.refused));
}
std::string Say(const queue::ResendDeadLetters&) { return "ResendDeadLetters"; }
std::string Say(const queue::Configure& command) {
  return fmt::format("Configure {}", Describe(command.config));
}
std::string Say(const queue::Purge& command) {
  return command.delayed ? "Purge, delayed too" : "Purge";
}
std::string Say(const queue::CancelDelayed& command) {
  std::string text = "CancelDelayed";
  for (const DelayKey key : command.keys) text += fmt::format(" {}", key.value());
  return text;
}
std::string Say(const queue::Remove& command) {
  return fmt::format("Remove{}{}", command.if_unused ? " if-unused" : "",
                     command.if_empty ? " if-empty" : "");
}
std::string Say(const queue::Touch&) { return "Touch"; }
std::string Say(const queue::Tick&) { return "Tick"; }
std::string Say(const queue::MoveSurvivors& command) {
  std::string text = "MoveSurvivors";
  for (const Position position : command.from) text += fmt::format(" {}", Describe(position));
  return text;
}
std::string Say(const queue::Upgrade& command) {
  return fmt::format("Upgrade to {}", command.version);
}

// Gathers the fields of a configuration that differ from the default.
class Differences {
 public:
  template <typename T>
  void Note(std::string_view name, const T& value, const T& usual) {
    if (value == usual) return;
    if constexpr (std::is_enum_v<T>) {
      text_ += fmt::format(" {}={}", name, static_cast<int>(value));
    } else {
      text_ += fmt::format(" {}={}", name, value);
    }
  }
  template <typename T>
  void Note(std::string_view name, const std::optional<T>& value, const std::optional<T>& usual) {
    if (value == usual) return;
    text_ +=
        value.has_value() ? fmt::format(" {}={}", name, *value) : fmt::format(" {}=none", name);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string Describe(const queue::Command& command) {
  return std::visit([](const auto& what) { return Say(what); }, command);
}

std::string Describe(const QueueConfig& config) {
  const QueueConfig usual;
  Differences all;
#define WARREN_NOTE(field) all.Note(#field, config.field, usual.field)
  WARREN_NOTE(max_priority);
  WARREN_NOTE(message_ttl);
  WARREN_NOTE(expires);
  WARREN_NOTE(max_length);
  WARREN_NOTE(max_length_bytes);
  WARREN_NOTE(overflow);
  WARREN_NOTE(dead_letter);
  WARREN_NOTE(dead_letter_window);
  WARREN_NOTE(dead_letter_retry_min);
  WARREN_NOTE(dead_letter_retry_max);
  WARREN_NOTE(delivery_limit);
  WARREN_NOTE(delayed_retry);
  WARREN_NOTE(delayed_retry_min);
  WARREN_NOTE(delayed_retry_max);
  WARREN_NOTE(single_active_consumer);
  WARREN_NOTE(consumer_timeout);
  WARREN_NOTE(consumer_disconnected_timeout);
  WARREN_NOTE(producers.window);
  WARREN_NOTE(producers.producers_max);
  WARREN_NOTE(producers.expires);
  WARREN_NOTE(producers.forgotten);
  WARREN_NOTE(depth_threshold);
#undef WARREN_NOTE
  std::string text = fmt::format("{{{}", all.text());
  if (config.deduplication.has_value()) {
    text += fmt::format(" deduplication={}/{}us", config.deduplication->cache_size,
                        config.deduplication->ttl);
  }
  text += " }";
  return text;
}

}  // namespace warren::queue_model
