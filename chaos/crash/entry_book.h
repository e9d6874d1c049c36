// What every entry of a trial holds, so that nobody has to remember it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "raft/types.h"

namespace warren::crash {

// A group's id may be used again after it was destroyed; each use is a life, counted from 1.
struct GroupLife {
  raft::GroupId group;
  uint64_t life = 0;
  friend auto operator<=>(const GroupLife&, const GroupLife&) = default;
};

// No term comes twice in two lives of a group, so that what is found can be told apart.
inline constexpr uint64_t kTermsPerLife = 10'000;
constexpr uint64_t LifeOf(raft::Term term) { return term.value() / kTermsPerLife; }

// In Raft an index and a term name one entry for all time. So the entry with a name is a function
// of that name and of the seed, and whatever is read can be judged by its name alone.
//
// Threads: a plain value.
class EntryBook {
 public:
  struct Sizes {
    size_t payload_max = 100;
    size_t large_max = 1000;  // Of one payload in `large_one_in`.
    uint64_t large_one_in = 50;
  };
  EntryBook(uint64_t seed, const Sizes& sizes) : seed_(seed), sizes_(sizes) {}

  raft::Entry Make(const GroupLife& group, raft::EntryId id) const;
  // From now on the entry of that name has this payload. Requires: it was not made yet.
  void SetPayload(const GroupLife& group, raft::EntryId id, std::string payload);

 private:
  using Name = std::tuple<GroupLife, uint64_t, uint64_t>;

  const uint64_t seed_;
  const Sizes sizes_;
  std::map<Name, std::string> special_;
};

}  // namespace warren::crash
