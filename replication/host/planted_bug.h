// Mistakes that can be switched on to prove that the simulator would find them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace warren::replication {

// Each is looked at in the one place where the mistake would be; nothing but the simulator ever
// sets it.
enum class HostBug : uint8_t {
  kNone,
  kInstallBeforeBodies,   // A snapshot counts as installed before what it keeps is synced.
  kLiveEntryDropped,      // A snapshot forgets to keep one of the entries that are live.
  kUncommittedDelivered,  // Entries are applied when they are appended.
  kLastCommitNeverSent,   // A leader without work is not ticked, though members wait for news.
  kGroupRevived,          // That a group was removed is forgotten.
  kAmnesiacCounted,       // A group that is made by a message begins as if it remembered.
};
inline constexpr std::array<std::string_view, 7> kHostBugNames = {
    "none",
    "install-before-bodies",
    "live-entry-dropped",
    "uncommitted-delivered",
    "last-commit-never-sent",
    "group-revived",
    "amnesiac-counted",
};

}  // namespace warren::replication
