#pragma once
// Private to the two files of `connection`: a request somebody waits for.

#include "queue/redis/connection.hpp"

namespace dormouse::queue::redis {

struct connection::call final : request {
    using request::request;
    wake_up answered;

    void refuse(base::error why) {
        failure = std::move(why);
        finished = true;
    }
};

}  // namespace dormouse::queue::redis
