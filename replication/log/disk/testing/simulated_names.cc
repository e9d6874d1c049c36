#include "replication/log/disk/testing/simulated_names.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::log {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

SimulatedNames::Content SimulatedNames::Find(const std::string& path) const {
  const auto found = now_.find(path);
  return found == now_.end() ? nullptr : found->second;
}

std::vector<SimulatedNames::Content> SimulatedNames::Contents() const {
  std::vector<Content> contents;
  std::set<const SimulatedContent*> seen;
  const auto add = [&](const Content& content) {
    if (content != nullptr && seen.insert(content.get()).second) contents.push_back(content);
  };
  for (const auto& [path, content] : now_) add(content);
  for (const auto& [path, content] : durable_) add(content);
  for (const Change& change : changes_) add(change.content);
  return contents;
}

std::vector<std::string> SimulatedNames::List(const std::string& directory) const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (DirectoryOf(path) == directory && path.size() > directory.size() + 1) {
      names.push_back(path.substr(directory.size() + 1));
    }
  };
  for (const auto& [path, content] : now_) add(path);
  for (const std::string& path : directories_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

void SimulatedNames::Apply(const Change& change, Files& files) {
  if (!change.from.empty()) files.erase(change.from);
  if (change.content == nullptr) {
    files.erase(change.path);
  } else {
    files[change.path] = change.content;
  }
}

void SimulatedNames::Note(Change change) {
  Apply(change, now_);
  changes_.push_back(std::move(change));
}

void SimulatedNames::Put(const std::string& path, Content content) {
  Note({.from = "", .path = path, .content = std::move(content)});
}

void SimulatedNames::Erase(const std::string& path) {
  Note({.from = "", .path = path, .content = nullptr});
}

void SimulatedNames::Move(const std::string& from, const std::string& to) {
  Note({.from = from, .path = to, .content = Find(from)});
}

void SimulatedNames::Sync(const std::string& directory) {
  std::vector<Change> left;
  for (Change& change : changes_) {
    const bool is_here = DirectoryOf(change.path) == directory ||
                         (!change.from.empty() && DirectoryOf(change.from) == directory);
    if (is_here) {
      Apply(change, durable_);
    } else {
      left.push_back(std::move(change));
    }
  }
  changes_ = std::move(left);
}

void SimulatedNames::Crash(base::Rng& rng) {
  size_t kept = 0;
  switch (rng.Below(4)) {
    case 0:
      kept = changes_.size();
      break;
    case 1:
      kept = rng.Below(changes_.size() + 1);
      break;
    default:
      break;
  }
  for (size_t i = 0; i < kept; ++i) Apply(changes_[i], durable_);
  changes_.clear();
  now_ = durable_;
}

SimulatedNames SimulatedNames::Copy() const {
  WARREN_CHECK(changes_.empty());
  SimulatedNames copy;
  copy.directories_ = directories_;
  std::map<const SimulatedContent*, Content> copies;
  for (const auto& [path, content] : now_) {
    Content& twin = copies[content.get()];
    if (twin == nullptr) twin = std::make_shared<SimulatedContent>(*content);
    copy.now_[path] = twin;
  }
  copy.durable_ = copy.now_;
  return copy;
}

}  // namespace warren::log
