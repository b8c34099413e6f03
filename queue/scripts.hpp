#pragma once
// The scripts of queue/lua, ready to be called.

#include "queue/redis/script.hpp"

#include <vector>

namespace dormouse::queue {

struct scripts {
    redis::script admit, beat, cancel, leave, recover, requeue, shorten, stamp, tick, trim, work;
    [[nodiscard]] std::vector<const redis::script*> all() const;
};

[[nodiscard]] const scripts& the_scripts();

}  // namespace dormouse::queue
