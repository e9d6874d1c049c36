// The names of a simulated disk's files, and which of them the disk has.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "replication/log/disk/testing/simulated_content.h"

namespace warren::log {

// The directory that a path lies in, "" for a name alone.
std::string DirectoryOf(const std::string& path);

// Files have the content that they have, whatever they are called: several names may be one file's.
// Directories last at once; names in them do when the directory is synced. What was not, a crash
// undoes from some change on: like a file system with a journal, the simulated disk never keeps a
// change and forgets one that was made before it (but for those that SyncDirectory has kept).
//
// Threads: a plain value.
class SimulatedNames {
 public:
  using Content = std::shared_ptr<SimulatedContent>;
  using Files = std::map<std::string, Content>;

  const Files& files() const { return now_; }
  Content Find(const std::string& path) const;  // Null: no such file.
  bool IsDirectory(const std::string& path) const { return directories_.contains(path); }
  // Of every file that a name leads to, now or after a crash; each once, in the order of names.
  std::vector<Content> Contents() const;
  // Names of files and directories in it, sorted.
  std::vector<std::string> List(const std::string& directory) const;

  void MakeDirectory(const std::string& path) { directories_.insert(path); }
  void RemoveDirectory(const std::string& path) { directories_.erase(path); }
  void Put(const std::string& path, Content content);
  void Erase(const std::string& path);
  void Move(const std::string& from, const std::string& to);

  void Sync(const std::string& directory);
  // Keeps all changes, none, or those before one drawn.
  void Crash(base::Rng& rng);

  // The same names, with contents of their own. Requires: nothing has changed since a Crash().
  SimulatedNames Copy() const;

 private:
  // A move has both names, a removal no content.
  struct Change {
    std::string from;  // "" but for moves.
    std::string path;
    Content content;
  };
  static void Apply(const Change& change, Files& files);
  void Note(Change change);

  std::set<std::string> directories_;
  Files now_;
  Files durable_;
  std::vector<Change> changes_;  // Not durable yet, in order.
};

}  // namespace warren::log
