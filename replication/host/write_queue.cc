#include "replication/host/write_queue.h"

#include <utility>

#include "base/check.h"

namespace warren::replication {
namespace {

size_t BytesOf(const log::Write& write) {
  size_t bytes = 64;
  for (const raft::Entry& entry : write.entries) bytes += raft::AccountedBytes(entry);
  for (const raft::Entry& entry : write.bodies) bytes += raft::AccountedBytes(entry);
  return bytes;
}

}  // namespace

void WriteQueue::Push(PendingWrite write) {
  const size_t bytes = BytesOf(write.write);
  waiting_bytes_ += bytes;
  items_.PushBack(std::make_unique<Item>(Item{.write = std::move(write), .bytes = bytes}));
}

void WriteQueue::PushSubmitted(PendingWrite write) {
  WARREN_CHECK(!IsStuck());
  items_.PushBack(std::make_unique<Item>(Item{.write = std::move(write)}));
  ++submitted_;
}

absl::Status WriteQueue::Submit(log::LogStore& log) {
  while (submitted_ < items_.size()) {
    Item& item = *items_[submitted_];
    if (item.write.writes) {
      const raft::WriteTicket ticket = item.write.write.ticket;
      const absl::Status taken = log.Submit(std::move(item.write.write));
      if (absl::IsResourceExhausted(taken)) break;
      if (!taken.ok()) return taken;
      item.write.write = log::Write();
      item.write.write.ticket = ticket;
    }
    waiting_bytes_ -= item.bytes;
    ++submitted_;
  }
  SkipWhatWritesNothing();
  return absl::OkStatus();
}

PendingWrite& WriteQueue::OnCompleted() {
  SkipWhatWritesNothing();
  WARREN_CHECK_MSG(durable_ < submitted_, "the log completes only what it was given");
  Item& item = *items_[durable_];
  item.durable = true;
  ++durable_;
  SkipWhatWritesNothing();
  return item.write;
}

void WriteQueue::SkipWhatWritesNothing() {
  while (durable_ < submitted_ && !items_[durable_]->write.writes) {
    items_[durable_]->durable = true;
    ++durable_;
  }
}

PendingWrite* WriteQueue::Done() {
  return !items_.empty() && items_.front()->durable ? &items_.front()->write : nullptr;
}

void WriteQueue::Pop() {
  WARREN_CHECK(Done() != nullptr);
  items_.PopFront();
  --durable_;
  --submitted_;
}

}  // namespace warren::replication
