// Sets of keys, as sessions tell them: ranges with both ends.
#pragma once

#include <vector>

#include "chaos/queue_model/types.h"

namespace warren::queue_model {

bool Includes(const std::vector<KeyRange>& ranges, OrderKey key);

// The maximal ranges of what `ranges` name and `keys` (ascending) do not.
std::vector<KeyRange> Without(std::vector<KeyRange> ranges, const std::vector<OrderKey>& keys);

}  // namespace warren::queue_model
