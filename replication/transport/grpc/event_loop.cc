#include "replication/transport/grpc/event_loop.h"

namespace warren::replication {

void EventLoop::Stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return participants_ == 0; });
  }
  queue_->Shutdown();
  thread_.join();
}

void EventLoop::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<CompletionTag*>(tag)->Run(ok);
}

void EventLoop::Count(int change) {
  const std::lock_guard lock(mutex_);
  participants_ += change;
  changed_.notify_all();
}

}  // namespace warren::replication
