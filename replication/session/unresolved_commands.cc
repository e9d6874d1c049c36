#include "replication/session/unresolved_commands.h"

#include <utility>

namespace warren::replication {

SessionNumber UnresolvedCommands::Push(UnresolvedCommand command) {
  const SessionNumber number = next();
  if (command.IsPublish()) ++open_publishes_;
  if (!command.settled.empty()) ++open_settles_;
  kept_.push_back(std::move(command));
  return number;
}

UnresolvedCommand* UnresolvedCommands::Find(SessionNumber number) {
  if (number < first_ || number >= next()) return nullptr;
  return &kept_[number - first_];
}

bool UnresolvedCommands::IsNeeded(SessionNumber number) const {
  if (number < first_ || number >= next()) return false;
  const UnresolvedCommand& command = kept_[number - first_];
  return number > applied_ || (command.IsPublish() && !command.answered);
}

bool UnresolvedCommands::Answer(SessionNumber number) {
  UnresolvedCommand* command = Find(number);
  if (command == nullptr || !command->IsPublish() || command->answered) return false;
  command->answered = true;
  if (number <= applied_) command->payload = {};
  --open_publishes_;
  return true;
}

void UnresolvedCommands::DropDone() {
  while (!kept_.empty() && !IsNeeded(first_)) {
    kept_.pop_front();
    first_ = first_ + 1;
  }
}

}  // namespace warren::replication
