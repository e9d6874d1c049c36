// Parts of session messages that have a file of their own. For the files message_codec*.cc alone.
#pragma once

#include "replication/session/message.h"
#include "replication/session/message_codec_io.h"

namespace warren::replication::codec_internal {

inline void Range(MessageWriter& out, const queue::KeyRange& keys) {
  WARREN_CHECK(keys.first <= keys.last && keys.last.value() <= kOrdinalMax);
  out.Place(keys.first);
  out.Number(keys.last - keys.first);
}
inline void Range(MessageParser& in, queue::KeyRange& keys) {
  in.Place(keys.first);
  const uint64_t more = in.Number();
  if (more > kOrdinalMax || keys.first.value() + more > kOrdinalMax) {
    in.Fail("a range that reaches to 2^63 or more");
  }
  if (in.ok()) keys.last = keys.first + more;
}

void Fields(MessageWriter& out, const Reply& reply);
void Fields(MessageParser& in, Reply& reply);

}  // namespace warren::replication::codec_internal
