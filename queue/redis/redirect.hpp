#pragma once
// Redis Cluster says where a slot lives now. All keys of a site share one slot, so following it once is all that a
// cluster needs of its client. Pure.

#include "queue/redis/reply.hpp"
#include "queue/redis/url.hpp"

#include <optional>

namespace dormouse::queue::redis {

/// Where `MOVED <slot> <host>:<port>` sends a client of `from`: same transport (TCP for a UNIX socket), same
/// credentials; an empty host means the same host. Nothing if `r` is not such an error.
[[nodiscard]] std::optional<address> moved_to(reply_view r, const address& from);

}  // namespace dormouse::queue::redis
