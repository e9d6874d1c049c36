#include "replication/log/store/background.h"

#include <utility>

namespace warren::log {

Background::Background(std::function<void()> work)
    : work_(std::move(work)), thread_([this] { Run(); }) {}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Background::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  changed_.notify_one();
}

void Background::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return poked_ || stopping_; });
    if (stopping_) return;
    poked_ = false;
    lock.unlock();
    work_();
    lock.lock();
  }
}

}  // namespace warren::log
